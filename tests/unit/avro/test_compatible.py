from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.schema import parse
from hypothesis import given, settings
from hypothesis import strategies as st

from tracehub.avro.catalogue import bundled
from tracehub.avro.compatible import recursions, refusals, undisclosed, violations

DRUG = bundled().newest("event.drug-value")


def record(*fields: Mapping[str, Any], name: str = "R") -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": list(fields)}


def field(kind: Any, name: str = "a", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


def enum(*symbols: str, **more: Any) -> dict[str, Any]:
    return {"type": "enum", "name": "E", "symbols": list(symbols), **more}


def fixed(size: int) -> dict[str, Any]:
    return {"type": "fixed", "name": "F", "size": size}


def changed(text: Any, path: str, **more: Any) -> dict[str, Any]:
    """A copy of a schema in which the node under a JSON pointer has other values."""
    copy: dict[str, Any] = json.loads(json.dumps(text))
    node: Any = copy
    for step in path.strip("/").split("/"):
        node = node[int(step)] if isinstance(node, list) else node[step]
    node.update(more)
    return copy


BREAKING = [
    (record(field("int")), record(field("string")), "/fields/0/type", "reads string, but int"),
    (record(field("long")), record(field("int")), "/fields/0/type", "reads int, but long"),
    (record(), record(field("int")), "/fields/0", "a is new and has no default"),
    (record(field("int")), record(field("int"), name="S"), "/name", "is S, but R was written"),
    (record(field(enum("A", "B"))), record(field(enum("A"))), "/fields/0/type/symbols", "lacks B"),
    (record(field(fixed(4))), record(field(fixed(8))), "/fields/0/type/size", "is 8, but 4"),
    (
        record(field(["null", "int", "string"])),
        record(field(["null", "int"])),
        "/fields/0/type",
        "has no branch for string",
    ),
    (record(field(["null", "int"])), record(field("int")), "/fields/0/type", "but null was"),
    (
        record(field(["null", record(field("int"), name="N")])),
        record(field(["null", record(field("string"), name="N")])),
        "/fields/0/type/1/fields/0/type",
        "reads string, but int was written",
    ),
    (
        record(field({"type": "array", "items": "long"})),
        record(field({"type": "array", "items": "int"})),
        "/fields/0/type/items",
        "reads int, but long was written",
    ),
    (
        record(field({"type": "map", "values": "long"})),
        record(field({"type": "map", "values": "int"})),
        "/fields/0/type/values",
        "reads int, but long was written",
    ),
]
ALLOWED = [
    (record(field("int")), record()),
    (record(field("int")), record(field("double"))),
    (record(field("string")), record(field("bytes"))),
    (record(), record(field("int", default=0))),
    (record(field("int")), record(field(["null", "int"]))),
    (record(field("int", name="old")), record(field("int", name="new", aliases=["old"]))),
    (record(field("int")), {**record(field("int"), name="S"), "aliases": ["R"]}),
    (record(field(enum("A", "B"))), record(field(enum("A", default="A")))),
    (record(field(enum("A"))), record(field(enum("B", "A")))),
]


@pytest.mark.parametrize(("old", "new", "pointer", "text"), BREAKING)
def test_change_when_old_data_cannot_be_read_is_named_with_its_place(
    old: dict[str, Any], new: dict[str, Any], pointer: str, text: str
) -> None:
    (found,) = violations(old, new)
    assert found.pointer == pointer
    assert text in found.text


@pytest.mark.parametrize(("old", "new"), ALLOWED)
def test_change_when_old_data_can_be_read_is_allowed(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    assert violations(old, new) == ()


def test_change_when_a_list_of_itself_is_read_ends() -> None:
    tree = record(field({"type": "array", "items": "R"}))
    assert violations(tree, tree) == ()


SIMPLE = st.sampled_from(
    ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
) | st.sampled_from([enum("A"), enum("A", "B"), enum("B", default="B"), fixed(2), fixed(3)])
UNIONS = st.lists(
    st.sampled_from(["null", "int", "long", "string", "bytes", "double"]),
    min_size=1,
    max_size=3,
    unique=True,
)
ARRAYS = SIMPLE.map(lambda items: {"type": "array", "items": items})
MAPS = UNIONS.map(lambda values: {"type": "map", "values": values})
RECORDS = st.lists(
    st.tuples(st.sampled_from("abc"), SIMPLE | UNIONS), max_size=3, unique_by=lambda each: each[0]
).map(lambda fields: record(*(field(kind, name) for name, kind in fields), name="N"))
SCHEMAS = (SIMPLE | UNIONS | ARRAYS | MAPS).map(lambda kind: record(field(kind)))


def _usable(schema: dict[str, Any]) -> bool:
    """E and F stand for several types, of which one schema may hold one each."""
    text = json.dumps(schema)
    return text.count('"enum"') <= 1 and text.count('"fixed"') <= 1


def _apache(old: dict[str, Any], new: dict[str, Any]) -> bool:
    checker: Any = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]  # untyped
    answer = checker.get_compatibility(parse(json.dumps(new)), parse(json.dumps(old)))
    return answer.compatibility is SchemaCompatibilityType.compatible


@settings(max_examples=400)
@given((SCHEMAS | RECORDS).filter(_usable), (SCHEMAS | RECORDS).filter(_usable))
def test_verdict_when_any_schema_replaces_another_is_that_of_apache_avro(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    assert (not violations(old, new)) == _apache(old, new)


@pytest.mark.parametrize("schema", list(bundled()), ids=lambda each: each.subject)
def test_published_schema_when_judged_passes_the_gate(schema: Any) -> None:
    assert refusals(schema, [schema]) == ()


def test_gate_when_old_data_cannot_be_read_names_both_versions() -> None:
    text = changed(DRUG.text, "/fields/2/type/1/fields/1", type=["null", "int"])
    new = DRUG._replace(version=2, text=text)
    older = DRUG._replace(version=1)
    (found,) = refusals(new, [older])
    assert found.startswith("event.drug-value v2 can't read v1: /fields/2/type/1/fields/1/type ")


def test_gate_when_only_the_last_version_can_be_read_refuses() -> None:
    first, second, third = record(field("string")), record(), record(field("int", default=1))
    versions = [
        DRUG._replace(version=number, text=text, head=None)
        for number, text in enumerate((first, second, third), 1)
    ]
    assert refusals(versions[2], versions[1:2]) == ()
    assert [each.split(":")[0] for each in refusals(versions[2], versions[:2])] == [
        "event.drug-value v3 can't read v1"
    ]


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        (record(field(["null", "R"])), "/fields/0/type/1"),
        (record(field({"type": "array", "items": "R"})), "/fields/0/type/items"),
        (record(field({"type": "map", "values": "R"})), "/fields/0/type/values"),
        (record(field(record(field("R"), name="N"))), "/fields/0/type/fields/0/type"),
    ],
)
def test_type_when_it_holds_itself_is_refused(schema: dict[str, Any], pointer: str) -> None:
    (found,) = recursions(schema)
    assert (found.pointer, found.text[:15]) == (pointer, "R holds itself;")
    assert refusals(DRUG._replace(text=schema, head=None), [])


def test_type_when_used_twice_is_no_recursion() -> None:
    twice = record(field(record(field("int"), name="N")), field("N", name="b"))
    assert recursions(twice) == ()


@pytest.mark.parametrize(
    ("path", "disclosure", "text"),
    [
        ("/fields/0", None, "header has no disclosure class; in this section it is public"),
        ("/fields/0/type/fields/3", "personal", "action has the disclosure class personal; "),
        ("/fields/2/type/1/fields/1", None, "drug_id has no disclosure class"),
        ("/fields/5/type/1/fields/1", "public", "patient_reference has the disclosure class pub"),
        ("/fields/3/type/1/fields/0/type/fields/0", None, "has no disclosure class; in this"),
        ("/fields/2/type/1/fields/0/type/fields/0", "personal", "in this section it is public"),
    ],
)
def test_field_when_its_disclosure_class_is_missing_or_another_is_refused(
    path: str, disclosure: str | None, text: str
) -> None:
    new = changed(DRUG.text, path, disclosure=disclosure)
    (found,) = undisclosed(new)
    assert found.pointer == path
    assert text in found.text
    assert refusals(DRUG._replace(text=new), [DRUG])


def test_nested_field_when_it_names_no_class_inherits_and_when_another_is_refused() -> None:
    inner = {"type": "array", "items": record(field("int"), name="Inner")}
    add = field({"type": "map", "values": inner}, name="more", default={}, disclosure="public")
    fields = DRUG.text["fields"][2]["type"][1]["fields"]
    path = "/fields/2/type/1"
    assert undisclosed(changed(DRUG.text, path, fields=[*fields, add])) == ()
    inner["items"] = record(field("int", disclosure="personal"), name="Inner")
    (found,) = undisclosed(changed(DRUG.text, path, fields=[*fields, add]))
    assert found.pointer == f"{path}/fields/{len(fields)}/type/values/items/fields/0"


@pytest.mark.parametrize("order", [(1, 0, 2, 3, 4, 5), (0, 1, 2, 3, 4), (0, 2, 3, 4, 5, 1)])
def test_event_when_its_parts_stand_in_another_order_is_refused(order: tuple[int, ...]) -> None:
    fields = DRUG.text["fields"]
    (found,) = undisclosed({**DRUG.text, "fields": [fields[index] for index in order]})
    assert found.text == (
        "the fields of an event are header, digests, public, regulator, trade_secret, personal, "
        "in this order"
    )


@pytest.mark.parametrize(
    ("kind", "default"), [("string", ""), (["string", "null"], ""), (["null"], None)]
)
def test_section_when_it_cannot_be_cut_is_refused(kind: Any, default: str | None) -> None:
    (found,) = undisclosed(changed(DRUG.text, "/fields/5", type=kind, default=default))
    assert (found.pointer, found.text[:38]) == (
        "/fields/5/type",
        "a section is a union of null, first, a",
    )
