"""Event -> wire body of a cold chain system, what its readings are about, and which are excursions.

Must not know sockets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from tracehub.connect import about_first, write_json
from tracehub.connect import batch_item as item
from tracehub_cold_chain.config import Judging, Profile

__all__ = ["about", "excursions", "item"]

_FAULTS: Final = (AttributeError, LookupError, TypeError, ValueError)


about = about_first("consignments", "traceCodes", "batchNo", "deviceId")


def excursions(document: Any, judging: Judging) -> bytes | None:
    """A document of the readings that are excursions by their profiles; None when none is.

    A function of document and profiles alone: the same readings give the same bytes. What can't be
    read is left to the field table, which says why.
    """
    try:
        found = [
            {**consignment, "consignmentId": None, "profile": name, "readings": alarms}
            for consignment in document["consignments"]
            if (name := consignment.get("profile") or judging.profile) in judging.profiles
            and (alarms := _alarms(consignment["readings"], judging.profiles[name]))
        ]
        return write_json({**document, "consignments": found}) if found else None
    except _FAULTS:
        return None


def _alarms(readings: Sequence[Mapping[str, Any]], profile: Profile) -> list[dict[str, Any]]:
    """The readings of one consignment that lie outside for longer than is tolerated."""
    found = []
    outside_since: dict[str, datetime] = {}
    for reading in sorted(readings, key=lambda each: _at(each["at"])):
        device = str(reading.get("deviceId", ""))
        celsius, at = float(reading["celsius"]), _at(reading["at"])
        if profile.lowest_celsius <= celsius <= profile.highest_celsius:
            outside_since.pop(device, None)
            continue
        since = outside_since.setdefault(device, at)
        if (at - since).total_seconds() >= profile.tolerated_s and not reading.get("alarm"):
            found.append({**reading, "alarm": True})
    return found


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)
