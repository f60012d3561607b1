"""Of two events with one likeness either both are accepted and go the same way, or neither is."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

import pytest

from tests.unit.avro.values import damaged
from tests.unit.normalise.conftest import Document
from tests.unit.normalise.test_corpus import CORPUS, VALID
from tracehub.avro.catalogue import bundled
from tracehub.avro.compiled import compiled
from tracehub.avro.fast import FastCodec, Looking
from tracehub.avro.generate import generated
from tracehub.avro.look import Look
from tracehub.avro.package import has_compiled
from tracehub.errors import RejectError
from tracehub.model.connection import Connection
from tracehub.model.event import SECTIONS, Event, Header
from tracehub.normalise.likeness import SIGHT
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import Accepted
from tracehub.testing.load_hub import make_load
from tracehub.testing.price import LANES

CODEC = FastCodec(bundled(), generated(bundled()))
NORMALISER = Normaliser(CODEC, Tables())
ENGINES = {"compiled": compiled, "generated": generated}
ROUTED = tuple(
    name
    for name in Header._fields
    if name not in {"event_id", "declared_at", "occurred_at", "parties", "product"}
)
"""What of a header a route may depend on when it depends on no party."""


@pytest.fixture(scope="module", params=ENGINES)
def looking(request: pytest.FixtureRequest, leave_out: Callable[[str], NoReturn]) -> Looking:
    if request.param == "compiled" and not has_compiled():
        leave_out("the compiled codec: make compiled")
    codec = FastCodec(bundled(), ENGINES[request.param](bundled()))
    assert codec.looking is not None
    made: Looking = codec.looking(SIGHT)
    return made


def source_of(event: Event) -> Source:
    return Source(event.header.category, Connection("provincial/zhejiang", region="330000"))


def judged(value: bytes, source: Source) -> Accepted | str:
    """What the full check comes to: the event accepted, or why not."""
    try:
        (item,) = NORMALISER.normalise(value, source)
    except RejectError as error:
        return error.code
    return item if isinstance(item, Accepted) else item.error.code


def assert_alike(value: bytes, look: Look, base: Accepted) -> None:
    """An event that looks like an accepted one is accepted, and goes where that goes."""
    found = judged(value, source_of(base.event))
    assert isinstance(found, Accepted), found
    header, other = found.event.header, base.event.header
    assert [getattr(header, name) for name in ROUTED] == [getattr(other, name) for name in ROUTED]
    assert (header.event_id, header.key, 0) == (look.event_id, look.key, header.declared_at)
    assert found.offsets == look.offsets


WHOLE: dict[str, Any] = {
    "bizLocation": {"id": "urn:epc:id:sgln:6901028.00002.0", "example:hall": 7},
    "bizTransactionList": [{"type": "testres", "bizTransaction": "urn:x:1"}],
    "destinationList": [
        {"type": "owning_party", "destination": "urn:epc:id:pgln:6901028.00001"},
        {"type": "location", "destination": "urn:epc:id:sgln:6901028.00003.0"},
    ],
    "sourceList": [
        {"type": "possessing_party", "source": "urn:tracehub:uscc:91330000MA27XW0A8K"},
    ],
    "quantityList": [
        {"epcClass": "urn:epc:class:lgtin:6901028.007583.L1", "quantity": 2.5, "uom": "KGM"},
        {"epcClass": "https://id.gs1.org/01/06901028075831/10/B", "quantity": 3},
    ],
    "sensorElementList": [
        {
            "sensorMetadata": {"time": "2026-01-31T08:00:00.000+08:00", "deviceID": "urn:x:d"},
            "sensorReport": [
                {"type": "Temperature", "value": 4.5, "uom": "CEL", "exception": "ALARM_CONDITION"},
                {"type": "Length", "value": 1, "booleanValue": True, "example:odd": [1, "x"]},
            ],
        }
    ],
    "recordTime": "2026-01-31T09:00:00Z",
    "tracehub:contract_id": "HT-1",
    "tracehub:production_date": "2026-01-01",
    "tracehub:testResult": [
        {"tracehub:verdict": "passed", "tracehub:laboratory": "91330000MA27XW0A8K"}
    ],
    "tracehub:certificate": {"tracehub:id": "urn:x:c", "tracehub:type": "organic"},
    "tracehub:person": {"tracehub:id": "110"},
    "example:note": 'a "quoted" word',
    "example:plain": "word",
}
FAMILY: dict[str, Any] = {
    "type": "AggregationEvent",
    "parentID": "urn:epc:id:sscc:6901028.1234567890",
    "childEPCs": ["urn:epc:id:sgtin:6901028.007583.1", "urn:tracehub:drug:81234560000000000001"],
    "childQuantityList": [{"epcClass": "urn:epc:class:lgtin:6901028.007583.L1", "quantity": 2}],
}
MADE: dict[str, Any] = {
    "type": "TransformationEvent",
    "transformationID": "urn:x:t",
    "inputEPCList": ["urn:epc:id:sgtin:6901028.007583.1"],
    "outputQuantityList": [{"epcClass": "urn:epc:class:lgtin:6901028.007583.L1", "quantity": 2}],
    "inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:6901028.007583.L1", "quantity": 2}],
    "outputEPCList": ["urn:epc:id:sgtin:6901028.007583.2"],
}


@pytest.fixture(scope="module")
def bases(document: Document) -> list[Accepted]:
    """Accepted events, written canonically: rich ones, and those of the corpus."""
    without = {"epcList": None, "action": None}
    documents = [
        document(),
        document(**WHOLE),
        document(**{**WHOLE, **FAMILY, "epcList": None, "quantityList": None}),
        document(**without, **MADE),
        *((CORPUS / row["path"]).read_bytes() for row in VALID[::36]),
    ]
    source = Source("food", Connection("provincial/zhejiang", region="330000"))
    found = [item for value in documents for item in NORMALISER.normalise(value, source)]
    made = [
        judged(item.value, source_of(item.event)) for item in found if isinstance(item, Accepted)
    ]
    return [item for item in made if isinstance(item, Accepted)]


ODD: tuple[Any, ...] = (
    *("", " ", "x", "x y", "é", "urn:a:b", "\0", "null", '"x"', "{", "[1", '"\\u00e9"', "01"),
    *("urn:epc:id:sgtin:6901028.007583.7", "urn:epc:id:sgtin:6901028.00758.7", "6901028075831"),
    *(
        "urn:epc:id:sgtin:6901028.007583.",
        "urn:epc:id:sgtin:6901028.007583.7%2F",
        "urn:epc:id:sscc:6901028.1234567890",
    ),
    *("https://id.gs1.org/01/06901028075831/21/7", "https://id.gs1.org/01/06901028075832/21/7"),
    *("urn:tracehub:drug:8123456", "urn:tracehub:drug:81234560000000000001", "urn:uuid:1"),
    *("91330000MA27XW0A8K", "91330000MA27XW0A8M", "urn:epc:id:pgln:6901028.00001", "location"),
    *("owning_party", "possessing_party", "recalled", "retail_selling", "testres", "KGM", "+08:00"),
    *("2026-01-31T08:00:00.000+08:00", "2026-01-31T00:00:00Z", "2026-02-30T00:00:00Z"),
    *("2026-01-31T00:00:00", "2026-01-31T00:00Z", "1999-12-31T23:59:59.9996Z", "urn:tracehub:v1:"),
    *("region", '"110101"', '"990000"', "kind", '"recall"', "decision", "passed", "failed"),
    *(float("nan"), float("inf"), -1.0, -0.0, 0.0, 0.5, 2.0**60, True, False, None, b"x" * 32),
)


def mutations(node: Any) -> Iterator[Any]:
    """The same tree with one value replaced, one item left out, or one twice."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from ({**node, name: each} for each in mutations(value))
    elif isinstance(node, list | tuple) and not hasattr(node, "_fields"):
        for at, value in enumerate(node):
            yield [*node[:at], *node[at + 1 :]]
            yield [*node[: at + 1], *node[at:]]
            yield from ([*node[:at], each, *node[at + 1 :]] for each in mutations(value))
    elif isinstance(node, tuple):
        make: Any = type(node)
        for at, value in enumerate(node):
            yield from (make(*node[:at], each, *node[at + 1 :]) for each in mutations(value))
    if not isinstance(node, Event | Header):
        yield from ODD


def changed(event: Event) -> Iterator[Event]:
    """Mutations of header and sections."""
    for header in mutations(event.header):
        kept = {
            name: tuple(value)
            for name in ("kinds", "parties", "addressees")
            if isinstance(value := getattr(header, name), list)
        }
        yield event._replace(header=header._replace(**kept))
    for section in SECTIONS:
        for each in mutations(getattr(event, section)):
            yield event._replace(**{section: each})


def written(events: Iterator[Event]) -> Iterator[bytes]:
    """The bytes of those that Avro can hold."""
    for event in events:
        try:
            yield CODEC.encode(copy.copy(event)).value
        except (TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError):
            continue


def test_event_when_it_looks_like_an_accepted_one_is_accepted(
    looking: Looking, bases: list[Accepted]
) -> None:
    looked = alike = 0
    for base in bases:
        look = looking.look(base.value)
        if look is None or not NORMALISER.settles(base.event.header):
            continue
        assert_alike(base.value, look, base)
        looked += 1
        for value in written(changed(base.event)):
            other = looking.look(value)
            if other is not None and other.likeness == look.likeness:
                alike += 1
                assert_alike(value, other, base)
    assert looked > len(bases) / 4
    assert alike > 50 * looked


def test_bytes_when_damaged_and_alike_are_accepted(looking: Looking, bases: list[Accepted]) -> None:
    chance = random.Random(3)  # noqa: S311 - the same damage each time
    for base in bases:
        look = looking.look(base.value)
        if look is None:
            continue
        flipped = (
            base.value[:at] + bytes([base.value[at] ^ bit]) + base.value[at + 1 :]
            for at in range(len(base.value))
            for bit in (1, 0x80)
        )
        for value in (*damaged(base.value, chance), *flipped):
            other = looking.look(value)
            if other is not None and other.likeness == look.likeness:
                assert_alike(value, other, base)


def test_load_when_it_is_good_is_looked_at(looking: Looking) -> None:
    load = make_load(LANES["canonical-untrusted"].shape, "canonical")
    for each in load.records(1500):
        good = not load.templates[each.template].truth.code
        assert (looking.look(each.value) is not None) == good


def test_load_when_numbers_differ_has_few_likenesses(looking: Looking) -> None:
    load = make_load(LANES["canonical-untrusted"].shape, "canonical")
    looks = [looking.look(each.value) for each in load.records(1500)]
    assert len({each.likeness for each in looks if each}) <= len(load.templates)
