"""Where an event comes from and where it goes: a region of GB/T 2260, and what it was read from.

The order is that of the first available of location, read point, business location, the place of
the party, its registration, and for the origin the connection. Must not know routes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from tracehub.normalise.identity import party, place
from tracehub.normalise.plain import DECISION, REGION, SUBJECT, PlainEvent

_NATION: Final = "000000"
_PARTIES: Final = ("possessing_party", "owning_party")


class Region(NamedTuple):
    """Six digits and their basis; empty and `none` when nothing says it."""

    code: str = ""
    basis: str = "none"


def origin(event: PlainEvent, places: Mapping[str, str], connection: str) -> Region:
    """Where it happened.

    Args:
        event: a checked plain event.
        places: normal form of a location's id -> region.
        connection: the region of the connection that published it.
    """
    sources = event.get("sourceList", ())
    found = _at_location(sources, "source", places)
    if found:
        return Region(found, "location")
    for name, basis in (("readPoint", "read_point"), ("bizLocation", "biz_location")):
        if name in event:
            found = _of(event[name], "id", places)
            if found:
                return Region(found, basis)
    found_party = _of_party(sources, "source", places)
    if found_party.code:
        return found_party
    if DECISION in event:
        registered = party(event[DECISION][SUBJECT]).region
        if registered:
            return Region(registered, "party_registration")
    if connection and connection != _NATION:
        return Region(connection, "connection")
    return Region()


def destination(event: PlainEvent, places: Mapping[str, str]) -> Region:
    """Where it goes; nowhere is normal (consumption, transformation)."""
    destinations = event.get("destinationList", ())
    found = _at_location(destinations, "destination", places)
    if found:
        return Region(found, "location")
    return _of_party(destinations, "destination", places)


def _of(holder: Mapping[str, Any], field: str, places: Mapping[str, str]) -> str:
    """The region that an entry names, else that of its place."""
    named = holder.get(REGION)
    if named:
        return str(named)
    return places.get(place(holder.get(field, "")), "") if places else ""


def _at_location(
    entries: Iterable[Mapping[str, Any]], field: str, places: Mapping[str, str]
) -> str:
    for entry in entries:
        if entry.get("type") == "location":
            found = _of(entry, field, places)
            if found:
                return found
    return ""


def _of_party(
    entries: Iterable[Mapping[str, Any]], field: str, places: Mapping[str, str]
) -> Region:
    """The place of the holder, then of the owner, then where either is registered."""
    if not entries:
        return Region()
    parties = [each for kind in _PARTIES for each in entries if each.get("type") == kind]
    for entry in parties:
        if REGION in entry or places:
            found = _of(entry, field, places)
            if found:
                return Region(found, "party_place")
    for entry in parties:
        found = party(entry[field]).region
        if found:
            return Region(found, "party_registration")
    return Region()
