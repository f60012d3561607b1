"""Codes of products, parties and regions in an event: are they what they claim to be?

An invalid code of a product or party quarantines the event, because it is what everything is
linked by. Must not know how a code is built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from tracehub.normalise import fields, identity
from tracehub.normalise.body_fields import hub
from tracehub.normalise.plain import DECISION, SUBJECT, TEST_RESULT, PlainEvent
from tracehub.normalise.verdict import Remarks

Check: TypeAlias = Callable[[Any, str, Remarks], None]

_PARTY_TYPES: Final = frozenset({"owning_party", "possessing_party"})
_LABORATORY: Final = hub("laboratory")


def check_codes(event: PlainEvent, path: str, remarks: Remarks) -> None:
    """Check every code of a product or party (design: domain, identifiers)."""
    for name, check in _FIELDS.items():
        if name in event:
            check(event[name], f"{path}.{name}", remarks)
    if TEST_RESULT in event or DECISION in event:
        _check_own_parties(event, path, remarks)


def _products(values: list[str], path: str, remarks: Remarks) -> None:
    for index, text in enumerate(values):
        rule = identity.product(text).rule
        if rule is not None:
            remarks.add(rule, f"{path}[{index}]")


def _parent(text: str, path: str, remarks: Remarks) -> None:
    rule = identity.product(text).rule
    if rule is not None:
        remarks.add(rule, path)


def _classes(values: list[dict[str, Any]], path: str, remarks: Remarks) -> None:
    for index, quantity in enumerate(values):
        if "epcClass" in quantity:
            rule = identity.product(quantity["epcClass"]).rule
            if rule is not None:
                remarks.add(rule, f"{path}[{index}].epcClass")


def _parties(field: str) -> Check:
    def check(entries: list[dict[str, Any]], path: str, remarks: Remarks) -> None:
        for index, entry in enumerate(entries):
            if entry.get("type") in _PARTY_TYPES and field in entry:
                rule = identity.party(entry[field]).rule
                if rule is not None:
                    remarks.add(rule, f"{path}[{index}].{field}")

    return check


_FIELDS: Final[Mapping[str, Check]] = {
    **dict.fromkeys(fields.EPC_LISTS, _products),
    "parentID": _parent,
    **dict.fromkeys(fields.QUANTITY_LISTS, _classes),
    "sourceList": _parties("source"),
    "destinationList": _parties("destination"),
}


def _check_own_parties(event: PlainEvent, path: str, remarks: Remarks) -> None:
    tests = event.get(TEST_RESULT)
    for index, test in enumerate(tests if isinstance(tests, list) else ()):
        if isinstance(test, dict) and isinstance(test.get(_LABORATORY), str):
            where = f"{path}.{TEST_RESULT}[{index}].{_LABORATORY}"
            _party(test[_LABORATORY], where, remarks)
    decision = event.get(DECISION)
    if isinstance(decision, dict) and isinstance(decision.get(SUBJECT), str):
        _party(decision[SUBJECT], f"{path}.{DECISION}.{SUBJECT}", remarks)


def _party(text: str, path: str, remarks: Remarks) -> None:
    rule = identity.party(text).rule
    if rule is not None:
        remarks.add(rule, path)
