from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from tracehub.connect import RejectError, load_mapping
from tracehub.testing.deliveries import sample_delivery
from tracehub_credit import CONNECTOR, wire

EXAMPLES = Path(__file__).parent / "examples"
MAPPING = load_mapping(CONNECTOR.mapping, "mapping.yaml")


def test_item_when_written_is_the_golden_request() -> None:
    golden = orjson.loads((EXAMPLES / "failed-test.request.json").read_bytes())
    assert [wire.item(sample_delivery(), MAPPING)] == golden


def test_item_when_sections_are_cut_says_so_and_holds_nothing_of_them() -> None:
    whole = sample_delivery()
    cut = ("regulator", "trade_secret", "personal")
    shown = replace(whole, event=whole.event._replace(regulator=None), cut=cut)
    item = wire.item(shown, MAPPING)
    assert item["withheld"] == list(cut)
    assert "cadmium" in str(wire.item(whole, MAPPING))
    assert "cadmium" not in str(item)


def test_item_when_a_required_field_is_missing_is_rejected() -> None:
    whole = sample_delivery()
    nameless = whole.event._replace(header=whole.event.header._replace(event_id=""))
    with pytest.raises(RejectError):
        wire.item(replace(whole, event=nameless), MAPPING)


def test_change_when_it_names_no_category_is_about_its_party() -> None:
    document = orjson.loads((EXAMPLES / "change.json").read_bytes())
    assert wire.about(document) == ("", "913301000000000009")


def test_change_when_read_through_the_field_table_is_one_fact_without_goods() -> None:
    value = (EXAMPLES / "change.json").read_bytes()
    (found,) = MAPPING.read(value, "food")
    assert not found.faults
    assert found.event["type"] == "none"
