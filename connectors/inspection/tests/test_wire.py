from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from tracehub.connect import RejectError, load_mapping
from tracehub.testing.deliveries import sample_delivery
from tracehub_inspection import CONNECTOR, wire

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


def test_report_when_it_names_no_code_is_about_its_batch() -> None:
    document = orjson.loads((EXAMPLES / "report.json").read_bytes())
    assert wire.about(document) == ("food", "A1")


def test_report_when_it_names_codes_is_about_the_first() -> None:
    document = orjson.loads((EXAMPLES / "report.json").read_bytes())
    document["reports"][0]["traceCodes"] = ["81234567890000000001", "other"]
    assert wire.about(document).key == "81234567890000000001"


def test_report_when_read_through_the_field_table_is_one_inspection() -> None:
    value = (EXAMPLES / "report.json").read_bytes()
    (found,) = MAPPING.read(value, "food")
    assert not found.faults
    assert found.event["bizStep"] == "inspecting"
