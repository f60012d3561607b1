"""Every engine gives what the reference gives, on good bytes and on bad ones."""

from __future__ import annotations

import gc
import json
import shutil
import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import given

from tests.strategies import events
from tests.unit.avro.values import chance_of, damaged, full, sample, value_of
from tracehub.avro.catalogue import (
    Catalogue,
    bundled,
    event_subject,
    fingerprint,
    load,
    resolve,
)
from tracehub.avro.codec import FRAME, Codec, write_record
from tracehub.avro.compiled import compiled
from tracehub.avro.engines import codec_of
from tracehub.avro.fast import Engine, FastCodec, Functions
from tracehub.avro.generate import generated
from tracehub.avro.package import has_compiled
from tracehub.avro.prescan import MAX_ITEMS
from tracehub.avro.self_check import check_engine
from tracehub.avro.shape import shape_of
from tracehub.errors import ConfigError, RejectError
from tracehub.model.event import CATEGORIES, Event
from tracehub.testing.bad_input.avro_binary import KINDS

REFERENCE = Codec(bundled())
FOOD = bundled().newest(event_subject("food"))
ENGINES: Mapping[str, Callable[[Catalogue], Engine]] = {
    "generated": generated,
    "compiled": compiled,
}
SCHEMAS = Path(__file__).parents[3] / "schemas" / "avro"


@pytest.fixture(scope="module", params=ENGINES)
def make(
    request: pytest.FixtureRequest, leave_out: Callable[[str], NoReturn]
) -> Callable[[Catalogue], Engine]:
    """Makes an engine for a catalogue."""
    if request.param == "compiled" and not has_compiled():
        leave_out("the compiled codec: make compiled")
    return ENGINES[request.param]


@pytest.fixture(scope="module")
def fast(make: Callable[[Catalogue], Engine]) -> FastCodec:
    return FastCodec(bundled(), make(bundled()))


def found(read: Callable[[bytes], Any], value: bytes) -> Any:
    """What a read gives, or the code that it refuses the value by; NaN equals itself."""
    try:
        return repr(read(value))
    except RejectError as error:
        return error.code


def assert_same(value: bytes, fast: Codec, reference: Codec = REFERENCE) -> None:
    """Every read of both gives the same."""
    for name in ("header", "offsets", "decode"):
        assert found(getattr(fast, name), value) == found(getattr(reference, name), value), name
    try:
        wanted = reference.routing(value)
    except RejectError:
        return
    assert fast.routing(value)[:3] == wanted[:3]


def test_engine_when_an_event_is_good_equals_the_reference(fast: FastCodec) -> None:
    @given(events())
    def holds(event: Event) -> None:
        encoded = REFERENCE.encode(event)
        assert fast.encode(event) == encoded
        assert fast.decode(encoded.value) == (event, encoded.offsets)
        assert_same(encoded.value, fast)

    holds()


@pytest.mark.parametrize("category", CATEGORIES)
def test_engine_when_bytes_are_damaged_equals_the_reference(fast: FastCodec, category: str) -> None:
    schema = bundled().newest(event_subject(category))
    for seed in range(20):
        chance = chance_of(seed)
        value = sample(schema, category, chance)
        assert_same(value, fast)
        for each in damaged(value, chance):
            assert_same(each, fast)


def test_engine_when_any_byte_is_another_equals_the_reference(fast: FastCodec) -> None:
    value = write_record(full(shape_of(FOOD)), FOOD)
    for at in range(FRAME, len(value)):
        changed = [bytes([value[at] ^ flipped]) for flipped in (1, 2, 0x40, 0x80)]
        for each in (*changed, b"\0", b"\x80\0", bytes([value[at] | 0x80]) + b"\0"):
            assert_same(value[:at] + each + value[at + 1 :], fast)


def test_routing_when_a_claim_is_padded_is_left_to_the_reference(fast: FastCodec) -> None:
    value = write_record(full(shape_of(FOOD)), FOOD)
    at = FRAME + len(b"\x02t")
    padded = value[:at] + bytes([value[at] | 0x80, 0]) + value[at + 1 :]
    assert fast.routing(padded) == REFERENCE.routing(padded)
    assert fast.routing(value)[:3] == fast.routing(padded)[:3]
    assert fast.routing(value).claims != fast.routing(padded).claims


@pytest.mark.parametrize("category", CATEGORIES)
def test_functions_when_a_value_is_as_usual_do_not_hand_over(
    make: Callable[[Catalogue], Engine], category: str
) -> None:
    schema = bundled().newest(event_subject(category))
    functions = make(bundled()).functions[schema.wire_id]
    for seed in range(20):
        value = sample(schema, category, chance_of(seed))
        decoded = functions.decode(value)
        assert functions.header(value) == functions.decode(value).event.header
        assert functions.offsets(value) == decoded.offsets
        assert functions.encode(decoded.event, value[:FRAME]) == (value, decoded.offsets)
        assert functions.routing(value).event_id == decoded.event.header.event_id


@pytest.mark.parametrize("number", [12, 0, -3, 2**53 + 1])
def test_functions_when_a_fraction_has_no_places_write_what_the_reference_writes(
    make: Callable[[Catalogue], Engine], number: int
) -> None:
    event = REFERENCE.decode(write_record(full(shape_of(FOOD)), FOOD)).event
    assert event.regulator is not None
    quantities = [{"epc_class": "urn:a:b", "quantity": number, "uom": "KGM", "extensions": []}]
    body = {**event.regulator["body"], "quantities": quantities}
    header = event.header._replace(category="food")
    whole = event._replace(header=header, regulator={**event.regulator, "body": body})
    engine, frame = make(bundled()), REFERENCE.encode(whole).value[:FRAME]
    assert engine.functions[FOOD.wire_id].encode(whole, frame) == REFERENCE.encode(whole)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_engine_when_input_is_bad_on_purpose_equals_the_reference(
    fast: FastCodec, kind: Any
) -> None:
    for seed in range(6):
        assert_same(kind(chance_of(seed)).value, fast)


def test_engine_when_an_event_is_long_still_counts_its_items(fast: FastCodec) -> None:
    schema = bundled().newest(event_subject("drug"))
    fields = value_of(shape_of(schema), chance_of(1))
    for count in (5_000, 10_001):
        fields["digests"] = [b""] * count
        value = write_record(fields, schema)
        assert_same(value, fast)
        code = "avro/too-many-items" if count > MAX_ITEMS else ""
        assert (found(fast.offsets, value) == code) == bool(code)


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


def test_engine_when_the_catalogue_is_another_codes_that(
    make: Callable[[Catalogue], Engine], tmp_path: Path
) -> None:
    catalogue = foreign(tmp_path)
    schema = catalogue.newest(event_subject("drug"))
    reference, fast = Codec(catalogue), FastCodec(catalogue, make(catalogue))
    check_engine(fast)
    for seed in range(30):
        chance = chance_of(seed)
        value = sample(schema, "drug", chance)
        assert_same(value, fast, reference)
        event = reference.decode(value).event
        assert fast.encode(event) == reference.encode(event)
        for each in damaged(value, chance):
            assert_same(each, fast, reference)


def test_engine_when_asked_for_is_the_one_that_codes(make: Callable[[Catalogue], Engine]) -> None:
    name: Any = make(bundled()).name
    assert codec_of(bundled(), name).engine == name


def test_engine_when_none_is_asked_for_is_the_fastest_there() -> None:
    fastest = "compiled" if has_compiled() else "generated"
    assert codec_of(bundled()).engine == fastest
    assert codec_of(bundled(), "fastavro").engine == "fastavro"


@pytest.mark.parametrize("name", Functions._fields)
def test_engine_when_it_differs_refuses_to_start(name: str) -> None:
    engine = generated(bundled())
    wire_id = bundled().newest(event_subject("rare-earth")).wire_id
    other: dict[str, Any] = {name: lambda *given: ("wrong", given)}
    functions = {**engine.functions, wire_id: engine.functions[wire_id]._replace(**other)}
    codec = FastCodec(bundled(), engine._replace(functions=functions))
    with pytest.raises(ConfigError, match=f"generated codec differs.*{name} of event.rare-earth"):
        check_engine(codec)


def test_engine_when_it_codes_for_long_keeps_no_memory(fast: FastCodec) -> None:
    chance = chance_of(7)
    value = sample(FOOD, "food", chance)
    given = [value, *(each for _ in range(20) for each in damaged(value, chance))]
    event = REFERENCE.decode(value).event
    broken = event._replace(digests=(None,))  # type: ignore[arg-type]  # refused while it is written

    def code() -> None:
        for each in given:
            for read in (fast.header, fast.routing, fast.offsets, fast.decode):
                with suppress(RejectError):
                    read(each)
        fast.encode(event)
        with suppress(TypeError):
            fast.encode(broken)

    code()
    tracemalloc.start()
    try:
        code()
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(5):
            code()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 5 * 1024
