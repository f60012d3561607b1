"""A decision on a party is an event of its own, and no goods are made up for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tracehub.model.event import Party
from tracehub.normalise.verdict import Accepted, Quarantined

Accept = Callable[..., Accepted]
Refuse = Callable[..., Quarantined]

SUBJECT = "914403001922038216"
FACT: dict[str, Any] = {
    "type": "none",
    "action": None,
    "bizStep": None,
    "disposition": None,
    "epcList": None,
    "tracehub:kind": "credit-change",
    "tracehub:decision": {"tracehub:subject": SUBJECT, "tracehub:action": "listed"},
}


def test_fact_when_it_has_decision_and_kind_is_accepted_without_a_product(accepted: Accept) -> None:
    header = accepted(**FACT).event.header
    assert (header.event_type, header.kinds) == ("none", ("credit-change",))
    assert header.parties == (Party("subject", "uscc", SUBJECT),)
    assert (header.origin_region, header.origin_basis) == ("440300", "party_registration")
    assert header.product.id == ""


def test_fact_when_it_has_no_product_is_keyed_by_its_subject(accepted: Accept) -> None:
    assert accepted(**FACT).event.header.key == SUBJECT.encode()


def test_fact_when_it_is_withdrawn_carries_the_correction(accepted: Accept) -> None:
    withdrawn = {"declarationTime": "2026-02-01T08:00:00Z", "reason": "did_not_occur"}
    assert accepted(**FACT, errorDeclaration=withdrawn).event.header.correction == "did_not_occur"


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"tracehub:decision": None}, "tracehub/fact-incomplete"),
        ({"tracehub:kind": "recall"}, "tracehub/fact-incomplete"),
        ({"tracehub:kind": None}, "tracehub/fact-incomplete"),
        ({"epcList": ["urn:epc:id:giai:4000001.1"]}, "epcis/field-not-allowed"),
        ({"bizStep": "inspecting"}, "epcis/field-not-allowed"),
        ({"tracehub:decision": {"tracehub:action": "listed"}}, "tracehub/element-shape"),
        ({"tracehub:decision": {"tracehub:subject": SUBJECT[:-1] + "7"}}, "uscc/check-char"),
    ],
)
def test_fact_when_something_is_wrong_is_refused_by_name(
    refused: Refuse, changed: dict[str, Any], rule: str
) -> None:
    assert rule in {reason.rule for reason in refused(**{**FACT, **changed}).error.reasons}
