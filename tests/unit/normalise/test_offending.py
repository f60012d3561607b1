"""A reason shows the value it is about, unless not every reader may see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tracehub.normalise.mapping_load import load_mapping
from tracehub.normalise.mapping_shipped import shipped
from tracehub.normalise.offending import HIDDEN, shown
from tracehub.normalise.verdict import Quarantined

Refuse = Callable[..., Quarantined]


@pytest.mark.parametrize(
    ("changed", "value"),
    [
        ({"bizStep": "sleeping"}, "sleeping"),
        ({"action": None}, ""),
        ({"eventTime": 5}, "5"),
        ({"epcList": "x"}, "x"),
        ({"epcList": [1]}, ""),
        ({"quantityList": [{"epcClass": "urn:a:b", "quantity": -2.5, "uom": "KGM"}]}, "-2.5"),
        ({"tracehub:production_date": 20260101}, "20260101"),
        ({"tracehub:price": 12.5}, HIDDEN),
        ({"tracehub:contact": 1390000}, HIDDEN),
        ({"tracehub:person": [{"tracehub:name": "x"}]}, ""),
        (
            {"sourceList": [{"type": "owner", "source": "urn:tracehub:uscc:914403001922038216"}]},
            "owner",
        ),
        ({"bizStep": "x" * 100}, "x" * 80 + "…"),
    ],
)
def test_reason_when_told_shows_the_value_at_its_path(
    changed: dict[str, Any], value: str, refused: Refuse
) -> None:
    first, *_ = refused(**changed).error.reasons
    assert first.value == value


def test_natural_person_when_a_value_is_never_shown() -> None:
    assert shown("urn:tracehub:person:330106199001010000") == HIDDEN


def test_field_of_another_system_when_it_can_not_be_converted_is_shown_as_sent() -> None:
    document = b'{"creditRecords": [{"recordId": "1", "decidedOn": "soon"}]}'
    (found,) = shipped("credit-record").read(document, "food")
    values = {each.path.rpartition(".")[2]: each.value for each in found.faults}
    assert (values["recordId"], values["decidedOn"], values["uscc"]) == ("1", "soon", "")


def test_field_of_another_system_when_it_becomes_a_secret_is_hidden() -> None:
    table = (
        "id: t/1\nsource: design choice\nincoming:\n"
        "  - {to: th:price, from: price, convert: decimal-to-text}\n"
        "  - to: 'th:person[]'\n    rows: [{to: th:id, from: born, convert: date}]\n"
        "  - {to: th:production_date, from: made, convert: date}\n"
    )
    given = b'{"price": "dear", "born": "long ago", "made": "lately"}'
    (found,) = load_mapping(table, "t.yaml").read(given, "food")
    assert [each.value for each in found.faults] == [HIDDEN, HIDDEN, "lately"]
