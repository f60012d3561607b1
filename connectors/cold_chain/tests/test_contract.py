"""Cold chain over HTTP and MQTT, each against a real server of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
import pytest_asyncio

from connectors.conftest import Perform
from tracehub.clock import SystemClock
from tracehub.connect import Connector, Line, Page, RetryError
from tracehub.testing.collector_contract import CollectorContract
from tracehub.testing.connector_contract import ConnectorContract
from tracehub.testing.deliveries import sample_deliveries
from tracehub.testing.effect_contract import EffectContract, keys
from tracehub.testing.page_contract import PageContract, Publisher, collect_all
from tracehub.testing.servers.cut import cutting
from tracehub.testing.servers.mosquitto import PASSWORD, USER, Mailbox, mailbox
from tracehub_cold_chain import CONNECTOR
from tracehub_cold_chain.config import Profile


def document(number: int, celsius: float = 4) -> dict[str, Any]:
    reading = {"at": "2026-09-21 00:00:00", "celsius": celsius}
    first = {"batchNo": f"B{number}", "at": "2026-09-21", "readings": [reading]}
    return {"category": "drug", "operator": "913301000000000009", "consignments": [first]}


def reading(minute: int, celsius: float) -> dict[str, Any]:
    found = document(0, celsius)
    found["consignments"][0]["readings"][0]["at"] = f"2026-09-21 00:{minute:02}:00"
    return found


class TestColdChain(ConnectorContract):
    kind = CONNECTOR


class Judging:
    """What is computed of readings as they are collected, over either protocol."""

    async def test_readings_when_outside_for_longer_than_tolerated_are_followed_by_an_alarm(
        self, line: Line, publisher: Publisher
    ) -> None:
        """One reading each; a process that goes on from the saved cursor knows those before."""
        profile = Profile(lowest_celsius=2, highest_celsius=8, tolerated_s=600, source="test")
        judging = {"profiles": {"vaccine": profile}, "profile": "vaccine"}
        far = line.config.far.model_copy(update=judging)
        judged = replace(line, config=line.config.model_copy(update={"far": far}))
        lines = [orjson.dumps(reading(minute, 9.5)) for minute in (0, 5, 10)]
        await publisher.publish(lines[:2])
        assert CONNECTOR.open_collector is not None
        async with CONNECTOR.open_collector(judged) as collector:
            records, cursor = await collect_all(collector, "", 2)
            assert await collector.collect(cursor) == Page((), cursor)
        await publisher.publish(lines[2:])
        async with CONNECTOR.open_collector(judged) as collector:
            more, cursor = await collect_all(collector, cursor, 2)
            assert await collector.collect(cursor) == Page((), cursor)
        assert [each.value for each in (*records, *more[:1])] == lines
        (found,) = orjson.loads(more[1].value)["consignments"]
        assert found["profile"] == "vaccine"
        assert found["readings"] == [{"at": "2026-09-21 00:10:00", "celsius": 9.5, "alarm": True}]


class TestReadings(Judging, CollectorContract):
    kind = CONNECTOR

    def document(self, number: int) -> dict[str, Any]:
        return document(number)


class Brokers:
    """A session and topics for each test."""

    server = "mosquitto"
    made = 0

    @pytest_asyncio.fixture(loop_scope="class")
    async def receiver(self, broker_port: int) -> AsyncIterator[Mailbox]:
        Brokers.made += 1
        name = f"test-{self.made}"
        async with cutting(broker_port) as cut, mailbox(broker_port, cut, name) as found:
            yield found

    @pytest_asyncio.fixture(loop_scope="class")
    async def line(self, receiver: Mailbox) -> Line:
        """A session is there before anything is published, as a connection's is after its start."""
        written: dict[str, Any] = {
            "url": f"mqtt://{USER}@127.0.0.1:{receiver.cut.port}",
            "protocol": "mqtt",
            "password": PASSWORD,
            "events": receiver.events,
            "readings": receiver.readings,
            "timeout_s": 20,
        }
        config = CONNECTOR.config(**written)
        line = Line(f"cold-chain/contract-{self.made}", config, SystemClock())
        assert CONNECTOR.open_collector is not None
        async with CONNECTOR.open_collector(line) as collector:
            await collector.collect("")
        return line

    @pytest.fixture
    def publisher(self, line: Line, receiver: Mailbox) -> Mailbox:
        return receiver


class TestMqtt(Brokers, EffectContract):
    kind = CONNECTOR
    ability = "mqtt"

    async def test_event_when_published_again_is_the_same_word_for_word(
        self, connector: Connector, receiver: Mailbox
    ) -> None:
        """So that a receiver drops repeats by the key alone, or by the bytes."""
        sent = sample_deliveries(2)
        for _ in range(2):
            await connector.deliver(sent)
        assert await receiver.effects() == [*keys(sent), *keys(sent)]
        assert receiver.arrived[:2] == receiver.arrived[2:]

    async def test_system_when_asked_scenario_by_scenario_fails_in_none(
        self, line: Line, perform_all: Perform
    ) -> None:
        found = await perform_all(self, line)
        passed = {each for each, outcome in found.items() if outcome == "passed"}
        assert passed == {"happy-path", "auth-expiry"}
        assert set(found.values()) == {"passed", "not-applicable"}


class TestMqttReadings(Brokers, Judging, PageContract):
    kind = CONNECTOR
    ability = "mqtt"

    def document(self, number: int) -> dict[str, Any]:
        return document(number)

    async def test_readings_when_their_process_dies_before_they_are_durable_come_again(
        self, line: Line, publisher: Mailbox
    ) -> None:
        lines = self.lines(3)
        await publisher.publish(lines)
        assert CONNECTOR.open_collector is not None
        async with CONNECTOR.open_collector(line) as killed:
            await collect_all(killed, "", 1)
        async with CONNECTOR.open_collector(line) as collector:
            records, _ = await collect_all(collector, "", len(lines))
        assert [each.value for each in records] == lines

    async def test_password_when_wrong_collects_nothing(self, line: Line) -> None:
        far = line.config.far
        wrong = far.model_copy(update={"password": type(far.password)("0" * 20)})
        config = line.config.model_copy(update={"far": wrong})
        assert CONNECTOR.open_collector is not None
        async with CONNECTOR.open_collector(Line("cold-chain/x", config, line.clock)) as collector:
            with pytest.raises(RetryError, match="MQTT failed"):
                await collector.collect("")
