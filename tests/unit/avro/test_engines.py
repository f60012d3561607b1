"""Every engine gives what the reference gives, on good bytes and on bad ones."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from tests.strategies import events
from tracehub.avro.catalogue import (
    Catalogue,
    Schema,
    bundled,
    event_subject,
    fingerprint,
    load,
    resolve,
)
from tracehub.avro.codec import FRAME, SYMBOLS, Codec, write_record
from tracehub.avro.engines import FASTEST, Engine, codec_of
from tracehub.avro.fast import FastCodec, Functions
from tracehub.avro.generate import functions_of
from tracehub.avro.prescan import MAX_ITEMS
from tracehub.avro.self_check import check_engine
from tracehub.avro.shape import Shape, shape_of
from tracehub.errors import ConfigError, RejectError
from tracehub.model.event import CATEGORIES, Event
from tracehub.testing.bad_input.avro_binary import KINDS

REFERENCE = Codec(bundled())
FUNCTIONS = functions_of(bundled())
FAST = FastCodec(bundled(), "generated", FUNCTIONS)
SCHEMAS = Path(__file__).parents[3] / "schemas" / "avro"
EDGES = (b"\0", b"\1", b"\2", b"\4", b"\x7f", b"\x80", b"\x80\0", b"\xff" * 9 + b"\1", b"\x82\0")


def found(read: Callable[[bytes], Any], value: bytes) -> Any:
    """What a read gives, or the code that it refuses the value by; NaN equals itself."""
    try:
        return repr(read(value))
    except RejectError as error:
        return error.code


def assert_same(value: bytes, fast: Codec = FAST, reference: Codec = REFERENCE) -> None:
    """Every read of both gives the same."""
    for name in ("header", "offsets", "decode"):
        assert found(getattr(fast, name), value) == found(getattr(reference, name), value), name
    try:
        wanted = reference.routing(value)
    except RejectError:
        return
    assert fast.routing(value)[:3] == wanted[:3]


def damaged(value: bytes, chance: random.Random) -> Iterator[bytes]:
    """The value with bits flipped, cut, spliced, and with odd numbers put in."""
    at, other = chance.randrange(FRAME, len(value)), chance.randrange(FRAME, len(value))
    yield value[:at] + bytes([value[at] ^ 1 << chance.randrange(8)]) + value[at + 1 :]
    yield value[:at]
    yield value[:at] + value[other:]
    yield value[:at] + chance.choice(EDGES) + value[at + 1 :]
    yield value + value[at:]


@given(events())
def test_engine_when_an_event_is_good_equals_the_reference(event: Event) -> None:
    encoded = REFERENCE.encode(event)
    assert FAST.encode(event) == encoded
    assert FAST.decode(encoded.value) == (event, encoded.offsets)
    assert_same(encoded.value)


@pytest.mark.parametrize("category", CATEGORIES)
def test_engine_when_bytes_are_damaged_equals_the_reference(category: str) -> None:
    schema = bundled().newest(event_subject(category))
    for seed in range(20):
        chance = chance_of(seed)
        value = sample(schema, category, chance)
        assert_same(value)
        for each in damaged(value, chance):
            assert_same(each)


@pytest.mark.parametrize("category", CATEGORIES)
def test_functions_when_a_value_is_as_usual_do_not_hand_over(category: str) -> None:
    schema = bundled().newest(event_subject(category))
    functions = FUNCTIONS[schema.wire_id]
    for seed in range(20):
        value = sample(schema, category, chance_of(seed))
        decoded = functions.decode(value)
        assert functions.header(value) == functions.decode(value).event.header
        assert functions.offsets(value) == decoded.offsets
        assert functions.encode(decoded.event, value[:FRAME]) == (value, decoded.offsets)
        assert functions.routing(value).event_id == decoded.event.header.event_id


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_engine_when_input_is_bad_on_purpose_equals_the_reference(kind: Any) -> None:
    for seed in range(6):
        assert_same(kind(chance_of(seed)).value)


def test_engine_when_an_event_is_long_still_counts_its_items() -> None:
    schema = bundled().newest(event_subject("drug"))
    fields = value_of(shape_of(schema), chance_of(1))
    for count in (5_000, 10_001):
        fields["digests"] = [b""] * count
        value = write_record(fields, schema)
        assert_same(value)
        code = "avro/too-many-items" if count > MAX_ITEMS else ""
        assert (found(FAST.offsets, value) == code) == bool(code)


def chance_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable on purpose


def sample(schema: Schema, category: str, chance: random.Random) -> bytes:
    """An event of a schema, of any content."""
    fields = value_of(shape_of(schema), chance)
    fields["header"]["category"] = SYMBOLS[category]
    return write_record(fields, schema)


def value_of(shape: Shape, chance: random.Random) -> Any:
    """Any value of a shape."""
    kind, *detail = shape
    if kind == "record":
        return {field: value_of(each, chance) for field, each in detail[0]}
    if kind in {"union", "enum"}:
        chosen = chance.choice(detail[0])
        return value_of(chosen, chance) if kind == "union" else chosen
    if kind == "fixed":
        return chance.randbytes(detail[0])
    if kind in {"array", "map"}:
        items = [value_of(detail[0], chance) for _ in range(chance.choice((0, 0, 1, 3)))]
        return items if kind == "array" else {f"k{at}": item for at, item in enumerate(items)}
    whole = chance.choice((0, 1, -1, chance.getrandbits(31), -(2**31)))
    text = "字" * chance.choice((0, 1, 30, 3_000))
    return {
        "null": None,
        "boolean": chance.random() < 0.5,
        "int": whole,
        "long": whole << chance.choice((0, 10, 32)),
        "float": chance.randint(-9, 9) / 2,
        "double": chance.random(),
        "bytes": text.encode(),
        "string": text,
    }[kind]


EVERY_KIND = [
    "null",
    "boolean",
    "int",
    "long",
    "float",
    "double",
    "bytes",
    {"type": "fixed", "name": "F", "size": 3},
    {"type": "enum", "name": "Many", "symbols": [f"s{at}" for at in range(70)]},
    ["string", "long", "boolean"],
    ["null", {"type": "map", "values": {"type": "array", "items": "F"}}],
    {"type": "map", "values": "double"},
    {"type": "array", "items": "null"},
    {"type": "array", "items": {"type": "record", "name": "E", "fields": []}},
]


def foreign(home: Path) -> Catalogue:
    """A catalogue of an operator's own: drug events with fields of every kind of type."""
    shutil.copytree(SCHEMAS, home, dirs_exist_ok=True)
    path = home / "v1" / "event.drug.avsc"
    text = json.loads(path.read_text("utf-8"))
    for section in text["fields"][-4:]:
        own = section["type"][1]["fields"]
        if section["name"] == "trade_secret":
            own += [{"name": f"own{at}", "type": each} for at, each in enumerate(EVERY_KIND)]
    path.write_text(json.dumps(text), "utf-8")
    listed = json.loads((home / "catalogue.json").read_text("utf-8"))
    for entry in listed["schemas"]:
        resolved = resolve(home, entry["subject"], entry["version"])
        entry["fingerprint"] = fingerprint(resolved)
    (home / "catalogue.json").write_text(json.dumps(listed), "utf-8")
    return load(home)


def test_engine_when_the_catalogue_is_another_codes_that(tmp_path: Path) -> None:
    catalogue = foreign(tmp_path)
    schema = catalogue.newest(event_subject("drug"))
    reference, fast = Codec(catalogue), codec_of(catalogue)
    assert fast.engine != reference.engine
    for seed in range(30):
        chance = chance_of(seed)
        value = sample(schema, "drug", chance)
        assert_same(value, fast, reference)
        event = reference.decode(value).event
        assert fast.encode(event) == reference.encode(event)
        for each in damaged(value, chance):
            assert_same(each, fast, reference)


@pytest.mark.parametrize(
    ("engine", "made"), [("fastavro", "fastavro"), ("generated", "generated"), ("auto", FASTEST)]
)
def test_engine_when_asked_for_is_the_one_that_codes(engine: Engine, made: str) -> None:
    assert codec_of(bundled(), engine).engine == made


@pytest.mark.parametrize("name", Functions._fields)
def test_engine_when_it_differs_refuses_to_start(name: str) -> None:
    made = functions_of(bundled())
    wire_id = bundled().newest(event_subject("rare-earth")).wire_id
    other: dict[str, Any] = {name: lambda *given: ("wrong", given)}
    wrong = made[wire_id]._replace(**other)
    codec = FastCodec(bundled(), "generated", {**made, wire_id: wrong})
    with pytest.raises(ConfigError, match=f"generated codec differs.*{name} of event.rare-earth"):
        check_engine(codec)
