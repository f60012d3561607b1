"""Well-formed documents that mean nothing lawful: unknown words, missing parts, overflow.

Must not know how rules are decided.
"""

from __future__ import annotations

import random
from typing import Any, Final

from tracehub.testing.bad_input.case import Case, Kind, document, event, good, legal, refused

_REQUIRED: Final = {
    "eventTime": "epcis/event-time-missing",
    "eventTimeZoneOffset": "epcis/offset-missing",
    "action": "epcis/action-missing",
    "epcList": "epcis/object-missing",
}
_TYPED: Final = ("eventTime", "eventTimeZoneOffset", "epcList")
_ODD: Final = (0, 1.5, True, {"a": 1})
_WORDS: Final = {
    "action": ("epcis/action-unknown", ("SEEN", "add", "", "删除")),
    "bizStep": ("epcis/biz-step-unknown", ("sleeping", "运输", "SHIPPING!")),
    "disposition": ("epcis/disposition-unknown", ("lost_in_time", "在途")),
    "type": ("epcis/event-type-unknown", ("WishEvent", "objectevent", "")),
    "eventTimeZoneOffset": ("epcis/offset-format", ("+25:00", "Beijing", "+0800x", "北京时间")),
    "eventTime": ("epcis/event-time-format", ("yesterday", "2026-13-01T00:00:00Z", "1", "9" * 99)),
    "eventID": ("epcis/event-id-format", ("a b", " ", "urn:x y")),
}


def _missing(chance: random.Random) -> Case:
    name = chance.choice(list(_REQUIRED))
    return refused(good(chance, **{name: None}), _REQUIRED[name])


def _unknown_word(chance: random.Random) -> Case:
    name = chance.choice(list(_WORDS))
    code, words = _WORDS[name]
    return refused(good(chance, **{name: chance.choice(words)}), code)


def _wrong_type(chance: random.Random) -> Case:
    changed: dict[str, Any] = {chance.choice(_TYPED): chance.choice(_ODD)}
    return refused(good(chance, **changed), "epcis/field-type")


def _unknown_field(chance: random.Random) -> Case:
    name = chance.choice(("colour", "__proto__", "constructor", "备注", "a" * 100_000))
    return refused(good(chance, **{name: "x"}), "epcis/field-unknown")


def _no_events(chance: random.Random) -> Case:
    pads = " " * chance.randint(0, 100)
    return refused(document() + pads.encode(), "document/no-events")


def _no_event(chance: random.Random) -> Case:
    odd: Any = chance.choice((None, 1, "x", [], [[]], True))
    return refused(document(odd), "document/no-events", "epcis/field-type", "document/unrecognised")


def _too_much(chance: random.Random) -> Case:
    amount = chance.choice(("1e400", "NaN", "-", "九", "1,000", "1" * 400))
    quantity = {"epcClass": "urn:epc:class:lgtin:6901028.007583.1", "quantity": amount}
    return refused(good(chance, quantityList=[quantity]), "epcis/quantity-not-number")


def _false_epc(chance: random.Random) -> Case:
    epc = chance.choice(("", "a b", "urn:epc: id", "\t", "　"))
    return refused(good(chance, epcList=[epc]), "epcis/epc-format")


def _same_id(chance: random.Random) -> Case:
    changed = {"eventID": "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8"}
    value = good(chance, **changed, bizStep=chance.choice(("shipping", "receiving", "storing")))
    return legal(value, "two claims under one id are both evidence; receivers tell them apart")


def _late(chance: random.Random) -> Case:
    time = f"{chance.choice((1970, 1999, 2199, 9998))}-01-01T00:00:00Z"
    return legal(good(chance, eventTime=time), "a late event, or a wrong clock, is the claim")


def _impossible(chance: random.Random) -> Case:
    step, found = chance.choice((("destroying", "in_transit"), ("shipping", "destroyed")))
    return legal(good(chance, bizStep=step, disposition=found), "a chain is judged by its readers")


def _cycle(chance: random.Random) -> Case:
    parent = "urn:epc:id:sscc:6901028.0000000001"
    changed: dict[str, Any] = {"type": "AggregationEvent", "epcList": None, "parentID": parent}
    value = good(chance, **changed, childEPCs=[parent])
    return refused(value, "epcis/parent-in-children")


def _one_of_many(chance: random.Random) -> Case:
    others = [event(chance) for _ in range(chance.randint(1, 5))]
    return refused(document(event(chance, action="SEEN"), *others), "epcis/action-unknown")


KINDS: Final[tuple[Kind, ...]] = (
    _missing,
    _unknown_word,
    _wrong_type,
    _unknown_field,
    _no_events,
    _no_event,
    _too_much,
    _false_epc,
    _same_id,
    _late,
    _impossible,
    _cycle,
    _one_of_many,
)
