"""A producer: everything once and in order, whatever brokers answer; one error ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    UnsupportedVersionError,
)

from tracehub.bus.kafka_producer import Producer
from tracehub.testing.clock import ManualClock

Place = tuple[str, int]
A, B, C = ("a", 0), ("b", 0), ("c", 0)
NOT_LEADER, TOO_LARGE, KNOWN_ALREADY, STALE = 6, 10, 46, 47


class Batch:
    """A batch whose bytes say its numbers."""

    def __init__(self, name: str, count: int = 1) -> None:
        self.name, self.count = name, count

    def numbered(self, producer_id: int, epoch: int, sequence: int) -> bytes:
        return f"{self.name} {producer_id}.{epoch}.{sequence}".encode()


class Cluster:
    """Brokers, through their client: each request waits in `asked` for what it is to be told."""

    def __init__(self, *places: Place) -> None:
        self.leaders: dict[Place, int] = dict.fromkeys(places, 1)
        self.known: dict[Place, int] = {}
        self.asked: list[tuple[int, Mapping[Place, bytes], asyncio.Future[Any]]] = []
        self.ids: list[Any] = [SimpleNamespace(error_code=0, producer_id=7, producer_epoch=0)]
        self.unauthorized_topics: set[str] = set()
        self.updates = 0
        self.cluster = self

    async def bootstrap(self) -> None:
        pass

    def get_random_node(self) -> int:
        return 1

    def leader_for_partition(self, place: Any) -> int | None:
        return self.known.get(tuple(place))

    def set_topics(self, topics: set[str]) -> None:
        self.topics = {*topics}

    async def force_metadata_update(self) -> None:
        self.updates += 1
        self.known = {**self.leaders}

    async def send(self, node: int, request: Any) -> Any:
        if not hasattr(request, "pieces"):
            answer = self.ids.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        answer = asyncio.get_running_loop().create_future()
        self.asked.append((node, dict(request._batches), answer))
        return await answer

    async def next(self) -> tuple[int, Mapping[Place, bytes], asyncio.Future[Any]]:
        """The request that came next."""
        while not self.asked:
            await asyncio.sleep(0)
        return self.asked.pop(0)


def taken(batches: Mapping[Place, bytes], first: int = 0) -> Mapping[Place, tuple[int, int]]:
    return dict.fromkeys(batches, (0, first))


async def started(cluster: Cluster, clock: ManualClock | None = None) -> Producer:
    producer = Producer(cluster, clock=clock or ManualClock())
    await producer.start()
    cluster.known = {**cluster.leaders}
    return producer


def sending(
    producer: Producer,
) -> Callable[[Mapping[Place, Batch]], asyncio.Task[Mapping[Place, int]]]:
    return lambda batches: asyncio.ensure_future(producer.send(batches))


async def turns(count: int = 8) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_batches_of_several_places_go_to_each_leader_by_one_request() -> None:
    cluster = Cluster(A, B, C)
    cluster.leaders[C] = 2
    producer = await started(cluster)
    sent = sending(producer)({A: Batch("x", 3), B: Batch("y"), C: Batch("z")})
    one, two = await cluster.next(), await cluster.next()
    assert [one[:2], two[:2]] == [(1, {A: b"x 7.0.0", B: b"y 7.0.0"}), (2, {C: b"z 7.0.0"})]
    one[2].set_result({A: (0, 40), B: (0, 50)})
    await turns()
    assert not sent.done()
    two[2].set_result({C: (0, 60)})
    assert await sent == {A: 40, B: 50, C: 60}
    assert cluster.topics == {"a", "b", "c"}


async def test_batch_when_one_of_its_place_is_on_its_way_waits_for_it() -> None:
    cluster = Cluster(A, B)
    send = sending(await started(cluster))
    first, second, beside = send({A: Batch("1", 5)}), send({A: Batch("2")}), send({B: Batch("b")})
    await turns()
    ((_, batches, answer),) = cluster.asked
    assert batches == {A: b"1 7.0.0", B: b"b 7.0.0"}
    cluster.asked.clear()
    answer.set_result(taken(batches))
    _, batches, answer = await cluster.next()
    assert batches == {A: b"2 7.0.5"}
    answer.set_result(taken(batches, 5))
    assert [await first, await second, await beside] == [{A: 0}, {A: 5}, {B: 0}]


async def test_batch_that_comes_while_a_broker_answers_goes_with_its_next_request() -> None:
    cluster = Cluster(A, B, C)
    send = sending(await started(cluster))
    first = send({A: Batch("1")})
    _, _, answer = await cluster.next()
    later = [send({B: Batch("2")}), send({C: Batch("3")})]
    await turns()
    assert not cluster.asked
    answer.set_result({A: (0, 0)})
    _, batches, answer = await cluster.next()
    assert [*batches] == [B, C]
    answer.set_result(taken(batches))
    await asyncio.gather(first, *later)


@pytest.mark.parametrize(
    "answer",
    [{A: (NOT_LEADER, -1)}, {}, KafkaConnectionError("reset")],
    ids=["another leads", "nothing said", "connection lost"],
)
async def test_batch_when_it_could_not_be_taken_is_sent_again_as_it_is_before_any_other(
    answer: Any,
) -> None:
    cluster, clock = Cluster(A), ManualClock()
    send = sending(await started(cluster, clock))
    first, second = send({A: Batch("1")}), send({A: Batch("2")})
    _, batches, asked = await cluster.next()
    cluster.leaders[A] = 2
    if isinstance(answer, Exception):
        asked.set_exception(answer)
    else:
        asked.set_result(answer)
    await turns()
    assert not cluster.asked
    await clock.advance(0.1)
    node, again, asked = await cluster.next()
    assert (node, again, cluster.updates) == (2, batches, 1)
    asked.set_result({A: (KNOWN_ALREADY, -1)})
    _, batches, asked = await cluster.next()
    assert batches == {A: b"2 7.0.1"}
    asked.set_result(taken(batches))
    await asyncio.gather(first, second)


async def test_batch_of_a_topic_that_is_new_to_the_client_is_sent_when_its_leader_is_known() -> (
    None
):
    cluster, clock = Cluster(A), ManualClock()
    producer = await started(cluster, clock)
    cluster.known = {}
    sent = sending(producer)({A: Batch("1")})
    _, batches, answer = await cluster.next()
    answer.set_result(taken(batches))
    await sent
    assert (cluster.updates, clock.slept_s) == (1, [])


async def test_batch_of_a_topic_that_nobody_leads_waits_a_moment_and_asks_again() -> None:
    cluster, clock = Cluster(), ManualClock()
    sent = sending(await started(cluster, clock))({A: Batch("1")})
    for updates in (1, 2):
        await turns()
        assert (cluster.updates, cluster.asked) == (updates, [])
        await clock.advance(0.1)
    cluster.leaders[A] = 1
    await clock.advance(0.1)
    _, batches, answer = await cluster.next()
    answer.set_result(taken(batches))
    assert await sent == {A: 0}


@pytest.mark.parametrize(
    ("code", "error"), [(TOO_LARGE, MessageSizeTooLargeError), (STALE, KafkaError)]
)
async def test_producer_when_a_batch_is_refused_tells_of_it_and_sends_nothing_more(
    code: int, error: type[KafkaError]
) -> None:
    cluster = Cluster(A, B)
    producer = await started(cluster)
    send = sending(producer)
    refused, behind, beside = send({A: Batch("1")}), send({A: Batch("2")}), send({B: Batch("3")})
    _, _, answer = await cluster.next()
    answer.set_result({A: (code, -1), B: (NOT_LEADER, -1)})
    first, second, third = await asyncio.gather(refused, behind, beside, return_exceptions=True)
    assert isinstance(first, error)
    for each in (second, third):
        assert type(each) is KafkaError
        assert str(each) == "KafkaError: the producer was replaced"
    with pytest.raises(KafkaError, match="was replaced"):
        await producer.send({B: Batch("4")})
    await turns()
    assert not cluster.asked


async def test_producer_when_a_topic_is_forbidden_says_which() -> None:
    cluster = Cluster()
    cluster.unauthorized_topics = {"a"}
    producer = await started(cluster)
    with pytest.raises(TopicAuthorizationFailedError, match="a"):
        await producer.send({A: Batch("1")})


async def test_producer_when_a_request_can_not_be_asked_ends_with_it() -> None:
    cluster = Cluster(A)
    sent = sending(await started(cluster))({A: Batch("1")})
    _, _, answer = await cluster.next()
    answer.set_exception(UnsupportedVersionError("no"))
    with pytest.raises(UnsupportedVersionError):
        await sent


async def test_producer_when_stopped_fails_all_that_waits_and_sends_nothing_more() -> None:
    cluster = Cluster(A)
    producer = await started(cluster)
    send = sending(producer)
    waiting = [send({A: Batch("1")}), send({A: Batch("2")})]
    _, _, answer = await cluster.next()
    producer.stop(KafkaError("over"))
    assert [str(each) for each in await asyncio.gather(*waiting, return_exceptions=True)] == [
        "KafkaError: over"
    ] * 2
    await turns()
    assert answer.cancelled()
    assert not cluster.asked


async def test_batch_when_whoever_sent_it_was_cancelled_still_counts() -> None:
    cluster = Cluster(A)
    send = sending(await started(cluster))
    given_up = send({A: Batch("1", 4)})
    _, batches, answer = await cluster.next()
    given_up.cancel()
    later = send({A: Batch("2")})
    await turns()
    answer.set_result(taken(batches))
    _, batches, answer = await cluster.next()
    assert batches == {A: b"2 7.0.4"}
    answer.set_result(taken(batches, 4))
    assert await later == {A: 4}


async def test_sequence_when_it_reaches_its_end_begins_again() -> None:
    cluster = Cluster(A)
    send = sending(await started(cluster))
    for count, number in ((2**31 - 2, 0), (3, 2**31 - 2), (1, 1)):
        sent = send({A: Batch("x", count)})
        _, batches, answer = await cluster.next()
        assert batches == {A: f"x 7.0.{number}".encode()}
        answer.set_result(taken(batches))
        await sent


async def test_producer_when_no_id_is_given_yet_asks_again() -> None:
    cluster, clock = Cluster(), ManualClock()
    cluster.ids.insert(0, SimpleNamespace(error_code=14, producer_id=-1, producer_epoch=-1))
    cluster.ids.insert(0, KafkaConnectionError("away"))
    starting = asyncio.ensure_future(started(cluster, clock))
    for _ in range(2):
        await clock.advance(0.1)
    await starting


async def test_producer_when_it_is_refused_an_id_does_not_start() -> None:
    cluster = Cluster()
    cluster.ids = [SimpleNamespace(error_code=31, producer_id=-1, producer_epoch=-1)]
    with pytest.raises(KafkaError):
        await started(cluster)
