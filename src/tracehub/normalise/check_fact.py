"""A fact without goods: a decision on a party, of the type `none` because EPCIS has no such event.

An ObjectEvent needs a thing, and a thing is never made up. Must not know who decided.
"""

from __future__ import annotations

from typing import Final

from tracehub.normalise import fields, rules_naming, rules_own
from tracehub.normalise.kinds import WITHOUT_GOODS
from tracehub.normalise.plain import DECISION, KIND, PlainEvent
from tracehub.normalise.verdict import Remarks

NO_TYPE: Final = "none"
_ALLOWED: Final = frozenset(
    {
        "type",
        "eventID",
        "eventTime",
        "eventTimeZoneOffset",
        "recordTime",
        "errorDeclaration",
        *fields.PLACES,
        *fields.TYPED_LISTS,
    }
)


def check_fact(event: PlainEvent, path: str, remarks: Remarks) -> None:
    """It has a decision, says which kind of fact it is, and names no goods."""
    kinds = event.get(KIND, ())
    if DECISION not in event or not any(kind in kinds for kind in WITHOUT_GOODS):
        remarks.add(rules_own.FACT, path)
    for name in (event.keys() & fields.EVENT) - _ALLOWED:
        remarks.add(rules_naming.FIELD_NOT_ALLOWED, f"{path}.{name}")
