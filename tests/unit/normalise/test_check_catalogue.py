"""The catalogue on events: what a list asks for is named or refused, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.catalogue.lists import local
from tracehub.avro.codec import Codec
from tracehub.catalogue.edition import bundled, compose
from tracehub.errors import ConfigError
from tracehub.model.connection import Connection
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import Accepted, Quarantined

Document = Callable[..., bytes]
PUBLISHER = Connection("provincial/zhejiang", region="330000")
QUANTITY = {"epcClass": "urn:epc:class:lgtin:6901028.007583.A1", "quantity": 2}
LOT = {"cbvmda:lotNumber": "A1"}


def judged(codec: Codec, value: bytes, category: str, *entries: str) -> Accepted | Quarantined:
    edition = compose([bundled(), *(local(each) for each in entries)])
    normaliser = Normaliser(codec, Tables(edition=edition))
    (item,) = normaliser.normalise(value, Source(category, PUBLISHER))
    return item


def rules(item: Accepted | Quarantined) -> list[str]:
    reasons = item.error.reasons if isinstance(item, Quarantined) else item.reasons
    return [each.rule for each in reasons]


def test_local_category_when_no_list_of_the_region_has_it_is_refused(
    codec: Codec, document: Document
) -> None:
    value = document(**{"tracehub:region_of_origin": "西湖"})
    refused = judged(codec, value, "local-specialty")
    assert rules(refused) == ["catalogue/category-inactive"]
    assert isinstance(
        judged(codec, value, "local-specialty", "category: local-specialty"), Accepted
    )
    elsewhere = document(
        readPoint={"id": "urn:a:b", "tracehub:region": "440305"},
        **{"tracehub:region_of_origin": "西湖"},
    )
    refused = judged(codec, elsewhere, "local-specialty", "category: local-specialty")
    assert rules(refused) == ["catalogue/category-inactive"]


def test_national_requirement_when_a_region_activates_the_category_holds_there(
    codec: Codec, document: Document
) -> None:
    refused = judged(codec, document(), "local-specialty", "category: local-specialty")
    assert rules(refused) == ["catalogue/field-missing"]
    assert isinstance(refused, Quarantined)
    (reason,) = refused.error.reasons
    assert "region_of_origin; national@" in reason.text
    assert "region_of_origin" in reason.text_zh


@pytest.mark.parametrize(
    ("asked", "good", "bad"),
    [
        ("serial", {}, {"epcList": None, "quantityList": [QUANTITY]}),
        ("batch", {"epcList": None, "quantityList": [QUANTITY]}, {}),
        ("batch", {"action": "ADD", "ilmd": LOT}, {"action": "ADD"}),
        ("quantity", {"quantityList": [QUANTITY]}, {}),
        ("place", {"bizLocation": {"id": "urn:a:b"}}, {"bizLocation": None, "readPoint": None}),
        (
            "party",
            {"sourceList": [{"type": "owning_party", "source": "91350100M000100Y43"}]},
            {"sourceList": None},
        ),
        ("transaction", {"bizTransactionList": [{"bizTransaction": "urn:a:b"}]}, {}),
        ("certificate", {"certificationInfo": "urn:a:b"}, {}),
        ("certificate", {"tracehub:certificate": {"tracehub:id": "c"}}, {}),
        (
            "origin-region",
            {"readPoint": {"id": "urn:a:b", "tracehub:region": "330106"}},
            {"readPoint": {"id": "urn:a:b"}},
        ),
        (
            "destination-region",
            {
                "destinationList": [
                    {"type": "location", "destination": "urn:a:b", "tracehub:region": "330106"}
                ]
            },
            {"destinationList": None},
        ),
        (
            "product",
            {},
            {
                "epcList": None,
                "readPoint": {"id": "urn:a:b"},
                "sensorElementList": [{"sensorReport": [{"type": "Temperature"}]}],
            },
        ),
    ],
)
def test_identifier_when_asked_for_is_looked_for(
    codec: Codec, document: Document, asked: str, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    for level, rule, fate in (
        ("refuse", "catalogue/identifier-missing", Quarantined),
        ("note", "catalogue/identifier-advised", Accepted),
    ):
        entry = f"category: food\nidentifiers: [{{name: {asked}, level: {level}, source: s}}]"
        assert rule not in rules(judged(codec, document(**good), "food", entry))
        item = judged(codec, document(**bad), "food", entry)
        assert rule in rules(item)
        assert isinstance(item, fate)


def test_field_when_asked_for_at_a_step_is_looked_for_there_alone(
    codec: Codec, document: Document
) -> None:
    entry = (
        "category: food\nfields: [{name: production_date, at: [packing], level: refuse, source: s}]"
    )
    assert rules(judged(codec, document(), "food", entry)) == []
    packing = document(bizStep="packing")
    assert rules(judged(codec, packing, "food", entry)) == ["catalogue/field-missing"]
    dated = document(bizStep="packing", **{"tracehub:production_date": "2026-01-01"})
    assert rules(judged(codec, dated, "food", entry)) == []


def test_event_type_and_code_family_when_not_allowed_are_named(
    codec: Codec, document: Document
) -> None:
    entry = (
        "category: food\nevent_types: {only: [TransactionEvent], level: refuse, source: s}\n"
        "codes: {only: [lgtin], level: note, source: s}"
    )
    assert rules(judged(codec, document(), "food", entry)) == [
        "catalogue/event-type",
        "catalogue/code-family-unusual",
    ]
    other = entry.replace("refuse", "-").replace("note", "refuse").replace("-,", "note,")
    assert rules(judged(codec, document(), "food", other)) == [
        "catalogue/code-family",
        "catalogue/event-type-unusual",
    ]


def test_product_when_listed_in_another_category_is_refused(
    codec: Codec, document: Document
) -> None:
    entry = "category: local-specialty\nproducts: ['01/06901028']"
    assert rules(judged(codec, document(), "food", entry)) == ["catalogue/listed-elsewhere"]


def test_canonical_event_when_judged_is_asked_for_the_same(
    codec: Codec, document: Document
) -> None:
    entry = "category: food\nidentifiers: [{name: batch, level: refuse, source: s}]"
    accepted = judged(codec, document(), "food")
    assert isinstance(accepted, Accepted)
    refused = judged(codec, accepted.value, "food", entry)
    assert rules(refused) == ["catalogue/identifier-missing"]


def test_field_when_kept_from_who_the_schema_shows_it_to_is_refused(codec: Codec) -> None:
    entry = (
        "category: food\nsensitive: [{field: storage_temperature, section: personal, source: s}]"
    )
    with pytest.raises(
        ConfigError, match=r"330000.yaml:9:17: storage_temperature of food shall be"
    ):
        Normaliser(codec, Tables(edition=compose([bundled(), local(entry)])))
