"""Event -> wire body of a cold chain system, what its readings are about, and which are excursions.

Must not know sockets.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from tracehub.connect import about_first, write_json
from tracehub.connect import batch_item as item
from tracehub_cold_chain.config import Judging, Profile

__all__ = ["Excursions", "about", "excursions", "item"]

_FAULTS: Final = (AttributeError, LookupError, TypeError, ValueError)
_MOST: Final = 1000
"""Of goods outside that are remembered: what is known lies in a record that is saved each page."""


about = about_first("consignments", "traceCodes", "batchNo", "deviceId")


class Excursions(NamedTuple):
    """What a document shows.

    Attributes:
        document: one of the readings that are excursions by their profiles; None when none is.
        outside: since when goods that are not back inside have been outside, for the next document.
    """

    document: bytes | None
    outside: Mapping[str, str]


def excursions(document: Any, judging: Judging, outside: Mapping[str, str]) -> Excursions:
    """Judge the readings of a document, which may be one each, after what is known of the goods.

    A function of its arguments alone: the same readings after the same give the same bytes. What
    can't be read is left to the field table, which says why.
    """
    since = dict(outside)
    try:
        found = [
            {**consignment, "consignmentId": None, "profile": name, "readings": alarms}
            for consignment in document["consignments"]
            if (name := consignment.get("profile") or judging.profile) in judging.profiles
            and (alarms := _alarms(consignment, name, judging.profiles[name], since))
        ]
        alarm = write_json({**document, "consignments": found}) if found else None
    except _FAULTS:
        return Excursions(None, outside)
    return Excursions(alarm, dict([*since.items()][-_MOST:]))


def _alarms(
    consignment: Mapping[str, Any], name: str, profile: Profile, outside: dict[str, str]
) -> list[dict[str, Any]]:
    """The readings of one consignment that lie outside for longer than is tolerated."""
    found = []
    goods = (consignment.get("traceCodes") or [consignment.get("batchNo")])[0]
    for reading in sorted(consignment["readings"], key=lambda each: _at(each["at"])):
        place = f"{name}/{goods or ''}/{reading.get('deviceId', '')}"
        celsius, at = float(reading["celsius"]), _at(reading["at"])
        since = _at(outside.get(place, reading["at"]))
        if profile.lowest_celsius <= celsius <= profile.highest_celsius:
            if since <= at:
                outside.pop(place, None)
            continue
        if profile.tolerated_s:
            outside.setdefault(place, reading["at"])
        if (at - since).total_seconds() >= profile.tolerated_s and not reading.get("alarm"):
            found.append({**reading, "alarm": True})
    return found


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)
