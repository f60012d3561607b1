"""Regions of an event's header: do the codes exist on its day?

A code of another time does not stop an event: it is routed by what stands above it. Must not know
how a region was found.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from tracehub.codes.region import RegionTable
from tracehub.model.event import Header
from tracehub.normalise import rules_own as rules
from tracehub.normalise.verdict import Remarks
from tracehub.remember import remembered

_DAY_MS: Final = 86_400_000
_BEIJING_MS: Final = 8 * 3_600_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH).days
_LAST_DAY: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH).days
_PLACES: Final = {"read_point": "readPoint", "biz_location": "bizLocation"}
_SAID_BY_OPERATOR: Final = frozenset({"none", "connection"})
"""Bases that are no claim of the event."""
_RULES: Final = {
    "abolished": rules.REGION_ABOLISHED,
    "not-yet": rules.REGION_NOT_YET,
    "unknown": rules.REGION_UNKNOWN,
    "province-unknown": rules.PROVINCE,
}


Where = Callable[[str, str], str]
"""Side (origin or destination) and basis -> the path that a remark names."""


def check_regions(header: Header, regions: RegionTable, where: Where, remarks: Remarks) -> None:
    """Name what the table has against origin and destination, on the day of the event.

    A region of registration stands inside a code that keeps it for ever, so it may be of any time.
    """
    for side, region, basis in (
        ("origin", header.origin_region, header.origin_basis),
        ("destination", header.destination_region, header.destination_basis),
    ):
        if basis in _SAID_BY_OPERATOR or not region:
            continue
        if basis == "party_registration" and regions.ever(region):
            continue
        month = month_of(header.occurred_at)
        if not regions.holds(region, month):
            remarks.add(_RULES[regions.at(region, month).status], where(side, basis))


def in_header(side: str, _basis: str) -> str:
    """The path in a canonical event."""
    return f"$.header.{side}_region"


def in_document(path: str) -> Where:
    """The path in the document whose event lies at `path`."""

    def where(side: str, basis: str) -> str:
        listed = "sourceList" if side == "origin" else "destinationList"
        return f"{path}.{_PLACES.get(basis, listed)}"

    return where


def month_of(instant_ms: int) -> str:
    """The month of an instant in China, `YYYY-MM`; of one outside the calendar, the nearest."""
    day = (instant_ms + _BEIJING_MS) // _DAY_MS
    return _month(min(max(day, _FIRST_DAY), _LAST_DAY))


@remembered(4096)
def _month(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()[:7]
