"""Plain likeness: what of a plain event its verdict and header depend on, and what passes alone.

As `likeness.py` for documents, and stricter: an event is like another only when nothing at all
would be said of it. What is marked `same` here, which keys are there, and the day decide all that
`quiet()` and the checks after it ask, and the header but for the event's own id, time, product and
parties. Must not know bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from tracehub.avro.look import Mark, PlainChecks, PlainSight
from tracehub.avro.runtime import SIZES
from tracehub.model.event import Party, Product
from tracehub.normalise import fields, identity
from tracehub.normalise.body_fields import TEST_FIELDS, hub
from tracehub.normalise.check_own import OURS
from tracehub.normalise.header import ROLES
from tracehub.normalise.plain import ADDRESSEE, CERTIFICATE, KIND, PERSON, REGION, TEST_RESULT
from tracehub.normalise.times import instant
from tracehub.normalise.vocabulary import is_uri

_SAME: Final = Mark("same")
_ANY: Final = Mark("any")
_SOME: Final = Mark("some")
_TIME: Final = Mark("time")
_URI: Final = Mark("uri")
_WORDS: Final = Mark("words")
_LISTS: Final = ("sourceList", "destinationList")
_LABORATORY: Final = len(_LISTS)
_RANKS: Final = ("owner", "holder", "receiver-owner", "receiver-holder", "laboratory")
"""The order of parties in a header."""
_BATCHED: Final = ("/10/", ":lgtin:")


def _record(marks: Mapping[str, Mark]) -> Mark:
    return Mark("record", 0, marks)


def _records(marks: Mapping[str, Mark]) -> Mark:
    return Mark("records", 0, marks)


def _quantities(rank: int) -> Mark:
    return _records({"epcClass": Mark("code", rank), "quantity": Mark("amount"), "uom": _SAME})


def _entries(field: str, mark: Mark) -> Mark:
    return _records({"type": _SAME, field: mark, REGION: _SAME})


_PLACE: Final = _record({"id": Mark("place"), REGION: _SAME})
_OWN_TYPED: Final = _records({hub("type"): _ANY, hub("id"): _ANY})
_SENSOR: Final = {
    "sensorMetadata": _record(
        {
            **dict.fromkeys(fields.METADATA, _ANY),
            **dict.fromkeys(("time", "startTime", "endTime"), _TIME),
        }
    ),
    "sensorReport": _records(
        {
            **dict.fromkeys(fields.REPORT_TEXTS, _ANY),
            **dict.fromkeys(fields.REPORT_NUMBERS, Mark("finite")),
            **dict.fromkeys(("type", "exception", "component"), _SAME),
            fields.REPORT_FLAG: Mark("flag"),
            "time": _TIME,
        }
    ),
}
_MARKS: Final[Mapping[str, Mark]] = {
    **dict.fromkeys(("type", "action", "bizStep", "disposition", "eventTimeZoneOffset"), _SAME),
    "eventID": Mark("id"),
    "eventTime": Mark("occurred"),
    "transformationID": _URI,
    "epcList": Mark("codes", 0),
    "quantityList": _quantities(1),
    "parentID": Mark("code", 2),
    "childEPCs": Mark("codes", 3),
    "childQuantityList": _quantities(4),
    "outputEPCList": Mark("codes", 5),
    "outputQuantityList": _quantities(6),
    "inputEPCList": Mark("codes", 7),
    "inputQuantityList": _quantities(8),
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "bizTransactionList": _entries("bizTransaction", _SOME),
    "sourceList": _entries("source", Mark("party", 0)),
    "destinationList": _entries("destination", Mark("party", 1)),
    "sensorElementList": _records(_SENSOR),
    "ilmd": Mark("record"),
    TEST_RESULT: _records(
        {
            **dict.fromkeys(map(hub, TEST_FIELDS), _ANY),
            hub("verdict"): _SAME,
            hub("laboratory"): Mark("party", _LABORATORY),
        }
    ),
    CERTIFICATE: _OWN_TYPED,
    PERSON: _OWN_TYPED,
    ADDRESSEE: _WORDS,
    KIND: _WORDS,
}
"""Key of a plain event -> how it is looked at. Each mark follows from the rules on its field: one
that asks more must change it (`tests/unit/normalise/test_plain_likeness.py` compares them). The
ranks of codes are the order in which `header.product_of()` looks for one."""


def sight(places: Mapping[str, str]) -> PlainSight:
    """How plain events are looked at, where places are in these regions."""

    def place(text: str) -> bytes:
        return _text(places.get(identity.place(text), ""))

    def party(side: int, kind: str | None, text: str) -> tuple[bytes, int, Party | None] | None:
        if side != _LABORATORY and not text:
            return None
        role = "laboratory" if side == _LABORATORY else ROLES[_LISTS[side]].get(kind or "")
        at = place(text) if places else b""
        if role is None:
            return at, 0, None
        known = identity.party(text)
        if known.rule is not None:
            return None
        named = Party(role, known.scheme, known.id)
        return at + _text(known.region), _RANKS.index(role), named

    checks = PlainChecks(_stem, _code, party, place if places else None, is_uri, _instant)
    return PlainSight(_MARKS, OURS, checks)


_Known: TypeAlias = tuple[bytes, Product, int]


def _stem(text: str) -> _Known | None:
    found = identity.stem(text)
    return None if found is None else _known(text, *found)


def _code(text: str) -> _Known | None:
    return _known(text, identity.product(text), 0)


def _known(text: str, code: identity.Identity, digits: int) -> _Known | None:
    if code.rule is not None or not code.is_uri:
        return None
    batched = any(each in text for each in _BATCHED)
    mark = _text(code.scheme) + bytes([batched])
    return mark, Product(code.scheme, code.id), digits


def _text(text: str) -> bytes:
    """A text that ends where it says."""
    written = text.encode()
    return SIZES[len(written)] + written


def _instant(text: str) -> int | None:
    found = instant(text)
    return found.ms if found.rule is None else None
