"""The compiled part of the exchange's inner loop writes what the plain one writes."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any, NoReturn

import orjson
import pytest

from tracehub.avro.package import has_compiled
from tracehub.bus.topics import source_of
from tracehub.errors import RejectError
from tracehub.model.event import SECTIONS
from tracehub.model.facts import body_check
from tracehub.model.record import Received
from tracehub.model.sequence import Links
from tracehub.normalise.normaliser import Source
from tracehub.services.desk import forwarding
from tracehub.services.outputs import Plan, Sheet
from tracehub.settings import Settings
from tracehub.testing.load_hub import make_load, settings_tree
from tracehub.testing.offline import Offline, batches
from tracehub.testing.price import LANES, Lane

LANE = LANES["pass"]
DECIDED = ("pass", "canonical-untrusted")
"""Lanes of which the compiled part writes what is decided."""
DOCUMENTS = ("epcis-json", "epcis-xml", "mapped-json")
"""Lanes of which it writes what was judged."""
EVENTS = 800
SIZE = 100


@pytest.fixture(scope="module", autouse=True)
def _compiled(leave_out: Callable[[str], NoReturn]) -> None:
    if not has_compiled():
        leave_out("the compiled parts: make compiled")


@pytest.fixture(scope="module", params=DECIDED)
def lane(request: pytest.FixtureRequest) -> Lane:
    """A lane."""
    return LANES[request.param]


@pytest.fixture(scope="module")
def work(lane: Lane) -> Sequence[Sequence[Received]]:
    """Batches of good events, broken ones among them."""
    return damaged_work(lane)


def damaged_work(lane: Lane) -> Sequence[Sequence[Received]]:
    chance = random.Random(7)  # noqa: S311 - the same damage each time
    load = make_load(lane.shape, lane.written)

    def damaged(received: Received) -> Received:
        value = bytearray(received.value)
        if value and chance.random() < 0.15:
            at = chance.randrange(len(value))
            value[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
            if chance.random() < 0.3:
                del value[at:]
        return received._replace(value=bytes(value))

    return [[damaged(each) for each in batch] for batch in batches(load, EVENTS, SIZE)]


def offline(engine: str, disclosure: str = SECTIONS[-1], lane: Lane = LANE) -> Offline:
    tree = settings_tree(
        lane.shape,
        {"engine": "sqlite"},
        trusted=lane.trusted,
        disclosure=disclosure,
        services={"codec": engine},
    )
    return Offline(Settings.model_validate(tree))


async def outputs(hub: Offline, work: Sequence[Sequence[Received]]) -> list[Any]:
    """What every batch becomes, its checkpoint too."""
    found: list[Any] = []
    for batch in work:
        settled = await hub._exchange.stage(batch)
        await hub.bus.publish_placed(settled.placed)
        hub._exchange.passed(batch[-1])
        refused = {offset: error.code for offset, error in settled.refused.items()}
        found.append(({place: [*rows] for place, rows in settled.placed.items()}, refused))
    return found


@pytest.mark.parametrize("disclosure", SECTIONS)
@pytest.mark.parametrize("by_parties", [False, True])
async def test_exchange_when_compiled_writes_what_it_writes_without(
    work: Sequence[Sequence[Received]], lane: Lane, disclosure: str, by_parties: bool
) -> None:
    engines = "fastavro", "generated", "compiled"
    plain, *others = await written(engines, work, lane, disclosure, by_parties=by_parties)
    assert all(each == plain for each in others)
    assert 10 < sum(len(refused) for _, refused in plain) < EVENTS / 2


async def written(
    engines: Sequence[str],
    work: Sequence[Sequence[Received]],
    lane: Lane,
    disclosure: str,
    *,
    by_parties: bool,
) -> Sequence[list[Any]]:
    """What every batch becomes with each engine."""
    hubs = [offline(engine, disclosure, lane) for engine in engines]
    for hub in hubs:
        hub._exchange.switches.newest().table.asks_parties = by_parties
    return [await outputs(hub, work) for hub in hubs]


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize(("disclosure", "by_parties"), [(SECTIONS[-1], True), (SECTIONS[0], False)])
async def test_exchange_when_compiled_writes_of_documents_what_it_writes_without(
    name: str, disclosure: str, by_parties: bool
) -> None:
    lane = LANES[name]
    work = damaged_work(lane)
    engines = "generated", "compiled"
    plain, compiled = await written(engines, work, lane, disclosure, by_parties=by_parties)
    assert compiled == plain
    assert 10 < sum(len(refused) for _, refused in plain) < EVENTS / 2


async def test_exchange_when_a_document_has_several_events_writes_each_and_refuses_the_bad() -> (
    None
):
    lane = LANES["epcis-json"]
    several = [
        joined(batch) for batch in batches(make_load(lane.shape, lane.written), EVENTS, SIZE)
    ]
    engines = "generated", "compiled"
    plain, compiled = await written(engines, several, lane, SECTIONS[-1], by_parties=False)
    assert compiled == plain
    topics = [topic for placed, _ in compiled for (topic, _), rows in placed.items() for _ in rows]
    assert sum(each.startswith("event.") for each in topics) > EVENTS / 2
    assert sum(each.startswith("dead-letter.") for each in topics) >= 2 * len(several)


def joined(batch: Sequence[Received]) -> list[Received]:
    """The events of a batch in documents of five; one in seven has a code that is none."""
    documents = []
    for each in batch:
        with suppress(orjson.JSONDecodeError):  # the load has broken ones
            documents.append(orjson.loads(each.value))
    found = []
    for first in range(0, len(documents), 5):
        parts = documents[first : first + 5]
        events = [event for each in parts for event in each["epcisBody"]["eventList"]]
        for number in range(first % 7, len(events), 7):
            events[number] = {**events[number], "epcList": ["urn:epc:id:sgtin:690.1.x"]}
        parts[0]["epcisBody"]["eventList"] = events
        found.append(batch[first]._replace(value=orjson.dumps(parts[0])))
    return found


async def test_desk_when_routes_are_known_leaves_nothing_of_a_document() -> None:
    lane = LANES["epcis-json"]
    hub = offline("compiled", lane=lane)
    work = list(batches(make_load(lane.shape, lane.written), EVENTS, SIZE))
    await outputs(hub, work)
    exchange = hub._exchange
    source, left = Source("", exchange.connections[lane.publisher]), 0
    for batch in work:
        desk = exchange.sit(batch[0], exchange.switches.newest())
        settle = desk.settler(Sheet(Links()), [], [])
        for received in batch:
            category = source_of(received.topic)[0]
            with suppress(RejectError):
                found = desk.judge.normaliser.normalise(
                    received.value, source._replace(category=category)
                )
                left += len(found) - settle(received, found, 0)
    assert left <= 0.02 * EVENTS


@pytest.mark.parametrize("engine", ["generated", "compiled"])
async def test_desk_when_plans_are_known_leaves_hardly_anything(engine: str, lane: Lane) -> None:
    hub, load = offline(engine, lane=lane), make_load(lane.shape, lane.written)
    work = list(batches(load, EVENTS, SIZE))
    await outputs(hub, work)
    for batch in work:
        plans: list[Plan] = []
        left = [
            *hub._exchange.sit(batch[0], hub._exchange.switches.newest()).undecided(
                batch, Sheet(Links()), plans
            )
        ]
        assert len(left) + len(plans) == len(batch)
        assert len(left) <= 0.05 * len(batch)


def test_forwarding_when_the_codec_has_none_or_asks_of_another_is_not_there() -> None:
    place, versions = ("raw.food.provincial.trusted", 1), (b"rule", b"cata")
    codec = offline("compiled")._exchange.codec
    assert forwarding(None, place, "p/x", versions, by_parties=False) is None
    assert codec.forwarding is not None
    with pytest.raises(ValueError, match="other bytes"):
        forwarding(codec.forwarding, (place[0], 70_000), "p/x", versions, by_parties=False)


@pytest.mark.parametrize("record", [None, (), ("t", b"", b"", (), 1, 2, 3), tuple("abcdefgh")])
def test_forwarding_when_given_no_record_leaves_it(record: Any) -> None:
    codec = offline("compiled")._exchange.codec
    made = forwarding(
        codec.forwarding, ("raw.food.p.x", 1), "p/x", (b"rule", b"cata"), by_parties=False
    )
    assert made is not None
    assert made.forward([record], 0, {}, {}, lambda _plan: (), []) == 0


@pytest.mark.parametrize(
    "found", [(), (0, None, b"", (0, 0, 0, 0), "accept", (), None), (0, b"", "")]
)
def test_forwarding_when_given_nothing_that_was_accepted_leaves_it(found: Any) -> None:
    codec = offline("compiled")._exchange.codec
    place = "raw.food.p.x", 1
    made = forwarding(codec.forwarding, place, "p/x", (b"rule", b"cata"), by_parties=False)
    assert made is not None
    received = Received(place[0], b"", b"", (), 1, 0, 0)
    judged = partial(made.judged, {}, {}, {}, lambda _plan: (), [], [])
    assert judged(received, [found], 0) == 0
    no_record: Any = received[:-1]
    with pytest.raises(ValueError, match="no record"):
        judged(no_record, [found], 0)


def test_body_check_when_by_tables_or_by_the_processor_is_that_of_the_facts() -> None:
    of = import_module("tracehub_compiled").body_check
    data = random.Random(3).randbytes(1000)  # noqa: S311 - any bytes
    for size in (*range(300), 640, 999):
        value = data[-size:] if size else b""
        assert of(value) == of(value, by_tables=True) == body_check(value)


def test_forwarding_when_a_digest_is_no_digest_falls(work: Sequence[Sequence[Received]]) -> None:
    """Neither a short digest nor a line that is none may be written from."""
    codec = offline("compiled")._exchange.codec
    received = next(each for each in work[0] if codec.is_canonical(each.value))
    plan = type("P", (), {"cuts": ()})()
    plans = {codec.routing(received.value).claims: plan}
    assert codec.forwarding is not None
    given = b"\1\1", 1, bytes(24), "th", b"p/x\0"
    short = codec.forwarding(*given, hashlib.md5, by_parties=False)
    with pytest.raises(ValueError, match="usual form"):
        short.forward([received], 0, plans, {}, lambda _plan: (), [])
    whole = codec.forwarding(*given, hashlib.sha256, by_parties=False)
    line = type("L", (), {"rows": [], "before": b"short"})()
    with pytest.raises(TypeError, match="twelve bytes"):
        whole.forward([received], 0, plans, {plan: (line,)}, lambda _plan: (), [])
