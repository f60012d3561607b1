"""Run services: open the edges, join the groups, drive the pumps, stop in order."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from importlib.metadata import version
from typing import Final

from pydantic import ValidationError

from tracehub.app.console import serve_console
from tracehub.app.drive import backoff, drive
from tracehub.app.edges import Edges, open_bus, read_secret, topic_specs
from tracehub.app.gateway import serve_gateway
from tracehub.app.index import serve_index
from tracehub.app.judgement import Judgement, registered
from tracehub.app.rights import used
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.connect.guard import Guard, Limits
from tracehub.connect.load import load_type
from tracehub.connect.port import ConnectorType, Line
from tracehub.connect.secret import secrets_of
from tracehub.errors import ConfigError, RetryError
from tracehub.model.connection import Connection
from tracehub.services.checkpoint import Checkpoints
from tracehub.services.collect import Collect
from tracehub.services.dead_letter import Writer
from tracehub.services.deliver import Deliver
from tracehub.services.editions import Editions
from tracehub.services.exchange import Exchange
from tracehub.services.flood import Floods
from tracehub.services.put_back import PutBack
from tracehub.services.switches import Switches
from tracehub.services.trail import Trail
from tracehub.services.watch import Watch
from tracehub.settings import ConnectionSettings, Settings

SERVICES: Final = ("exchange", "deliver", "collect", "gateway", "index", "console")
_MARK_EVERY_S: Final = 3.0
_LOOK_EVERY_S: Final = 1.0


async def run(
    settings: Settings, services: Sequence[str], edges: Edges, only: Collection[str] = ()
) -> None:
    """Run services until `edges.stopping` is set; then finish what is in hand.

    Args:
        settings: the whole hub's, also when this process serves a part of it.
        services: which of `SERVICES`.
        edges: what this process shares.
        only: the connections that deliver and collect serve here; all when empty.

    Raises:
        ConfigError: an operator must change something.
        RetryError: the schema registry does not answer.
    """
    judged = await registered(settings)
    served = _served(judged, only)
    edges.metrics.build.labels(version("tracehub"), judged.version.hex(), judged.codec.engine).set(
        1
    )
    async with open_bus(settings, edges.clock) as bus:
        await bus.ensure(used(settings, services, served))
        edges.loaded()
        async with asyncio.TaskGroup() as group:
            if "exchange" in services:
                group.create_task(_exchange(settings, judged, bus, edges))
            if "gateway" in services and settings.gateway.principals:
                group.create_task(serve_gateway(settings, judged, bus, edges))
            if "index" in services and settings.index is not None:
                group.create_task(serve_index(settings, settings.index, judged, bus, edges))
            if "console" in services and settings.console is not None:
                group.create_task(serve_console(settings, settings.console, judged, bus, edges))
            for connection in served:
                settled = settings.connections[connection.id]
                if "deliver" in services and connection.receives and settled.url:
                    group.create_task(_deliver(connection, settled, judged, bus, edges))
                if "collect" in services and connection.publishes and settled.collect_every_s:
                    group.create_task(_collect(connection, settled, bus, edges))


def _served(judged: Judgement, only: Collection[str]) -> Sequence[Connection]:
    unknown = sorted(set(only) - judged.connections.keys())
    if unknown:
        raise ConfigError(
            f"--connection {unknown[0]}: not in the configuration; see `tracehub connections`"
        )
    return [each for each in judged.connections.values() if not only or each.id in only]


def exchange_stage(settings: Settings, judged: Judgement, bus: Bus, edges: Edges) -> Exchange:
    """The stage of the exchange service, as `run()` drives it."""
    editions = Editions(bus, judged.normaliser, edges.log)
    member = f"{edges.chance.getrandbits(64):016x}"
    return Exchange(
        judged.codec,
        judged.normaliser,
        judged.table,
        judged.connections,
        Writer(judged.catalogue, "exchange", judged.version),
        edges.metrics,
        judged.version,
        Trail(Checkpoints(bus, topics.STATE_EXCHANGE), judged.version),
        Floods(
            edges.clock,
            edges.log,
            edges.metrics,
            settings.services.flood_rest_s,
            [each.id for each in judged.connections.values() if each.publishes],
        ),
        Switches(bus, judged.normaliser, editions, member, edges.log),
    )


async def _exchange(settings: Settings, judged: Judgement, bus: Bus, edges: Edges) -> None:
    exchange = exchange_stage(settings, judged, bus, edges)
    editions = exchange.switches.editions
    await editions.look()
    raw = [spec.name for spec in topic_specs(settings) if spec.name.startswith("raw.")]
    async with asyncio.TaskGroup() as group:
        beside = [
            group.create_task(_mark(exchange.trail, bus, edges)),
            group.create_task(_follow(editions, edges)),
        ]
        put_back = PutBack(bus, judged.catalogue, exchange, edges.log)
        asked = topics.control(topics.REPLAY)
        putting = group.create_task(drive("exchange.replay", [asked], put_back, bus, edges))
        await drive("exchange", raw, exchange, bus, edges)
        for each in beside:
            each.cancel()
        await putting


async def _mark(trail: Trail, bus: Bus, edges: Edges) -> None:
    """Mark the ends of what is at rest, every few seconds."""
    while True:
        await edges.clock.sleep(_MARK_EVERY_S)
        try:
            await trail.mark(bus)
        except RetryError as error:
            edges.log.warning("markers_delayed", error=error.text)


async def _follow(editions: Editions, edges: Edges) -> None:
    """Look for new product lists, every second."""
    while True:
        await edges.clock.sleep(_LOOK_EVERY_S)
        try:
            await editions.look()
        except RetryError as error:
            edges.log.warning("catalogue_delayed", error=error.text)


async def _deliver(
    connection: Connection,
    settled: ConnectionSettings,
    judged: Judgement,
    bus: Bus,
    edges: Edges,
) -> None:
    kind = load_type(connection.type)
    if kind.open is None:
        return
    lined = line(connection, settled, kind, edges)
    async with kind.open(lined) as connector:
        limits = settled.limits
        guard = Guard(
            connector,
            limits=_limits(settled, kind),
            clock=edges.clock,
            backoff=edges.backoff(limits.backoff_s, limits.backoff_max_s),
            on_state=lambda state: edges.metrics.show_state(connection.id, state),
            secrets=secrets_of(lined.config),
        )
        deliver = Deliver(
            connection.id,
            connection.disclosure,
            guard,
            judged.codec,
            judged.catalogue,
            Writer(judged.catalogue, "deliver", judged.version),
            edges.clock,
            edges.metrics,
            Watch(bus, Checkpoints(bus, topics.state_deliver(connection.id))),
            edges.log.bind(connection=connection.id),
        )
        name = topics.deliver(connection.id)
        await drive(name, [name], deliver, bus, edges)


async def _collect(
    connection: Connection, settled: ConnectionSettings, bus: Bus, edges: Edges
) -> None:
    kind = load_type(connection.type)
    if kind.open_collector is None:
        raise ConfigError(
            f"connections.{connection.id}.collect_every_s: type {kind.name} can't be asked; "
            "remove the key, the system publishes by itself"
        )
    async with kind.open_collector(line(connection, settled, kind, edges)) as collector:
        name = f"collect.{connection.id}"
        loop = Collect(
            connection.id,
            connection.categories,
            collector,
            bus,
            edges.clock,
            settled.collect_every_s,
            backoff(edges),
            edges.log.bind(service=name),
            edges.health.pulse(name),
            edges.stopping,
        )
        await loop.run()


def line(
    connection: Connection, settled: ConnectionSettings, kind: ConnectorType, edges: Edges
) -> Line:
    """What the connector gets to work with, its settings checked and its secrets read.

    Raises:
        ConfigError: its settings do not fit the connector type.
    """
    where = f"connections.{connection.id}"
    secrets = {
        name: read_secret(reference, f"{where}.secrets.{name}")
        for name, reference in settled.secrets.items()
    }
    try:
        config = kind.config(
            **{
                "url": settled.url.rstrip("/"),
                "timeout_s": settled.limits.deadline_s,
                **settled.config,
                **secrets,
            }
        )
    except ValidationError as error:
        faults = [
            f"{where}.{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()
        ]
        raise ConfigError("\n".join(faults)) from None
    return Line(connection.id, config, edges.clock)


def _limits(settled: ConnectionSettings, kind: ConnectorType) -> Limits:
    limits = settled.limits
    return Limits(
        rate_per_s=limits.rate_per_s,
        batch=min(limits.batch, kind.max_batch),
        deadline_s=limits.deadline_s,
        breaker_failures=limits.breaker_failures,
        breaker_reset_s=limits.breaker_reset_s,
    )
