"""Oracle: where an event must go, worked out a second time from a flat table.

It imports nothing of the product but words, and is written in another way than the product: one
row per kind of event and sort of receiver. So a fault in one of the two shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from tracehub.model.connection import Connection
from tracehub.model.event import NATIONAL_CATEGORIES


class Facts(NamedTuple):
    """What decides: the header's fields that the national rules speak of."""

    category: str
    kinds: tuple[str, ...]
    origin: str = ""
    destination: str = ""
    parties: tuple[str, ...] = ()
    addressees: tuple[str, ...] = ()


_Y: Final = True
_N: Final = False
# kind -> city, province and centre of the origin; tiers of the destination; then by type:
# department, inspection, credit, enforcement, qms, ecommerce, portal, border, certification,
# customs.
_TABLE: Final[dict[str, tuple[bool, ...]]] = {
    "trace": (_Y, _Y, _Y, _Y, _Y, _N, _N, _N, _N, _N, _N, _N, _N, _N),
    "sale": (_Y, _Y, _Y, _Y, _N, _N, _N, _N, _N, _N, _N, _N, _N, _N),
    "settlement": (_Y, _Y, _Y, _Y, _N, _N, _N, _N, _N, _N, _N, _N, _N, _N),
    "inspection": (_N, _N, _N, _N, _N, _Y, _N, _N, _Y, _N, _N, _N, _Y, _N),
    "inspection-failure": (_Y, _Y, _Y, _Y, _Y, _Y, _Y, _Y, _Y, _N, _N, _N, _Y, _N),
    "sensor-alarm": (_Y, _Y, _Y, _Y, _N, _N, _N, _N, _Y, _N, _N, _N, _N, _N),
    "recall": (_Y, _Y, _N, _Y, _Y, _Y, _N, _Y, _Y, _Y, _Y, _N, _N, _Y),
    "enforcement-decision": (_Y, _Y, _Y, _N, _Y, _N, _Y, _N, _Y, _N, _N, _N, _N, _N),
    "credit-change": (_Y, _Y, _Y, _N, _N, _N, _N, _N, _N, _N, _N, _N, _N, _N),
    "complaint": (_Y, _N, _N, _N, _N, _N, _N, _Y, _Y, _N, _N, _N, _N, _N),
    "customs": (_Y, _Y, _Y, _Y, _N, _N, _N, _N, _N, _N, _N, _Y, _N, _N),
    "border-inspection": (_Y, _Y, _Y, _Y, _N, _N, _N, _N, _N, _N, _N, _Y, _N, _N),
}
_COLUMNS: Final = (
    "city",
    "province",
    "central",
    "destination",
    "department",
    "inspection",
    "credit",
    "enforcement",
    "qms",
    "ecommerce",
    "portal",
    "border-inspection",
    "certification",
    "customs",
)
_BY_ORIGIN: Final = ("inspection", "credit", "enforcement", "certification", "customs")
_RANK: Final = {"central": 0, "province": 1, "city": 2}


def expected(facts: Facts, source: str, connections: Iterable[Connection]) -> frozenset[str]:
    """The ids of all connections that must receive an event published by `source`."""
    everyone = {each.id: each for each in connections}
    wanted = {
        column
        for kind in facts.kinds
        for column, marked in zip(_COLUMNS, _TABLE[kind], strict=True)
        if marked
    }
    if facts.category not in NATIONAL_CATEGORIES:
        wanted.discard("central")
    if "recall" in facts.kinds and _two_provinces(facts):
        wanted.add("central")
    chosen = set(facts.addressees) & set(everyone)
    chosen |= _platforms(wanted, facts, everyone, source)
    for connection in everyone.values():
        chosen |= {connection.id} if _lateral(connection, wanted, facts) else set()
    return frozenset(
        each
        for each in chosen
        if each != source
        and everyone[each].receives
        and facts.category in everyone[each].categories
    )


def _platforms(
    wanted: set[str], facts: Facts, everyone: dict[str, Connection], source: str
) -> set[str]:
    found = set()
    upward = everyone.get(source)
    for tier in ("city", "province", "central"):
        if tier not in wanted:
            continue
        among = [each for each in everyone.values() if each.tier == tier]
        reports = upward is not None and upward.reports_upward and upward.tier in _RANK
        if reports and upward is not None and _RANK[tier] < _RANK[upward.tier]:
            continue
        if tier == "central":
            found |= {each.id for each in among}
        else:
            found |= _closest(among, facts.origin)
    if "destination" in wanted:
        for tier in ("city", "province"):
            among = [each for each in everyone.values() if each.tier == tier]
            found |= _closest(among, facts.destination)
    return found


def _lateral(connection: Connection, wanted: set[str], facts: Facts) -> bool:
    kind = connection.id.split("/")[0]
    if connection.tier == "department" and "department" in wanted:
        return _inside(facts.origin, connection.region)
    if kind in _BY_ORIGIN and kind in wanted:
        return _inside(facts.origin, connection.region)
    if kind == "qms" and "qms" in wanted:
        return connection.party in facts.parties
    if kind == "ecommerce" and "ecommerce" in wanted:
        return True
    if kind == "border-inspection" and "border-inspection" in wanted:
        return _inside(facts.destination, connection.region)
    return connection.id == "third-party/portal" and "portal" in wanted


def _closest(among: list[Connection], region: str) -> set[str]:
    """The platform with the longest matching region; none when the region is not known."""
    for length in (6, 4, 2, 0):
        for each in among:
            if region and _significant(each.region) == length and _inside(region, each.region):
                return {each.id}
    return set()


def _inside(region: str, whole: str) -> bool:
    """Does a known region lie inside another, which may be everywhere?"""
    if not region:
        return False
    return not whole or region[: _significant(whole)] == whole[: _significant(whole)]


def _significant(region: str) -> int:
    if region in {"", "000000"}:
        return 0
    if region.endswith("0000"):
        return 2
    return 4 if region.endswith("00") else 6


def _two_provinces(facts: Facts) -> bool:
    return bool(facts.origin and facts.destination) and facts.origin[:2] != facts.destination[:2]
