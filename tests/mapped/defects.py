"""How a record can be spoiled, and the rule that must speak: each defect spoils one role."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from tests.mapped.chance import Record
from tests.mapped.formats import FORMATS, Format


class Defect(NamedTuple):
    """One way to spoil a document.

    Attributes:
        kind: a name for messages.
        rule: the rule that must speak first.
        spoil: makes the bytes from a good record.
    """

    kind: str
    rule: str
    spoil: Callable[[Format, Record], bytes]


_BAD: Final[Mapping[str, tuple[tuple[str, Any, str], ...]]] = {
    "time": (
        ("no such day", "2026-02-30 08:00:00", "mapping/conversion"),
        ("words for a time", "昨天", "mapping/conversion"),
    ),
    "word": (("a word that no table has", "也许", "mapping/conversion"),),
    "guid": (("no GUID", "0001", "mapping/conversion"),),
    "region": (
        ("a region of five digits", "33010", "mapping/conversion"),
        ("a region of no province", "990000", "gb2260/province-unknown"),
    ),
    "party": (
        ("a wrong check character", "913301060000000001", "uscc/check-char"),
        ("a forbidden letter", "9133010600000000OI", "uscc/alphabet"),
    ),
    "gtin": (
        ("a wrong check digit", "6901028075832", "gtin/check-digit"),
        ("a GTIN of nine digits", "690102807", "mapping/conversion"),
    ),
    "amount": (
        ("words for a number", "约五十", "mapping/conversion"),
        ("a negative amount", "-5", "epcis/quantity-negative"),
        ("an endless amount", "9e999", "mapping/conversion"),
    ),
    "unit": (("a unit that nobody knows", "车", "mapping/conversion"),),
    "text": (("an object for a text", {"value": "x"}, "mapping/conversion"),),
    "plain": (("an object for a text", {"value": "x"}, "mapping/shape"),),
}
"""Role -> what a field of it may wrongly hold, and the rule."""


def defects(name: str) -> list[Defect]:
    """Every defect that a format can have."""
    form = FORMATS[name]
    found = [
        Defect(f"{field} is missing", "mapping/required", _changed(field, None))
        for field in form.required
    ]
    for role, field in form.roles.items():
        if role == "list":
            if not form.root:
                found.append(Defect("no list", "mapping/shape", _changed(field, "x")))
            continue
        found += [
            Defect(f"{field}: {kind}", rule, _changed(field, value))
            for kind, value, rule in _BAD[role]
            if not (form.root and isinstance(value, dict))
        ]
    return found + (_XML_DEFECTS if form.root else _JSON_DEFECTS)


def _changed(field: str, value: Any) -> Callable[[Format, Record], bytes]:
    def spoil(form: Format, record: Record) -> bytes:
        spoiled = copy.deepcopy(record)
        holder: Any = spoiled
        *above, last = field.split(".")
        for step in above:
            holder = holder[int(step) if step.isdecimal() else step]
        if value is None:
            del holder[last]
        else:
            holder[last] = value
        return form.document(spoiled)

    return spoil


def _cut(form: Format, record: Record) -> bytes:
    return form.document(record)[:-2]


def _not_utf8(form: Format, record: Record) -> bytes:
    return form.document(record).decode().encode("gb18030")


_JSON_DEFECTS: Final = [
    Defect("cut short", "json/syntax", _cut),
    Defect("in GB 18030", "document/not-utf8", _not_utf8),
    Defect("no list of records", "mapping/records", lambda _, __: b'{"other": []}'),
    Defect("a record that is text", "mapping/shape", lambda form, _: form.document("x")),
    Defect("no records", "document/no-events", lambda form, _: form.document()),
]
_XML_DEFECTS: Final = [
    Defect("cut short", "xml/syntax", _cut),
    Defect("in GB 18030", "document/not-utf8", _not_utf8),
    Defect("another root", "mapping/root", lambda _, __: b"<other/>"),
    Defect("no list of records", "mapping/records", lambda _, __: b"<data><x/></data>"),
    Defect("a document type", "xml/dtd", lambda _, __: b"<!DOCTYPE data><data/>"),
]
