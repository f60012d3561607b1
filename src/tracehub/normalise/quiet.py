"""Quiet: is an event such that nothing would be said of its fields? One pass, for the usual case.

It may say no of a good event, never yes of one that `settle()` would change or that a rule of
`check()` speaks about (its codes and regions apart). Must not know rules: only what none of them
minds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import inf
from typing import Any, Final, TypeAlias

from tracehub.codes.region import PROVINCES
from tracehub.normalise import fields, vocabulary
from tracehub.normalise.check_own import ELEMENTS, OURS
from tracehub.normalise.check_sense import against_step, has_party, lacks_unit, zone_differs
from tracehub.normalise.identity import product
from tracehub.normalise.plain import DECISION, REGION, PlainEvent
from tracehub.normalise.times import instant, is_offset
from tracehub.normalise.vocabulary import is_uri
from tracehub.remember import remembered

Good: TypeAlias = Callable[[Any], bool]

_MEMORY: Final = 16_384
_EXACT: Final = 2**53
_ACTIONS: Final = frozenset({"ADD", "OBSERVE", "DELETE"})
_NOTHING: Final[dict[str, Any]] = {}
_UOM: Final = re.compile(r"[A-Z0-9]{2,3}")
_SIX_DIGITS: Final = re.compile(r"[0-9]{6}")


def quiet(event: PlainEvent) -> bool:
    """True when the event is in the plain form and no rule on its fields speaks."""
    kind = event.get("type")
    table = _TABLES.get(kind) if kind.__class__ is str else None
    if table is None:
        return False
    for key, value in event.items():
        good = table.get(key)
        if good is not None:
            if not good(value):
                return False
        elif key[:1] != "{" or (key.startswith(OURS) and not _own(key, value)):
            return False
    return (
        "eventTime" in event
        and "eventTimeZoneOffset" in event
        and "recordTime" not in event
        and not zone_differs(event)
        and not against_step(event)
        and _WHOLE[event["type"]](event)
    )


def _text(value: Any) -> bool:
    return value.__class__ is str


def _time(value: Any) -> bool:
    return value.__class__ is str and instant(value).rule is None


def _offset(value: Any) -> bool:
    return value.__class__ is str and is_offset(value)


def _identifier(value: Any) -> bool:
    return value.__class__ is str and product(value).is_uri


def _uri(value: Any) -> bool:
    return value.__class__ is str and is_uri(value)


def _one_of(words: frozenset[str]) -> Good:
    return lambda value: value.__class__ is str and value in words


def _identifiers(value: Any) -> bool:
    if value.__class__ is not list or not value or not all(map(_identifier, value)):
        return False
    return len(value) == 1 or len(set(value)) == len(value)


@remembered(1024)
def _is_uom(text: str) -> bool:
    return _UOM.fullmatch(text) is not None


@remembered(_MEMORY)
def _is_region(text: str) -> bool:
    return _SIX_DIGITS.fullmatch(text) is not None and text[:2] in PROVINCES


def _amount(value: Any) -> bool:
    kind = value.__class__
    return (kind is float and 0.0 <= value < inf) or (kind is int and 0 <= value <= _EXACT)


def _quantities(value: Any) -> bool:
    if value.__class__ is not list or not value:
        return False
    for each in value:
        if each.__class__ is not dict or not _identifier(each.get("epcClass")):
            return False
        if "quantity" in each and not _amount(each["quantity"]):
            return False
        if "uom" in each:
            if not (_text(each["uom"]) and _is_uom(each["uom"])):
                return False
        elif lacks_unit(each):
            return False
    return True


def _place(value: Any) -> bool:
    return value.__class__ is dict and _named(value, "id")


def _named(holder: dict[str, Any], field: str) -> bool:
    """The holder has a text at a field, and no false region."""
    name = holder.get(field)
    if name.__class__ is not str or not name:
        return False
    return REGION not in holder or (_text(holder[REGION]) and _is_region(holder[REGION]))


def _entries(field: str, types: frozenset[str], *, typed: bool) -> Good:
    def good(value: Any) -> bool:
        if value.__class__ is not list or not value:
            return False
        for each in value:
            if each.__class__ is not dict or not _named(each, field):
                return False
            kind = each.get("type")
            if kind is None:
                if typed or "type" in each:
                    return False
            elif kind.__class__ is not str or kind not in types:
                return False
        return True

    return good


def _ilmd(value: Any) -> bool:
    return value.__class__ is dict and bool(value)


def _measure(value: Any) -> bool:
    kind = value.__class__
    return (kind is float and -inf < value < inf) or (kind is int and -_EXACT <= value <= _EXACT)


_METADATA: Final[Mapping[str, Good]] = {
    **dict.fromkeys(fields.METADATA, _text),
    **dict.fromkeys(("time", "startTime", "endTime"), _time),
}
_REPORT: Final[Mapping[str, Good]] = {
    **dict.fromkeys(fields.REPORT_TEXTS, _text),
    **dict.fromkeys(fields.REPORT_NUMBERS, _measure),
    fields.REPORT_FLAG: lambda value: value.__class__ is bool,
    "time": _time,
    "type": _one_of(vocabulary.MEASUREMENTS),
    "exception": _one_of(vocabulary.ALERTS),
    "component": _one_of(vocabulary.COMPONENTS),
}


def _measured(value: Any, table: Mapping[str, Good]) -> bool:
    if value.__class__ is not dict:
        return False
    for key, each in value.items():
        good = table.get(key)
        if good is not None and not good(each):
            return False
    return True


def _sensors(value: Any) -> bool:
    if value.__class__ is not list or not value:
        return False
    for element in value:
        if element.__class__ is not dict:
            return False
        reports = element.get("sensorReport")
        if reports.__class__ is not list or not reports:
            return False
        if not all(_measured(each, _REPORT) and "type" in each for each in reports):
            return False
        metadata = element.get("sensorMetadata", _NOTHING)
        if not _measured(metadata, _METADATA) or "startTime" in metadata:
            return False
    return True


def _own(key: str, value: Any) -> bool:
    """An element of our own: a text, or a list of what is declared."""
    check = ELEMENTS.get(key)
    if check is None:
        return value.__class__ is str and key != DECISION
    return value.__class__ is list and bool(value) and all(map(check, value))


_SHARED: Final[Mapping[str, Good]] = {
    "type": _text,
    "eventID": _uri,
    "eventTime": _time,
    "recordTime": _time,
    "eventTimeZoneOffset": _offset,
    "bizStep": _one_of(vocabulary.BIZ_STEPS),
    "disposition": _one_of(vocabulary.DISPOSITIONS),
    "readPoint": _place,
    "bizLocation": _place,
    "bizTransactionList": _entries("bizTransaction", vocabulary.TRANSACTION_TYPES, typed=False),
    "sourceList": _entries("source", vocabulary.PARTY_TYPES, typed=True),
    "destinationList": _entries("destination", vocabulary.PARTY_TYPES, typed=True),
    "sensorElementList": _sensors,
}
_ACTION: Final[Mapping[str, Good]] = {"action": _one_of(_ACTIONS)}
_FAMILY: Final[Mapping[str, Good]] = {
    **_SHARED,
    **_ACTION,
    "parentID": _identifier,
    "childEPCs": _identifiers,
    "childQuantityList": _quantities,
}
_THINGS: Final[Mapping[str, Good]] = {
    **_SHARED,
    **_ACTION,
    "epcList": _identifiers,
    "quantityList": _quantities,
}
_TABLES: Final[Mapping[str, Mapping[str, Good]]] = {
    "ObjectEvent": {**_THINGS, "ilmd": _ilmd},
    "TransactionEvent": {**_THINGS, "parentID": _identifier},
    "AggregationEvent": _FAMILY,
    "AssociationEvent": _FAMILY,
    "TransformationEvent": {
        **_SHARED,
        "transformationID": _uri,
        "inputEPCList": _identifiers,
        "outputEPCList": _identifiers,
        "inputQuantityList": _quantities,
        "outputQuantityList": _quantities,
        "ilmd": _ilmd,
    },
}
"""Type -> field -> what nobody minds. A field that is not here makes the event a matter for the
rules: they know what it means."""


def _object(event: PlainEvent) -> bool:
    action = event.get("action")
    return (
        action is not None
        and ("epcList" in event or "quantityList" in event)
        and (action == "ADD" or "ilmd" not in event)
    )


def _transaction(event: PlainEvent) -> bool:
    return (
        "action" in event
        and "bizTransactionList" in event
        and has_party(event)
        and ("epcList" in event or "quantityList" in event)
    )


def _family(event: PlainEvent) -> bool:
    return (
        "action" in event
        and "parentID" in event
        and event["parentID"] not in event.get("childEPCs", ())
        and ("childEPCs" in event or "childQuantityList" in event)
    )


def _transformation(event: PlainEvent) -> bool:
    if "inputEPCList" in event and "outputEPCList" in event:
        return False
    return ("inputEPCList" in event or "inputQuantityList" in event) and (
        "outputEPCList" in event or "outputQuantityList" in event
    )


_WHOLE: Final[Mapping[str, Good]] = {
    "ObjectEvent": _object,
    "TransactionEvent": _transaction,
    "AggregationEvent": _family,
    "AssociationEvent": _family,
    "TransformationEvent": _transformation,
}
"""Type -> whether the event has all that the type needs."""
