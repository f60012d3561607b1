"""An engine that runs a table's rows gives what the rows themselves give, or gives up."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mapped.chance import Chance
from tests.mapped.defects import defects
from tests.mapped.formats import FORMATS
from tracehub.avro.catalogue import bundled
from tracehub.avro.codec import Codec
from tracehub.avro.compiled import compiled
from tracehub.avro.fast import FastCodec
from tracehub.avro.package import has_compiled
from tracehub.errors import RejectError
from tracehub.normalise.conversions import CONVERSIONS
from tracehub.normalise.mapping import Mapping
from tracehub.normalise.mapping_load import load_mapping
from tracehub.normalise.mapping_shipped import shipped

NAMES = sorted(FORMATS)
SPOILED = 60
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -5, 330106, 1.5, 1e300, "", " ", "x", " B 7\u3000", "é/ü", "合格 "),
    *(
        "330106",
        "330106000000",
        "33010",
        "６",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "a+b:c",
        "1:",
    ),
    *(
        "{3F2504E0-4F89-41D3-9A0C-0305E82C3301}",
        "2017年2月16日",
        "2017-02-30",
        "12.5",
        "9e999",
        "斤",
    ),
    *("批" * 90, "x" * 70, ":a", "6901028075831", "81234560000000000001", "upper", "\u2028x"),
    *([], {}, [[]], [None], ["a", "b"], [{}], [{"a": "x"}], {"a": "x"}, {"a": {"b": ["c", 2]}}),
)
TABLE = """
id: x/1
source: a test
records: [$.all, more.of, rest]
others: keep
enums:
  word: {x: ours, 1: one, -5: five}
incoming:
  - {to: type, value: ObjectEvent}
  - {to: "{urn:x}a", from: [a, b.c, "$.head"], default: none}
  - {to: "{urn:x}b", from: "b[1]"}
  - {to: "{urn:x}c", from: "b[k=v].n", convert: [strip, upper, percent]}
  - {to: "{urn:x}d", from: $category}
  - {to: "{urn:x}e", from: $records, when: a}
  - {to: "{urn:x}f", from: a, convert: text, enum: word, otherwise: other}
  - {to: "{urn:x}g.{urn:x}h", from: c, required: true}
  - {to: "{urn:x}g.{urn:x}i[]", each: f, convert: lower}
  - to: "{urn:x}j[]"
    each: d
    rows:
      - {to: "{urn:x}k", from: .}
      - {to: "{urn:x}l", from: a, convert: number, unit: b}
      - {to: "{urn:x}m[]", value: 1, when: a}
  - to: "{urn:x}n"
    from: e
    rows:
      - {to: "{urn:x}o", text: ["{a|percent}/{b|strip|upper}", "-{a.b[0]}{c}-", "{$.head}"]}
      - {to: "{urn:x}p", rows: [{to: "{urn:x}q", value: 2}, {to: "{urn:x}r", from: a}]}
      - {to: "{urn:x}s", value: "+08:00"}
"""
SORTS = load_mapping(TABLE, "test")


@pytest.fixture(scope="module")
def codec(leave_out: Callable[[str], NoReturn]) -> Codec:
    if not has_compiled():
        leave_out("the compiled rows: make compiled")
    return FastCodec(bundled(), compiled(bundled()))


def told(mapping: Mapping, value: bytes) -> Any:
    """All that comes of a document, with the order of fields."""
    try:
        found = mapping.read(value, "food")
    except RejectError as error:
        return error.code, str(error)
    return [(each, orjson.dumps(each.event)) for each in found]


def assert_same(mapping: Mapping, quick: Mapping, value: bytes) -> None:
    assert quick.quick is not None
    assert told(quick, value) == told(mapping, value)


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every object or list in a document with one of its keys."""
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from places(node[key])


def spoil(document: Any, chance: random.Random) -> None:
    """Take away a value, put another in its place, or take it twice."""
    for _ in range(chance.choice((1, 1, 2, 5))):
        found = list(places(document))
        if found:
            holder, key = chance.choice(found)
            if chance.random() < 0.3:
                del holder[key]
            elif chance.random() < 0.2:
                holder[key] = copy.deepcopy(chance.choice(found)[0])
            else:
                holder[key] = copy.deepcopy(chance.choice(ODD))


@pytest.mark.parametrize("name", NAMES)
def test_records_when_good_are_read_without_giving_up(name: str, codec: Codec) -> None:
    mapping, form, chance = shipped(name), FORMATS[name], Chance(name)
    if form.root:
        return
    quick = mapping.by(codec)
    records = [form.record(chance) for _ in range(20)]
    assert_same(mapping, quick, form.document(*records))
    assert quick.quick is not None
    document = {**form.head, form.listed: records}
    assert None not in quick.quick(records, document, "food", form.listed, "$")


@pytest.mark.parametrize("name", NAMES)
def test_documents_when_spoiled_are_read_as_by_the_rows(name: str, codec: Codec) -> None:
    mapping, form, chance = shipped(name), FORMATS[name], Chance(name)
    quick = mapping.by(codec)
    for defect in defects(name):
        assert_same(mapping, quick, defect.spoil(form, form.record(chance)))
    if form.root:
        return
    for _ in range(SPOILED):
        document = orjson.loads(form.document(form.record(chance), form.record(chance)))
        spoil(document, chance)
        assert_same(mapping, quick, orjson.dumps(document))


def test_table_when_its_texts_are_blocks_is_read_alike(codec: Codec) -> None:
    """YAML gives them as texts of another class."""
    mapping = load_mapping(
        "id: x/1\nsource: a test\nrecords: >-\n  all\nothers: keep\n"
        "enums:\n  w:\n    x: >-\n      y\nincoming:\n"
        "  - to: >-\n      {urn:x}a\n    from: >-\n      a\n    enum: w\n"
        "  - to: >-\n      {urn:x}b\n    value: >-\n      b\n",
        "test",
    )
    for record in ({"a": "x"}, {"a": "y"}, {"b": 1}):
        assert_same(mapping, mapping.by(codec), orjson.dumps({"all": [record]}))


@pytest.mark.parametrize("name", CONVERSIONS)
def test_values_when_converted_are_those_of_the_conversion(name: str, codec: Codec) -> None:
    """Alone, before another, and behind one, where it gets what is no text too."""
    mapping = load_mapping(
        "id: x/1\nsource: a test\nincoming:\n"
        f'  - {{to: "{{urn:x}}a", from: a, convert: {name}}}\n'
        f'  - {{to: "{{urn:x}}b", from: a, convert: [{name}, strip]}}\n'
        f'  - {{to: "{{urn:x}}c", text: "{{a|strip|{name}}}!"}}\n',
        "test",
    )
    quick = mapping.by(codec)
    for odd in ODD:
        assert_same(mapping, quick, orjson.dumps({"a": odd}))


TEXTS = st.sampled_from(("x", " Ab/ü ", "1", "-5", "a-b", "批"))
OBJECTS: st.SearchStrategy[Any]
VALUES: st.SearchStrategy[Any] = st.deferred(
    lambda: st.sampled_from(ODD) | st.lists(OBJECTS, max_size=2) | OBJECTS
)
OBJECTS = st.dictionaries(
    st.sampled_from(("a", "b", "c", "d", "e", "f", "k", "n", "other", "{x}y")), VALUES, max_size=2
)
AMOUNTS = st.fixed_dictionaries(
    {"a": st.sampled_from((1.5, "2", -3))}, optional={"b": st.just("斤")}
)
USUAL = st.fixed_dictionaries(
    {"c": TEXTS},
    optional={
        "a": TEXTS,
        "b": st.fixed_dictionaries({"c": TEXTS})
        | st.lists(st.fixed_dictionaries({"k": st.just("v")}, optional={"n": TEXTS}), max_size=3),
        "d": st.lists(AMOUNTS, max_size=3),
        "e": st.fixed_dictionaries({}, optional={"a": TEXTS, "b": TEXTS, "c": TEXTS}),
        "f": st.lists(TEXTS, max_size=3),
        "other": VALUES,
    },
)
RECORDS = st.builds(
    lambda usual, odd, spoiled: {**usual, **odd} if spoiled else usual,
    USUAL,
    OBJECTS,
    st.booleans(),
)
LISTS = st.lists(RECORDS, max_size=2) | VALUES


@given(
    whole=st.fixed_dictionaries(
        {"all": st.lists(RECORDS, max_size=3)},
        optional={"head": VALUES, "rest": LISTS, "more": st.fixed_dictionaries({"of": LISTS})},
    )
)
def test_table_when_it_has_all_sorts_of_rows_is_read_alike(whole: Any, codec: Codec) -> None:
    assert_same(SORTS, SORTS.by(codec), orjson.dumps(whole))
