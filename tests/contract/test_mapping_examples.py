"""Every connector's field table against the golden examples beside its tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from tracehub.avro.catalogue import bundled
from tracehub.avro.codec import Codec
from tracehub.connect import Mapping, load_mapping
from tracehub.model.connection import Connection
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import Accepted
from tracehub.testing.examples import Read, Written, read, written

CONNECTORS = Path(__file__).parents[2] / "connectors"
NAMES = sorted(each.name for each in CONNECTORS.iterdir() if (each / "pyproject.toml").is_file())


def examples(name: str) -> Path:
    return CONNECTORS / name / "tests" / "examples"


def mapping(name: str) -> Mapping:
    path = CONNECTORS / name / "src" / f"tracehub_{name}" / "mapping.yaml"
    return load_mapping(path.read_text("utf-8"), str(path.relative_to(CONNECTORS)))


KINDS: dict[str, dict[str, list[list[str]]]] = {
    "border_inspection": {
        "results": [
            ["inspection", "border-inspection"],
            ["inspection-failure", "border-inspection"],
        ]
    },
    "certification": {"certificates": [["trace"], ["enforcement-decision"]]},
    "cold_chain": {"consignments": [["sensor-alarm"], ["trace"]]},
    "complaint": {"complaints": [["complaint"], ["complaint"]]},
    "credit": {"changes": [["credit-change"], ["credit-change"]]},
    "customs": {"declarations": [["customs"], ["customs"]]},
    "ecommerce": {"sales": [["sale"], ["sale"]]},
    "enforcement": {"decisions": [["enforcement-decision"], ["recall", "enforcement-decision"]]},
    "inspection": {"reports": [["inspection-failure"], ["inspection"]]},
    "qms": {"records": [["trace"], ["trace"]]},
    "settlement": {"tickets": [["settlement"], ["settlement"]]},
    "third_party": {"records": [["trace"]]},
}
"""What the hub sees in each example: type -> document -> kinds of its events."""
WRITTEN = [
    pytest.param(name, each, id=f"{name}-{each.name}")
    for name in NAMES
    for each in written(examples(name))
]
READ = [
    pytest.param(name, each, id=f"{name}-{each.name}")
    for name in NAMES
    for each in read(examples(name))
]


@pytest.mark.parametrize("name", NAMES)
def test_connector_when_it_has_a_table_has_an_example_of_it(name: str) -> None:
    table = mapping(name)
    assert bool(written(examples(name))) == table.writes
    assert bool(read(examples(name))) == table.reads


@pytest.mark.parametrize(("name", "example"), WRITTEN)
def test_event_when_written_is_the_golden_body(name: str, example: Written) -> None:
    assert mapping(name).write(example.event) == example.body


@pytest.mark.parametrize(("name", "example"), READ)
def test_document_when_read_gives_the_golden_events(name: str, example: Read) -> None:
    found = mapping(name).read(example.document, "food")
    assert [each.faults for each in found] == [()] * len(example.events)
    assert [each.event for each in found] == example.events


@pytest.mark.parametrize(("name", "example"), READ)
def test_document_when_read_by_the_hub_holds_events_that_it_accepts(
    name: str, example: Read
) -> None:
    kind = name.replace("_", "-")
    tables = Tables(mappings={kind: mapping(name)})
    connection = Connection(f"{kind}/example", region="330000", format="mapped")
    judged = Normaliser(Codec(bundled()), tables).normalise(
        example.document, Source("food", connection)
    )
    assert [each for each in judged if not isinstance(each, Accepted)] == []
    kinds = [each.event.header.kinds for each in judged if isinstance(each, Accepted)]
    assert [list(each) for each in kinds] == KINDS[name][example.name]


@pytest.mark.parametrize(
    ("name", "document", "field", "value", "rule"),
    [
        ("inspection", "reports", "reportNo", None, "mapping/required"),
        ("inspection", "reports", "issuedAt", "", "mapping/required"),
        ("inspection", "reports", "conclusion", "也许", "mapping/conversion"),
        ("inspection", "reports", "issuedAt", "2017年13月1日", "mapping/conversion"),
        ("inspection", "reports", "traceCodes", "8123456", "mapping/shape"),
        ("credit", "changes", "uscc", None, "mapping/required"),
        ("credit", "changes", "decidedOn", "昨天", "mapping/conversion"),
        ("credit", "changes", "legalBasis", {"zh": "甲"}, "mapping/conversion"),
    ],
)
def test_field_when_wrong_is_named_and_spoils_its_record_alone(
    name: str, document: str, field: str, value: Any, rule: str
) -> None:
    sent = orjson.loads((examples(name) / f"{document}.json").read_bytes())
    sent[document][0][field] = value
    first, second = mapping(name).read(orjson.dumps(sent), "food")
    places = {(fault.rule, fault.path) for fault in first.faults}
    assert places == {(rule, f"$.{document}[0].{field}")}
    assert second.faults == ()
