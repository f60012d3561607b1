"""Every shipped field table: golden examples, there and back, and the rule for every defect."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from tests.mapped.chance import Chance
from tests.mapped.defects import Defect, defects
from tests.mapped.formats import FORMATS
from tracehub.avro.catalogue import bundled
from tracehub.avro.codec import Codec
from tracehub.errors import ConfigError, RejectError
from tracehub.model.connection import Connection
from tracehub.model.event import Event
from tracehub.normalise.formats import xml_text, xml_tree
from tracehub.normalise.mapping_shipped import shipped, shipped_names
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import Accepted, Quarantined

EXAMPLES = Path(__file__).parent / "shipped"
NAMES = sorted(FORMATS)
DEFECTS = [
    pytest.param(name, each, id=f"{name}-{each.kind}") for name in NAMES for each in defects(name)
]


@pytest.fixture(scope="module")
def normaliser() -> Normaliser:
    tables = Tables(mappings={f"third-party/{name}": shipped(name) for name in NAMES})
    return Normaliser(Codec(bundled()), tables)


def source(name: str) -> Source:
    connection = Connection(f"third-party/{name}", region="330000", format="mapped")
    return Source(FORMATS[name].category, connection)


def example(name: str) -> Path:
    return EXAMPLES / f"{name}.{shipped(name).form.syntaxes[0]}"


def events(items: Sequence[Accepted | Quarantined]) -> list[Event]:
    assert [item for item in items if isinstance(item, Quarantined)] == []
    return [item.event for item in items if isinstance(item, Accepted)]


def test_table_when_shipped_has_a_generator_and_an_example() -> None:
    assert tuple(NAMES) == shipped_names()
    assert all(example(name).is_file() for name in NAMES)


def test_table_when_named_wrongly_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"connections\.x: .*did you mean 'meat-vegetable'"):
        shipped("meat-vegtable", "connections.x")


@pytest.mark.parametrize("name", NAMES)
def test_table_when_it_names_its_source_says_what_is_a_design_choice(name: str) -> None:
    assert "design choice" in shipped(name).label.source


@pytest.mark.parametrize("name", NAMES)
def test_document_when_read_gives_the_golden_events(name: str) -> None:
    found = shipped(name).read(example(name).read_bytes(), FORMATS[name].category)
    assert [each.faults for each in found] == [()] * len(found)
    golden = orjson.loads((EXAMPLES / f"{name}.plain.json").read_bytes())
    assert [each.event for each in found] == golden


@pytest.mark.parametrize("name", NAMES)
def test_events_when_written_are_the_golden_document(name: str, normaliser: Normaliser) -> None:
    value = example(name).read_bytes()
    mapping = shipped(name)
    (document,) = mapping.documents(events(normaliser.normalise(value, source(name))))
    if mapping.form.syntaxes[0] == "json":
        assert document == orjson.loads(value)
    else:
        written = mapping.bytes_of(document)
        assert xml_tree.tree(xml_text.parse(written)) == xml_tree.tree(xml_text.parse(value))


@pytest.mark.parametrize("name", NAMES)
def test_records_when_read_and_written_are_the_same_again(
    name: str, normaliser: Normaliser
) -> None:
    form, chance = FORMATS[name], Chance(name)
    records = [form.record(chance) for _ in range(40)]
    items = normaliser.normalise(form.document(*records), source(name))
    assert shipped(name).documents(events(items)) == [{**form.head, form.listed: records}]


def test_trade_when_written_in_xml_says_the_same_as_in_json(normaliser: Normaliser) -> None:
    form, chance, mapping = FORMATS["ecommerce"], Chance(3), shipped("ecommerce")
    document = form.document(*(form.record(chance) for _ in range(20)))
    in_json = normaliser.normalise(document, source("ecommerce"))
    value = mapping.bytes_of(orjson.loads(document), "xml")
    in_xml = normaliser.normalise(value, source("ecommerce"))
    assert events(in_json) == events(in_xml)


def code_of(normaliser: Normaliser, value: bytes, given: Source) -> str:
    try:
        (item,) = normaliser.normalise(value, given)
    except RejectError as error:
        return error.code
    return item.error.code if isinstance(item, Quarantined) else ""


@pytest.mark.parametrize(("name", "defect"), DEFECTS)
def test_defect_when_it_spoils_a_record_is_named_by_its_rule(
    name: str, defect: Defect, normaliser: Normaliser
) -> None:
    form = FORMATS[name]
    value = defect.spoil(form, form.record(Chance(11)))
    assert code_of(normaliser, value, source(name)) == defect.rule


@pytest.mark.parametrize("name", NAMES)
def test_defects_when_counted_are_of_at_least_twelve_kinds(name: str) -> None:
    assert len(defects(name)) >= 12


def test_event_of_another_sort_when_written_is_refused(normaliser: Normaliser) -> None:
    value = example("credit-record").read_bytes()
    (event, *_) = events(normaliser.normalise(value, source("credit-record")))
    with pytest.raises(RejectError) as refused:
        shipped("customs").write(event)
    assert refused.value.code == "mapping/other-event"
