"""The bridge to another cluster that asks who it is: SCRAM-SHA-512, and rights on one topic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import LeaveOut, lent
from tests.kafka.secured import ADMIN, admit, secret_of, secured
from tracehub.app import Right
from tracehub.app.rights import BOTH
from tracehub.bus.kafka import KafkaBus, Security
from tracehub.bus.port import TopicSpec
from tracehub.clock import SystemClock
from tracehub.connect import Line, RetryError, load_type
from tracehub.testing.deliveries import sample_deliveries
from tracehub.testing.kafka import Cluster

TOPIC, USER = "from-our-hub", "our-hub"
KIND = load_type("third-party")


@pytest.fixture(scope="module")
def far(leave_out: LeaveOut) -> Iterator[Cluster]:
    yield from lent(secured, "Kafka's jars", leave_out)


def line_to(far: Cluster, password: str, timeout_s: float = 60.0) -> Line:
    written: dict[str, Any] = {
        "url": f"kafka://{','.join(far.servers)}",
        "protocol": "kafka",
        "topic": TOPIC,
        "security": "SASL_PLAINTEXT",
        "username": USER,
        "password": password,
        "timeout_s": timeout_s,
    }
    return Line("third-party/other-hub", KIND.config(**written), SystemClock())


async def test_bridge_when_the_other_cluster_asks_who_it_is_has_one_effect_by_its_own_password(
    far: Cluster,
) -> None:
    administrator = Security("SASL_PLAINTEXT", ADMIN, secret_of(ADMIN))
    async with KafkaBus.open(
        far.servers, security=administrator, replication=1, min_insync=1
    ) as bus:
        await bus.ensure([TopicSpec(TOPIC, 1)])
        admit(far, {USER: [Right("topic", TOPIC, BOTH)]})
        sent = sample_deliveries(3)
        assert KIND.open is not None
        async with KIND.open(line_to(far, "a-guess-of-somebody", timeout_s=2.0)) as connector:
            with pytest.raises(RetryError, match="password"):
                await connector.deliver(sent)
        assert await bus.ends(TOPIC) == (0,)
        for status in ("delivered", "repeated"):
            async with KIND.open(line_to(far, secret_of(USER))) as connector:
                assert {each.status for each in await connector.deliver(sent)} == {status}
        assert await bus.ends(TOPIC) == (3,)
    assert KIND.open_collector is not None
    async with KIND.open_collector(line_to(far, secret_of(USER))) as collector:
        assert len((await collector.collect("")).records) == 3
