"""Likeness: what may be remembered of the verdict on a canonical event, and what is looked at anew.

Rules that ask one value alone (a code, a time, an amount, JSON) are asked of each event. All other
rules depend on nothing but the fields marked here as `same`, on which fields are there, and on the
day. Only what refuses an event counts: notes are made by the full check. Must not know bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import orjson

from tracehub.avro.look import Checks, Known, Mark, Sight
from tracehub.avro.runtime import SIZES
from tracehub.normalise import body_fields, fields, identity
from tracehub.normalise.formats.text import MAX_SIZE
from tracehub.normalise.header import ROLES
from tracehub.normalise.plain import HUB_NAMESPACE
from tracehub.normalise.rules import FAULT, Rule
from tracehub.normalise.times import instant

_SAME: Final = Mark("same")
_ANY: Final = Mark("any")
_SOME: Final = Mark("some")
_ABSENT: Final = Mark("absent")
_TIME: Final = Mark("time")
_EXTENSIONS: Final = Mark("extensions")
_SPACE: Final = re.compile(r"\s")

_SOURCE, _DESTINATION, _LABORATORY = range(3)
_LISTS: Final = ("sourceList", "destinationList")


def _code(rank: int) -> Mark:
    """A product's code; the ranks are the order in which `header.product_of()` looks for one."""
    return Mark("code", rank)


def _quantity(rank: int) -> Mapping[str, Mark]:
    return {
        "epc_class": _code(rank),
        "quantity": Mark("amount"),
        "uom": _SAME,
        "extensions": _EXTENSIONS,
    }


_TYPED: Final = {"type": _SAME, "id": _SOME, "extensions": _EXTENSIONS}
_OWN_TYPED: Final = {"type": _ANY, "id": _ANY, "extensions": _EXTENSIONS}
_PLACE: Final = {"id": _SOME, "extensions": _EXTENSIONS}
_METADATA: Final = {
    **dict.fromkeys(fields.METADATA.values(), _ANY),
    "time": _TIME,
    "start_time": _ABSENT,
    "end_time": _TIME,
    "extensions": _EXTENSIONS,
}
_REPORT: Final = {
    **dict.fromkeys(body_fields.REPORT.values(), _ANY),
    **dict.fromkeys(fields.REPORT_NUMBERS.values(), Mark("finite")),
    **dict.fromkeys(("type", "exception", "component"), _SAME),
    "time": _TIME,
    "extensions": _EXTENSIONS,
}
_PUBLIC: Final = {
    "salt": _ANY,
    "event_id_given": Mark("true"),
    "event_time": Mark("occurred"),
    "time_zone_offset": _SAME,
    "epcs": _code(0),
    "parent_id": _code(2),
    "child_epcs": _code(3),
    "input_epcs": _code(7),
    "output_epcs": _code(5),
    "persistent_disposition": _SAME,
    "certification_info": _ANY,
}
_REGULATOR: Final = {
    "salt": _ANY,
    "quantities": _quantity(1),
    "child_quantities": _quantity(4),
    "input_quantities": _quantity(8),
    "output_quantities": _quantity(6),
    "record_time": _TIME,
    "transformation_id": _ANY,
    "read_point": _PLACE,
    "biz_location": _PLACE,
    "transactions": _TYPED,
    "sources": Mark("party", _SOURCE, _TYPED),
    "destinations": Mark("party", _DESTINATION, _TYPED),
    "sensors": {"metadata": _METADATA, "reports": _REPORT, "extensions": _EXTENSIONS},
    "error_declaration": _ABSENT,
    "ilmd": _EXTENSIONS,
    "certificates": _OWN_TYPED,
    "tests": {
        **dict.fromkeys(body_fields.TEST_FIELDS, _ANY),
        "verdict": _SAME,
        "laboratory": Mark("party", _LABORATORY),
    },
    "decision": _ABSENT,
}
_TRADE_SECRET: Final = {
    "salt": _ANY,
    "extensions": _EXTENSIONS,
    "price": _ANY,
    "contract_id": _ANY,
}
_PERSONAL: Final = {"salt": _ANY, "persons": _OWN_TYPED, "contact": _ANY}


def _is_fault(rule: Rule | None) -> bool:
    return rule is not None and rule.severity == FAULT


def _avro(*texts: str) -> bytes:
    """Texts as Avro writes them."""
    written = [each.encode() for each in texts]
    return b"".join(part for each in written for part in (SIZES[len(each)], each))


def _stem(text: str) -> Known | None:
    found = identity.stem(text)
    if found is None or _is_fault(found[0].rule):
        return None
    return (_avro(found[0].scheme), found[0].id.encode(), found[1])


def _whole(text: str) -> Known | None:
    if not text or _SPACE.search(text):
        return None
    known = identity.product(text)
    return None if _is_fault(known.rule) else (_avro(known.scheme), known.id.encode(), 0)


def _party(side: int, kind: str | None, text: str | None) -> bytes | None:
    """The party of the header that an entry asks for; None of a code that is wrong."""
    if side == _LABORATORY:
        role = "" if text is None else "laboratory"
    elif not text:
        return None
    else:
        role = ROLES[_LISTS[side]].get(kind or "", "")
    if not role or text is None:
        return b""
    known = identity.party(text)
    return None if _is_fault(known.rule) else _avro(role, known.scheme, known.id)


def _instant(text: str) -> int | None:
    found = instant(text)
    return None if _is_fault(found.rule) else found.ms


def _value(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


SIGHT: Final = Sight(
    (_PUBLIC, _REGULATOR, _TRADE_SECRET, _PERSONAL),
    HUB_NAMESPACE.encode(),
    MAX_SIZE,
    Checks(_stem, _whole, _party, _instant, _value),
)
"""How canonical events are looked at. Each mark follows from the rules on its field: a rule that
asks more of it must change it (`tests/unit/normalise/test_likeness.py` compares them)."""
