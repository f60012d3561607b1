"""Codes of products, parties and regions in an event: are they what they claim to be?

An invalid code of a product or party quarantines the event, because it is what everything is
linked by. Must not know how a code is built.
"""

from __future__ import annotations

from typing import Final

from tracehub.normalise import fields, identity
from tracehub.normalise.body_fields import hub
from tracehub.normalise.plain import DECISION, SUBJECT, TEST_RESULT, PlainEvent
from tracehub.normalise.verdict import Remarks

_PARTY_TYPES: Final = frozenset({"owning_party", "possessing_party"})
_PARTY_LISTS: Final = (("sourceList", "source"), ("destinationList", "destination"))
_LABORATORY: Final = hub("laboratory")


def check_codes(event: PlainEvent, path: str, remarks: Remarks) -> None:
    """Check every code of a product or party (design: domain, identifiers)."""
    for name in fields.EPC_LISTS:
        for index, epc in enumerate(event.get(name, ())):
            _product(epc, f"{path}.{name}[{index}]", remarks)
    if "parentID" in event:
        _product(event["parentID"], f"{path}.parentID", remarks)
    for name in fields.QUANTITY_LISTS:
        for index, quantity in enumerate(event.get(name, ())):
            if "epcClass" in quantity:
                _product(quantity["epcClass"], f"{path}.{name}[{index}].epcClass", remarks)
    for name, field in _PARTY_LISTS:
        for index, entry in enumerate(event.get(name, ())):
            if entry.get("type") in _PARTY_TYPES and field in entry:
                _party(entry[field], f"{path}.{name}[{index}].{field}", remarks)
    _check_own_parties(event, path, remarks)


def _check_own_parties(event: PlainEvent, path: str, remarks: Remarks) -> None:
    for index, test in enumerate(event.get(TEST_RESULT, ())):
        if isinstance(test, dict) and isinstance(test.get(_LABORATORY), str):
            where = f"{path}.{TEST_RESULT}[{index}].{_LABORATORY}"
            _party(test[_LABORATORY], where, remarks)
    decision = event.get(DECISION)
    if isinstance(decision, dict) and isinstance(decision.get(SUBJECT), str):
        _party(decision[SUBJECT], f"{path}.{DECISION}.{SUBJECT}", remarks)


def _product(text: str, path: str, remarks: Remarks) -> None:
    rule = identity.product(text).rule
    if rule is not None:
        remarks.add(rule, path)


def _party(text: str, path: str, remarks: Remarks) -> None:
    rule = identity.party(text).rule
    if rule is not None:
        remarks.add(rule, path)
