"""With SCRAM and the authorizer on: the hub works, and whatever it does not need is denied."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError

from tests.conftest import LeaveOut
from tests.kafka import people, probes
from tests.kafka.secured import (
    ADMIN,
    admit,
    allow_transactions,
    password_variable,
    secret_of,
    section,
    secured,
)
from tests.kafka.test_client_traps import started
from tracehub.app import Edges, Right, open_bus, principal, rights, run, topic_specs
from tracehub.app.rights import BOTH, CONSOLE, EXCHANGE, GATEWAY, INDEX, READ
from tracehub.bus import topics
from tracehub.bus.kafka import Deadlines, KafkaBus, Security
from tracehub.bus.kafka_settings import client_options
from tracehub.bus.port import Bus, TopicSpec
from tracehub.connect.load import installed, load_type
from tracehub.errors import ConfigError, RetryError
from tracehub.model.record import Record
from tracehub.settings import ConnectionSettings, SecretReference, Settings
from tracehub.telemetry.log import silent
from tracehub.testing.kafka import PRODUCER, Cluster, UnavailableError
from tracehub.testing.rehearsal import Rehearsal, stage
from tracehub.testing.traffic import traffic

EVENTS = 300
PAGES = ("/", "/connections", "/dead-letters", "/story?q=913301000000000009", "/rules", "/audit")
KAFKA_ONLY = "provincial/henan"
"""A connection that reads and writes the log itself."""


class Stage(NamedTuple):
    """A broker on which the hub has worked, its rights, and the account of that work."""

    broker: Cluster
    settings: Settings
    summary: Mapping[str, Any]
    answers: people.Answers
    pages: Mapping[str, int]

    @property
    def held(self) -> Mapping[str, Sequence[Right]]:
        return rights(self.settings)

    @property
    def names(self) -> list[str]:
        return sorted(spec.name for spec in topic_specs(self.settings))


@pytest.fixture(scope="module")
def secured_stage(leave_out: LeaveOut, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("secured")
    with pytest.MonkeyPatch.context() as patched:
        try:
            with secured() as broker:
                worked = asyncio.run(_rehearse(broker, folder, patched))
                yield Stage(broker, *worked)
        except UnavailableError as error:
            leave_out(f"Kafka's jars: {error}")


async def _rehearse(
    broker: Cluster, folder: Path, patched: pytest.MonkeyPatch
) -> tuple[Settings, Mapping[str, Any], people.Answers, Mapping[str, int]]:
    """The hub of the demonstration, each part of it in its own name."""
    patched.setenv(password_variable(ADMIN), secret_of(ADMIN))
    async with stage(folder, section(broker, ADMIN)) as rehearsal:
        settings = rehearsal.settings.model_copy(update={"gateway": people.gateway()})
        held = rights(settings)
        for user in held:
            patched.setenv(password_variable(user), secret_of(user))
        await asyncio.to_thread(admit, broker, held)
        edges = Edges(silent())
        # All parts share this loop: what one loads late, the others' answers wait for in vain.
        for part in ("connections", "console", "gateway", "index"):
            import_module(f"tracehub.app.{part}")
        for kind in installed():
            load_type(kind)
        async with asyncio.timeout(200), asyncio.TaskGroup() as parts:
            for part in (EXCHANGE, GATEWAY, INDEX, CONSOLE):
                parts.create_task(run(_as(settings, part), [part], edges))
            for each in settings.connections:
                for service in ("deliver", "collect"):
                    user = principal(service, each)
                    if user in held:
                        parts.create_task(run(_as(settings, user), [service], edges, [each]))
            rehearsal.let_systems_publish(5, seed=3)
            await _publish(rehearsal)
            seen = await rehearsal.finished(lambda _account, _seen: None)
            summary = rehearsal.account.summary(seen, rehearsal.ledger)
            while not {"gateway", "console"} <= edges.addresses.keys():
                await asyncio.sleep(0.05)
            answers = await people.answers(edges.addresses["gateway"], edges.addresses["console"])
            pages = await looked(edges.addresses["console"])
            edges.stopping.set()
        wider = {**settings.connections, KAFKA_ONLY: ConnectionSettings(categories=("food",))}
        settings = settings.model_copy(update={"connections": wider})
        await rehearsal.bus.ensure(topic_specs(settings))
        await asyncio.to_thread(admit, broker, rights(settings))
        return settings, summary, answers, pages


async def _publish(rehearsal: Rehearsal) -> None:
    """Traffic, by each publisher in its own name."""
    async with AsyncExitStack() as opened:
        doors: dict[str, Bus] = {}
        for sent in traffic(EVENTS, seed=3):
            if sent.connection not in doors:
                settings = _as(rehearsal.settings, principal("publisher", sent.connection))
                bus = open_bus(settings, Edges(silent()).clock)
                doors[sent.connection] = await opened.enter_async_context(bus)
            topic = topics.raw(sent.category, sent.connection)
            await doors[sent.connection].publish([Record(topic, sent.key, sent.value)])
            rehearsal.account.publish(sent.category, sent.connection, sent.truths)


def _as(settings: Settings, user: str) -> Settings:
    password = SecretReference(env=password_variable(user))
    bus = settings.bus.model_copy(update={"username": user, "password": password})
    return settings.model_copy(update={"bus": bus})


def test_hub_when_each_part_has_its_own_user_delivers_everything(secured_stage: Stage) -> None:
    assert secured_stage.summary["adds_up"], secured_stage.summary
    assert secured_stage.summary["published"] >= EVENTS


def test_people_when_they_ask_its_doors_are_answered_by_users_of_their_own(
    secured_stage: Stage,
) -> None:
    assert secured_stage.answers == people.Answers(
        capture=202, job=200, pause=202, standing=200, story=200, put_back=303
    )


def test_console_when_it_has_its_own_user_shows_every_page_and_operates(
    secured_stage: Stage,
) -> None:
    assert set(secured_stage.pages.values()) == {200, 303}, secured_stage.pages


async def looked(console: str) -> Mapping[str, int]:
    """The status of every page of the console, and of a wish that is asked for there."""
    async with httpx2.AsyncClient(base_url=console, timeout=60) as client:
        found = {path: (await client.get(path)).status_code for path in PAGES}
        page = (await client.get("/connections")).text
        token = page.partition('name="token" value="')[2].partition('"')[0]
        asked = "/connections/provincial/guangdong/resume"
        found[asked] = (await client.post(asked, data={"token": token})).status_code
        audit = (await client.get("/audit")).text
        assert "provincial/guangdong" in audit
        return found


Try = Callable[[Cluster, str, Sequence[str]], probes.Allowed]
TRIES: Mapping[str, Try] = {
    "describe": probes.describe,
    "read": probes.read,
    "write": probes.write,
    "alter": probes.alter,
    "delete": probes.delete,
}


def test_matrix_when_every_try_is_made_allows_what_is_listed_and_nothing_else(
    secured_stage: Stage,
) -> None:
    names, held = secured_stage.names, secured_stage.held

    def tried(user: str) -> list[tuple[str, str, str, bool]]:
        return [
            (user, operation, name, allowed)
            for operation, attempt in TRIES.items()
            for name, allowed in attempt(secured_stage.broker, user, names).items()
        ]

    with ThreadPoolExecutor(4) as pool:
        found = [each for some in pool.map(tried, held) for each in some]
    assert len(found) == len(held) * len(TRIES) * len(names)
    wrong = [each for each in found if each[3] != _expected(held[each[0]], each[1], each[2])]
    assert wrong == []
    assert len(found) > 2_000
    denied = sum(not allowed for *_, allowed in found)
    assert 0 < denied < len(found)


def _expected(held: Sequence[Right], operation: str, name: str) -> bool:
    """May it? Whoever may do anything may describe; nobody may alter or delete."""
    found = {each for right in held if right.name == name for each in right.operations}
    return bool(found) if operation == "describe" else operation.capitalize() in found


def test_groups_when_tried_by_everybody_are_open_to_their_owner_alone(
    secured_stage: Stage,
) -> None:
    held = secured_stage.held
    owners = {
        f"{right.name}x" if right.prefixed else right.name: user
        for user, found in held.items()
        for right in found
        if right.kind == "group"
    }
    groups = [*owners, "somebody-else"]
    topic = topics.deliver(KAFKA_ONLY)
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda user: probes.join(secured_stage.broker, user, groups, topic), held)
        wrong = {
            (user, group): allowed
            for user, answers in zip(held, found, strict=True)
            for group, allowed in answers.items()
            if allowed != (owners.get(group) == user)
        }
    assert wrong == {}


async def test_user_when_its_password_is_wrong_is_told_to_check_it(secured_stage: Stage) -> None:
    security = Security("SASL_PLAINTEXT", "exchange", "guessed")
    deadlines = Deadlines(ask_s=2.0)
    servers = secured_stage.broker.servers
    async with KafkaBus.open(servers, security=security, deadlines=deadlines) as bus:
        with pytest.raises(RetryError, match=r"bus\.password"):
            await bus.ends(topics.STATE_EXCHANGE)


async def test_publish_when_it_is_not_allowed_is_told_to_an_operator(secured_stage: Stage) -> None:
    user = principal("publisher", KAFKA_ONLY)
    security = Security("SASL_PLAINTEXT", user, secret_of(user))
    async with KafkaBus.open(secured_stage.broker.servers, security=security) as bus:
        with pytest.raises(ConfigError, match="no topic"):
            await bus.publish([Record(topics.raw("food", "provincial/zhejiang"), b"k", b"v")])
        with pytest.raises(ConfigError, match="rights"):
            await bus.ensure([TopicSpec("another", 1)])


async def test_a2_client_commits_what_it_had_aborted(secured_stage: Stage) -> None:
    broker, user, held = secured_stage.broker, "a2", ("a2-open", "a2-shut")
    async with open_bus(_as(secured_stage.settings, ADMIN), Edges(silent()).clock) as bus:
        await bus.ensure([TopicSpec(name, 1) for name in held])
        await asyncio.to_thread(
            admit,
            broker,
            {user: (Right("topic", held[0], BOTH), Right("topic", held[1], READ))},
        )
        await asyncio.to_thread(allow_transactions, broker, user)
        security = Security("SASL_PLAINTEXT", user, secret_of(user))
        options = {**client_options(broker.servers, security), **PRODUCER}
        async with started(AIOKafkaProducer(**options, transactional_id=user)) as producer:
            await producer.begin_transaction()
            await producer.send_and_wait(held[0], b"aborted", partition=0)
            refused = await producer.send(held[1], b"not allowed", partition=0)
            await asyncio.wait({refused}, timeout=20)
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.commit_transaction()
            await producer.abort_transaction()
            async with producer.transaction():
                await producer.send_and_wait(held[0], b"kept", partition=0)
        # The log's readers see committed records only, and this one was given up.
        found: list[bytes] = []
        async with asyncio.timeout(60):
            while len(found) < 2:  # the end of a transaction is on the log a moment after it
                found = [each.value for each in await bus.read(held[0], 0, 0, 2)]
        assert found == [b"aborted", b"kept"]
