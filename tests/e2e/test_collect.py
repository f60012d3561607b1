"""Two processes collect from four sorts of systems while one after the other is killed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest

from tests.e2e.conftest import Section
from tracehub.app import open_bus, topic_specs
from tracehub.app.connections import line
from tracehub.app.edges import Edges
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.connect.load import load_type
from tracehub.connect.signing import public_key
from tracehub.connect.table_text import PUBLISHING, named
from tracehub.services.waiting import whole
from tracehub.settings import Settings
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent
from tracehub.testing.page_contract import Publisher
from tracehub.testing.processes import Member
from tracehub.testing.servers import mosquitto, sftp
from tracehub.testing.servers.cut import Cut
from tracehub.testing.servers.postgres import PASSWORD, Postgres
from tracehub.testing.servers.receivers import Folders, Tables
from tracehub.testing.system_contract import Simulated
from tracehub.testing.systems import Ledger, running, secret_of, simulated

LABORATORY, FILES, ROWS = "inspection/laboratory", "third-party/files", "third-party/rows"
SENSORS = "cold-chain/sensors"
KEY = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
AT_ONCE = 70
"""Documents of each system between two looks; less than a page, and no divisor of one."""


class Source:
    """One system, and all that it has published."""

    def __init__(self, publisher: Publisher, records: str, settings: Mapping[str, Any]) -> None:
        self._publisher = publisher
        self._records = records
        self.settings = {
            "direction": "in",
            "categories": ["food"],
            "format": "mapped",
            "collect_every_s": 0.05,
            "limits": {"backoff_s": 0.05, "backoff_max_s": 0.5},
            **settings,
        }
        self.published: list[bytes] = []

    async def publish(self) -> None:
        first = len(self.published)
        batches = [{"batchNo": f"B{first + each}", "readings": []} for each in range(AT_ONCE)]
        documents = [orjson.dumps({self._records: [each]}) for each in batches]
        await self._publisher.publish(documents)
        self.published += documents


def secret(folder: Path, name: str, text: str) -> Mapping[str, str]:
    (folder / name).write_text(text, "utf-8")
    return {"file": name}


@asynccontextmanager
async def laboratory(folder: Path) -> AsyncIterator[Source]:
    with closing(Ledger(folder / "ledger.db")) as ledger:
        system = simulated(LABORATORY, ledger)
        async with running(system) as url:
            token = secret(folder, "token", secret_of(LABORATORY))
            yield Source(Simulated(system), "reports", {"url": url, "secrets": {"token": token}})


@asynccontextmanager
async def files(folder: Path) -> AsyncIterator[Source]:
    async with sftp.sftp_server(folder / "served") as server:
        settings = {
            "url": server.url,
            "secrets": {
                "password": secret(folder, "ssh", sftp.PASSWORD),
                "signing_key": secret(folder, "key", KEY),
            },
            "config": {
                "protocol": "sftp",
                "host_key": server.host_key,
                "partner_key": public_key(KEY),
            },
        }
        yield Source(Folders(server, KEY), "records", settings)


@asynccontextmanager
async def rows(folder: Path, database: Postgres) -> AsyncIterator[Source]:
    connecting = psycopg.AsyncConnection.connect(database.url, password=PASSWORD, autocommit=True)
    async with await connecting as connection:
        await connection.execute("DROP TABLE IF EXISTS collected")
        await connection.execute(named(PUBLISHING, "collected"))
        settings = {
            "url": database.url,
            "secrets": {"password": secret(folder, "database", PASSWORD)},
            "config": {"protocol": "postgres", "table": "collected", "sslmode": "disable"},
        }
        yield Source(Tables(connection, "collected"), "records", settings)


@asynccontextmanager
async def sensors(folder: Path, broker_port: int) -> AsyncIterator[Source]:
    async with mosquitto.mailbox(broker_port, Cut(broker_port), folder.name) as mailbox:
        settings = {
            "url": f"mqtt://{mosquitto.USER}@127.0.0.1:{broker_port}",
            "secrets": {"password": secret(folder, "mqtt", mosquitto.PASSWORD)},
            "config": {"protocol": "mqtt", "readings": mailbox.readings},
        }
        yield Source(mailbox, "consignments", settings)


@asynccontextmanager
async def sources(
    folder: Path, database: Postgres, broker_port: int
) -> AsyncIterator[Mapping[str, Source]]:
    """A system for each way to collect, all running; their secrets are files in the folder."""
    async with (
        laboratory(folder) as reports,
        files(folder) as dropped,
        rows(folder, database) as table,
        sensors(folder, broker_port) as readings,
    ):
        yield {LABORATORY: reports, FILES: dropped, ROWS: table, SENSORS: readings}


async def subscribe(settings: Settings) -> None:
    """A broker keeps for a session what comes after its beginning, as after a first start."""
    (known,) = [each for each in settings.models() if each.id == SENSORS]
    kind = load_type(known.type)
    assert kind.open_collector is not None
    lined = line(known, settings.connections[SENSORS], kind, Edges(silent()))
    async with kind.open_collector(lined) as collector:
        await collector.collect("")


async def collected(bus: Bus, connection: str) -> Sequence[bytes]:
    """What lies on the raw topic, all of it in one partition or in the order of partitions."""
    return [each.value async for each in whole(bus, topics.raw("food", connection))]


async def arrived(bus: Bus, source: str, published: Sequence[bytes]) -> None:
    while not set(published) <= set(await collected(bus, source)):
        await asyncio.sleep(0.05)


@pytest.mark.timeout(480)
async def test_collecting_when_processes_are_killed_in_turn_loses_nothing_and_repeats_nothing(
    tmp_path: Path, log_section: Section, database: Postgres, broker_port: int
) -> None:
    path = tmp_path / "hub.yaml"
    async with sources(tmp_path, database, broker_port) as found, AsyncExitStack() as stack:
        tree = {
            "bus": {**log_section, "partitions": 2},
            "services": {"http_port": 0, "log_level": "warning"},
            "connections": {name: each.settings for name, each in found.items()},
        }
        path.write_text(orjson.dumps(tree).decode(), "utf-8")
        settings = load_settings(path)
        await subscribe(settings)
        bus = await stack.enter_async_context(open_bus(settings, Edges(silent()).clock))
        await bus.ensure(topic_specs(settings))
        members = [Member(path, "collect", tmp_path / f"{each}.log") for each in range(2)]
        for member in members:
            await member.start()
            stack.push_async_callback(member.kill)

        async def publish_all() -> None:
            for each in found.values():
                await each.publish()

        await publish_all()
        for victim in members:
            for name, each in found.items():
                await arrived(bus, name, each.published[: AT_ONCE // 2])
            publishing = asyncio.create_task(publish_all())
            assert not victim.fell, victim.last_words()
            await victim.kill()
            await publishing
            await victim.start()
        for name, each in found.items():
            await arrived(bus, name, each.published)
        raw = {name: Counter(await collected(bus, name)) for name in found}
    for name, each in found.items():
        assert set(raw[name]) == set(each.published)
        # MQTT has no positions: a broker sends again what was not acknowledged to it.
        assert name == SENSORS or raw[name].most_common(1)[0][1] == 1, name
