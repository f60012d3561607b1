"""Run services: open the edges, join the groups, drive the pumps, stop in order."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Iterator, Sequence
from importlib.metadata import version
from typing import Any, Final

from tracehub.app.drive import drive
from tracehub.app.edges import Edges, batches_of, open_bus, topic_specs
from tracehub.app.judgement import Judgement, registered
from tracehub.app.rights import used
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.errors import ConfigError, RetryError
from tracehub.model.connection import Connection
from tracehub.services.checkpoint import Checkpoints
from tracehub.services.credit import Changes
from tracehub.services.dead_letter import Writer
from tracehub.services.editions import Editions
from tracehub.services.exchange import Exchange
from tracehub.services.flood import Floods
from tracehub.services.put_back import PutBack
from tracehub.services.ruling import Judge
from tracehub.services.switches import Switches
from tracehub.services.trail import Trail
from tracehub.settings import Settings
from tracehub.telemetry.tracing import tracing

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
    _show_build(settings, judged, edges)
    ratio = settings.services.trace_ratio
    async with tracing(ratio) as edges.traced, open_bus(settings, edges.clock) as bus:
        await bus.ensure(used(settings, services, served))
        edges.loaded()
        async with asyncio.TaskGroup() as group:
            for each in _works(settings, services, judged, served, bus, edges):
                group.create_task(each)


def _works(  # noqa: PLR0913, PLR0917 - the hub's parts
    settings: Settings,
    services: Sequence[str],
    judged: Judgement,
    served: Sequence[Connection],
    bus: Bus,
    edges: Edges,
) -> Iterator[Coroutine[Any, Any, None]]:
    """What each service does; what it needs is loaded when it is asked for.

    Web frameworks and clients of other systems take longer to load than the exchange to start.
    """
    if "exchange" in services:
        yield _exchange(settings, judged, bus, edges)
    if "gateway" in services and (settings.gateway.principals or settings.gateway.operators):
        from tracehub.app.gateway import serve_gateway  # noqa: PLC0415 - see above

        yield serve_gateway(settings, judged, bus, edges)
    if "index" in services and settings.index is not None:
        from tracehub.app.index import serve_index  # noqa: PLC0415 - see above

        yield serve_index(settings, settings.index, judged, bus, edges)
    if "console" in services and settings.console is not None:
        from tracehub.app.console import serve_console  # noqa: PLC0415 - see above

        yield serve_console(settings, settings.console, judged, bus, edges)
    if "deliver" in services or "collect" in services:
        from tracehub.app.connections import serve_connections  # noqa: PLC0415 - see above

        yield serve_connections(settings, services, judged, served, bus, edges)


def _show_build(settings: Settings, judged: Judgement, edges: Edges) -> None:
    edges.metrics.build.clear()
    edges.metrics.build.labels(
        version("tracehub"),
        judged.version.hex(),
        judged.normaliser.tables.edition.version.hex(),
        judged.codec.engine,
        "compiled" if batches_of(settings) else "plain",
    ).set(1)


def _served(judged: Judgement, only: Collection[str]) -> Sequence[Connection]:
    unknown = sorted(set(only) - judged.connections.keys())
    if unknown:
        raise ConfigError(
            f"--connection {unknown[0]}: not in the configuration; see `tracehub connections`"
        )
    return [each for each in judged.connections.values() if not only or each.id in only]


def exchange_stage(settings: Settings, judged: Judgement, bus: Bus, edges: Edges) -> Exchange:
    """The stage of the exchange service, as `run()` drives it."""
    changes = Changes(judged.codec, judged.table.credit)
    editions = Editions(bus, judged.normaliser, edges.log, changes)
    judge = Judge(judged.normaliser, judged.table, editions.ruling.version)
    member = f"{edges.chance.getrandbits(64):016x}"
    return Exchange(
        judged.codec,
        judged.connections,
        Writer(judged.catalogue, "exchange", judged.version),
        edges.metrics,
        judged.version,
        Trail(Checkpoints(bus, topics.STATE_EXCHANGE, edges.log), judged.version),
        Floods(
            edges.clock,
            edges.log,
            edges.metrics,
            settings.services.flood_rest_s,
            [each.id for each in judged.connections.values() if each.publishes],
        ),
        Switches(bus, judge, editions, member, edges.log),
    )


async def _exchange(settings: Settings, judged: Judgement, bus: Bus, edges: Edges) -> None:
    exchange = exchange_stage(settings, judged, bus, edges)
    editions = exchange.switches.editions
    await editions.look()
    raw = [spec.name for spec in topic_specs(settings) if spec.name.startswith("raw.")]
    async with asyncio.TaskGroup() as group:
        beside = [
            group.create_task(_mark(exchange.trail, bus, edges)),
            group.create_task(_follow(exchange.switches, edges)),
        ]
        put_back = PutBack(bus, judged.catalogue, exchange, edges.log)
        asked = topics.control(topics.REPLAY)
        putting = group.create_task(drive("exchange.replay", [asked], put_back, bus, edges))
        landed = exchange.books.landed
        await drive("exchange", raw, exchange, bus, edges, landed=landed, reader=exchange)
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


async def _follow(switches: Switches, edges: Edges) -> None:
    """Look for new product lists and credit changes, every second."""
    while True:
        await edges.clock.sleep(_LOOK_EVERY_S)
        try:
            if await switches.editions.look():
                await switches.settle()
        except RetryError as error:
            edges.log.warning("catalogue_delayed", error=error.text)
