"""Is every field of the type that EPCIS says? Only then can anything else be asked of an event.

Must not know what values mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final, TypeAlias

from tracehub.normalise import fields, rules_what, rules_why
from tracehub.normalise.plain import PlainEvent
from tracehub.normalise.rules import Rule
from tracehub.normalise.rules_naming import FIELD_TYPE
from tracehub.normalise.verdict import Remarks

Shape: TypeAlias = Callable[[Any, str, Remarks], None]


def check_shape(event: PlainEvent, path: str, remarks: Remarks) -> bool:
    """Check every standard field's type; False when one is wrong.

    A field of the wrong type is a fault at its path; extensions may hold anything.
    """
    before = len(remarks.faults)
    for name, value in event.items():
        shape = _EVENT.get(name)
        if shape is not None:
            shape(value, f"{path}.{name}", remarks)
    return len(remarks.faults) == before


def _is(kind: type, rule: Rule = FIELD_TYPE) -> Shape:
    def shape(value: Any, path: str, remarks: Remarks) -> None:
        if value.__class__ is not kind:
            remarks.add(rule, path)

    return shape


def _number(rule: Rule) -> Shape:
    """A number that a double holds."""

    def shape(value: Any, path: str, remarks: Remarks) -> None:
        if value.__class__ is int:
            value = float(value) if float(value) == value else None
        if value.__class__ is not float or not isfinite(value):
            remarks.add(rule, path)

    return shape


def _list(each: Shape, rule: Rule = FIELD_TYPE) -> Shape:
    def shape(value: Any, path: str, remarks: Remarks) -> None:
        if value.__class__ is not list:
            remarks.add(rule, path)
            return
        for index, element in enumerate(value):
            each(element, f"{path}[{index}]", remarks)

    return shape


def _texts(rule: Rule = FIELD_TYPE) -> Shape:
    def shape(value: Any, path: str, remarks: Remarks) -> None:
        if value.__class__ is not list or any(each.__class__ is not str for each in value):
            remarks.add(rule, path)

    return shape


def _record(shapes: Mapping[str, Shape]) -> Shape:
    def shape(value: Any, path: str, remarks: Remarks) -> None:
        if value.__class__ is not dict:
            remarks.add(FIELD_TYPE, path)
            return
        for name, each in value.items():
            inner = shapes.get(name)
            if inner is not None:
                inner(each, f"{path}.{name}", remarks)

    return shape


_TEXT: Final = _is(str)
_MEASURE: Final = _number(FIELD_TYPE)
_QUANTITY: Final = _record(
    {"epcClass": _TEXT, "quantity": _number(rules_what.QUANTITY_NUMBER), "uom": _TEXT}
)
_REPORT: Final = _record(
    {
        **dict.fromkeys(fields.REPORT_TEXTS, _TEXT),
        **dict.fromkeys(fields.REPORT_NUMBERS, _MEASURE),
        fields.REPORT_FLAG: _is(bool),
    }
)
_EVENT: Final[Mapping[str, Shape]] = {
    **dict.fromkeys(fields.TEXTS, _TEXT),
    **dict.fromkeys(fields.EPC_LISTS, _texts()),
    **dict.fromkeys(fields.QUANTITY_LISTS, _list(_QUANTITY)),
    **dict.fromkeys(fields.PLACES, _record({"id": _TEXT})),
    **{
        name: _list(_record({"type": _TEXT, each: _TEXT}))
        for name, each in fields.TYPED_LISTS.items()
    },
    "certificationInfo": _texts(rules_why.CERTIFICATION),
    "persistentDisposition": _record({"set": _texts(), "unset": _texts()}),
    "errorDeclaration": _record(
        {"declarationTime": _TEXT, "reason": _TEXT, "correctiveEventIDs": _texts()}
    ),
    "ilmd": _is(dict),
    "sensorElementList": _list(
        _record(
            {
                "sensorMetadata": _record(dict.fromkeys(fields.METADATA, _TEXT)),
                "sensorReport": _list(_REPORT),
            }
        )
    ),
}
