"""The protocols of a third-party platform, each against a real server of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import orjson
import psycopg
import pytest
import pytest_asyncio

from connectors.conftest import Perform
from tracehub.bus.kafka import KafkaBus
from tracehub.bus.port import TopicSpec
from tracehub.clock import SystemClock
from tracehub.connect import Line
from tracehub.connect.signing import public_key
from tracehub.connect.table_text import PUBLISHING, RECEIVING, named
from tracehub.testing.connector_contract import ThoroughContract
from tracehub.testing.deliveries import sample_deliveries
from tracehub.testing.effect_contract import EffectContract, Receiver, keys
from tracehub.testing.kafka import Kafka
from tracehub.testing.page_contract import PageContract
from tracehub.testing.servers.cut import cutting
from tracehub.testing.servers.postgres import PASSWORD, Postgres
from tracehub.testing.servers.receivers import Folders, Repositories, Tables, Topics
from tracehub.testing.servers.repository import Repository, epcis_document, repository
from tracehub.testing.servers.sftp import PASSWORD as SFTP_PASSWORD
from tracehub.testing.servers.sftp import sftp_server
from tracehub.testing.systems import System, secret_of
from tracehub_third_party import CONNECTOR

KEY = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
TIMEOUT_S = 20.0


def line_of(url: str, **settings: Any) -> Line:
    config = CONNECTOR.config(url=url, **{"timeout_s": TIMEOUT_S, **settings})
    return Line("third-party/contract", config, SystemClock())


class Documents(PageContract):
    kind = CONNECTOR

    def document(self, number: int) -> dict[str, Any]:
        return {"category": "drug", "records": [{"recordNo": f"N{number}", "batchNo": "A1"}]}


class Conforming(EffectContract):
    """The conformance kit finds no fault; what can't be asked over the protocol it says."""

    kind = CONNECTOR
    asked: ClassVar[frozenset[str]] = frozenset({"happy-path", "repeat", "auth-expiry"})

    async def test_system_when_asked_scenario_by_scenario_fails_in_none(
        self, line: Line, perform_all: Perform
    ) -> None:
        found = await perform_all(self, line)
        assert {each for each, outcome in found.items() if outcome == "passed"} == self.asked
        assert set(found.values()) == {"passed", "not-applicable"}


HTTP = Conforming.asked | {"slow", "malformed-answer"}


class TestWebhook(ThoroughContract, Conforming):
    kind = CONNECTOR
    ability = "webhook"
    asked = HTTP | {"refusal"}

    def settings(self, system: System) -> dict[str, Any]:
        return {"protocol": "webhook", "signing_key": secret_of(system.connection)}

    @pytest.fixture
    def url(self, served: tuple[System, str]) -> str:
        return f"{served[1]}/events"


class EpcisRepositories:
    """A repository for each test."""

    server = "EPCIS repository of the test kit, uvicorn"

    @pytest_asyncio.fixture(loop_scope="class")
    async def receiver(self) -> AsyncIterator[Repositories]:
        async with repository(secret_of("third-party/contract")) as running:
            yield Repositories(running)

    @pytest.fixture
    def line(self, receiver: Repositories) -> Line:
        token = secret_of("third-party/contract")
        return line_of(receiver.running.url, token=token, category="drug")

    @pytest.fixture
    def publisher(self, receiver: Repositories) -> Repository:
        return receiver.running


class TestEpcis(EpcisRepositories, Conforming):
    kind = CONNECTOR
    ability = "epcis"
    asked = HTTP


class TestEpcisEvents(EpcisRepositories, PageContract):
    """More than a page of events have one instant."""

    kind = CONNECTOR
    ability = "epcis"

    def document(self, number: int) -> dict[str, Any]:
        return epcis_document(number, recorded=number // 215)

    def spelled(self, document: Any) -> bytes:
        return orjson.dumps(document)

    def strange(self) -> list[bytes]:
        """A repository of another version may hold what is no event to us."""
        document = epcis_document(0)
        (event,) = document["epcisBody"]["eventList"]
        document["epcisBody"]["eventList"] = [{**event, "type": "Dream", "epcList": 1}]
        return [orjson.dumps(document)]


class Clusters:
    """A topic of another cluster for each test."""

    server = "Apache Kafka"
    made = 0

    @pytest_asyncio.fixture(loop_scope="class")
    async def receiver(self, kafka: Kafka) -> AsyncIterator[Topics]:
        Clusters.made += 1
        topic = f"another-hub-{self.made}"
        async with KafkaBus.open(kafka.servers, replication=1, min_insync=1) as bus:
            await bus.ensure([TopicSpec(topic, 2)])
            yield Topics(bus, topic)

    @pytest.fixture
    def publisher(self, receiver: Topics) -> Topics:
        return receiver

    @pytest.fixture
    def line(self, kafka: Kafka, receiver: Topics) -> Line:
        url = f"kafka://{','.join(kafka.servers)}"
        return line_of(url, protocol="kafka", topic=receiver.topic, security="PLAINTEXT")


class TestKafka(Clusters, Conforming):
    kind = CONNECTOR
    ability = "kafka"
    asked = Conforming.asked - {"auth-expiry"}  # this cluster asks for no credentials

    async def test_effect_when_its_answer_was_lost_is_as_declared(
        self, line: Line, receiver: Receiver
    ) -> None:
        """The process is cut off as soon as the records are in the log, whatever it was told."""
        sent = sample_deliveries(4)
        assert self.kind.open is not None
        async with self.kind.open(line) as connector:
            delivering = asyncio.ensure_future(connector.deliver(sent))
            while len(await receiver.effects()) < len(sent):
                await asyncio.sleep(0.01)
            delivering.cancel()
            await asyncio.wait({delivering})
        async with self.kind.open(line) as connector:
            receipts = await connector.deliver(sent)
        assert {each.status for each in receipts} == {"repeated"}
        assert await receiver.effects() == keys(sent)


class TestKafkaDocuments(Clusters, Documents):
    ability = "kafka"


class SshServers:
    """A folder on a server for each test."""

    server = "asyncssh (SSH, SFTP)"

    @pytest_asyncio.fixture(loop_scope="class")
    async def receiver(self, tmp_path: Path) -> AsyncIterator[Folders]:
        async with sftp_server(tmp_path) as running:
            yield Folders(running, KEY)

    @pytest.fixture
    def publisher(self, receiver: Folders) -> Folders:
        return receiver

    @pytest.fixture
    def line(self, receiver: Folders) -> Line:
        return line_of(
            receiver.running.url,
            protocol="sftp",
            host_key=receiver.running.host_key,
            password=SFTP_PASSWORD,
            signing_key=KEY,
            partner_key=public_key(KEY),
        )


class TestSftp(SshServers, Conforming):
    kind = CONNECTOR
    ability = "sftp"


class TestSftpDocuments(SshServers, Documents):
    ability = "sftp"


class Databases:
    """A table for each test."""

    server = "PostgreSQL"
    made = 0
    made_by = RECEIVING

    @pytest_asyncio.fixture(loop_scope="class")
    async def receiver(self, database: Postgres) -> AsyncIterator[Tables]:
        Databases.made += 1
        table = f"table_{self.made}"
        connecting = psycopg.AsyncConnection.connect(
            database.url, password=PASSWORD, autocommit=True
        )
        async with await connecting as connection, cutting(database.port) as cut:
            await connection.execute(named(self.made_by, table))
            yield Tables(connection, table, cut)

    @pytest.fixture
    def publisher(self, receiver: Tables) -> Tables:
        return receiver

    @pytest.fixture
    def line(self, database: Postgres, receiver: Tables) -> Line:
        url = database.url_at(receiver.cut.port)
        return line_of(
            url, protocol="postgres", password=PASSWORD, table=receiver.table, sslmode="disable"
        )


class TestPostgres(Databases, Conforming):
    kind = CONNECTOR
    ability = "postgres"
    asked = Conforming.asked | {"refusal"}


class TestPostgresDocuments(Databases, Documents):
    ability = "postgres"
    made_by = PUBLISHING
