"""What a process shares, and how it reaches its log: time, chance, secrets, metrics, the bus."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tracehub.bus import topics
from tracehub.bus.compiled import Batches, compiled_batches
from tracehub.bus.kafka import KafkaBus, Security
from tracehub.bus.port import Bus, TopicSpec
from tracehub.bus.sqlite import SqliteBus
from tracehub.clock import Clock, SystemClock
from tracehub.errors import ConfigError
from tracehub.settings import KafkaSettings, SecretReference, Settings
from tracehub.telemetry.health import Health
from tracehub.telemetry.log import Logger
from tracehub.telemetry.metrics import Metrics
from tracehub.telemetry.tracing import Traced, untraced


@dataclass(slots=True)
class Edges:
    """What one process shares: time, logs, metrics, health, and the wish to stop.

    Attributes:
        loaded: called once when everything is made that stays until the end.
        traced: puts spans around a service's stage, when they are asked for.
    """

    log: Logger
    clock: Clock = field(default_factory=SystemClock)
    metrics: Metrics = field(default_factory=Metrics)
    chance: random.Random = field(default_factory=random.SystemRandom)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    loaded: Callable[[], None] = lambda: None
    addresses: dict[str, str] = field(default_factory=dict)
    traced: Traced = untraced
    health: Health = field(init=False)

    def __post_init__(self) -> None:
        self.health = Health(self.clock)

    def backoff(self, first_s: float, longest_s: float) -> Callable[[int], float]:
        """Full jitter: a random wait up to a limit that doubles with every try."""

        def wait_s(tries: int) -> float:
            return self.chance.uniform(0.0, min(longest_s, first_s * 2.0 ** min(tries, 30)))

        return wait_s


def topic_specs(settings: Settings) -> tuple[TopicSpec, ...]:
    """Every topic that this hub uses."""
    partitions = settings.bus.partitions
    names: dict[str, bool] = {
        topics.STATE_EXCHANGE: True,
        topics.control(topics.REPLAY): False,
        topics.control(topics.AUDIT): False,
        topics.control(topics.CATALOGUE): True,
        topics.control(topics.RULES): True,
        topics.control(topics.CONNECTIONS): True,
    }
    for connection in settings.models():
        for category in connection.categories:
            names[topics.event(category)] = False
            if connection.publishes:
                names[topics.raw(category, connection.id)] = False
        if connection.receives:
            names[topics.deliver(connection.id)] = False
            names[topics.receipt(connection.id)] = False
            names[topics.state_deliver(connection.id)] = True
        if connection.publishes and settings.connections[connection.id].collect_every_s:
            names[topics.state_collect(connection.id)] = True
        names[topics.dead_letter(connection.id)] = False
        names[topics.state_connection(connection.id)] = True
    return tuple(TopicSpec(name, partitions, compacted) for name, compacted in names.items())


def batches_of(settings: Settings) -> Batches | None:
    """The compiled parts for batches, where there are any."""
    if isinstance(settings.bus, KafkaSettings):
        return compiled_batches(settings.services.codec)
    return None


@asynccontextmanager
async def open_bus(settings: Settings, clock: Clock) -> AsyncIterator[Bus]:
    """The engine that the settings name."""
    batch = settings.services.batch_records
    if isinstance(settings.bus, KafkaSettings):
        async with KafkaBus.open(
            settings.bus.servers,
            security=_security(settings.bus),
            replication=settings.bus.replication,
            min_insync=settings.bus.min_insync,
            max_records=batch,
            batches=batches_of(settings),
        ) as kafka:
            yield kafka
    else:
        async with SqliteBus.open(settings.bus.path, clock=clock, max_records=batch) as sqlite:
            yield sqlite


def read_secret(reference: SecretReference, where: str) -> str:
    """The secret behind a reference.

    Raises:
        ConfigError: the variable or file is missing; the message never holds a secret.
    """
    if reference.file is not None:
        try:
            return reference.file.read_text("utf-8").rstrip("\r\n")
        except OSError as error:
            raise ConfigError(f"{where}: {reference.file}: {error.strerror}") from None
    value = os.environ.get(reference.env)
    if value is None:
        raise ConfigError(f"{where}: environment variable {reference.env} is not set")
    return value


def _security(settings: KafkaSettings) -> Security:
    password = read_secret(settings.password, "bus.password") if settings.password else ""
    return Security(
        protocol=settings.security,
        username=settings.username,
        password=password,
        ca_file=settings.ca_file,
    )
