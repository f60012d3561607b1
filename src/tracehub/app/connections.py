"""One connection's services: its connector opened, events handed over, records asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial

from pydantic import ValidationError

from tracehub.app.drive import backoff, drive
from tracehub.app.edges import Edges, read_secret
from tracehub.app.judgement import Judgement
from tracehub.app.kept import Kept, Noting, NotingPages, Work, follow, member
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.connect.guard import Guard, Limits
from tracehub.connect.load import load_type
from tracehub.connect.port import ConnectorType, Line
from tracehub.connect.secret import secrets_of
from tracehub.errors import ConfigError
from tracehub.model.connection import Connection
from tracehub.services.checkpoint import Checkpoints
from tracehub.services.collect import Collect
from tracehub.services.dead_letter import Writer
from tracehub.services.deliver import Deliver
from tracehub.services.standing import Standing
from tracehub.services.watch import Watch
from tracehub.services.wishes import Wishes
from tracehub.settings import ConnectionSettings, Settings


async def serve_connections(  # noqa: PLR0913, PLR0917 - the hub's parts
    settings: Settings,
    services: Sequence[str],
    judged: Judgement,
    served: Sequence[Connection],
    bus: Bus,
    edges: Edges,
) -> None:
    """Run the services of single connections while operators want them to run."""
    works = list(_works(settings, services, judged, served, bus))
    if not works:
        return
    wishes = Wishes(bus, edges.log)
    await wishes.look()
    async with asyncio.TaskGroup() as group:
        following = group.create_task(follow(wishes, edges))
        keeping = [
            group.create_task(Kept(Standing(name, service, member()), wishes, bus, edges).run(work))
            for name, service, work in works
        ]
        await asyncio.wait(keeping)
        following.cancel()


def _works(
    settings: Settings,
    services: Sequence[str],
    judged: Judgement,
    served: Sequence[Connection],
    bus: Bus,
) -> Iterator[tuple[str, str, Work]]:
    """Connection, service and work of all that is served for single connections."""
    for connection in served:
        settled = settings.connections[connection.id]
        if "deliver" in services and connection.receives and settled.url:
            yield connection.id, "deliver", partial(delivering, connection, settled, judged, bus)
        if "collect" in services and connection.publishes and settled.collect_every_s:
            yield connection.id, "collect", partial(collecting, connection, settled, bus)


async def delivering(  # noqa: PLR0913, PLR0917 - a connection, and what its service works with
    connection: Connection,
    settled: ConnectionSettings,
    judged: Judgement,
    bus: Bus,
    edges: Edges,
    standing: Standing,
) -> None:
    """Hand over what is due to one connection, until the wish to stop."""
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
            on_state=partial(_show, standing, edges),
            secrets=secrets_of(lined.config),
        )
        deliver = Deliver(
            connection.id,
            connection.disclosure,
            Noting(guard, standing, edges),
            judged.codec,
            judged.catalogue,
            Writer(judged.catalogue, "deliver", judged.version),
            edges.clock,
            edges.metrics,
            Watch(bus, Checkpoints(bus, topics.state_deliver(connection.id), edges.log)),
            edges.log.bind(connection=connection.id),
        )
        name = topics.deliver(connection.id)
        await drive(
            name, [name], deliver, bus, edges, standing, deliver.books.landed, owns=deliver.owns
        )


def _show(standing: Standing, edges: Edges, state: str) -> None:
    standing.breaker = state
    edges.metrics.show_state(standing.connection, state)


async def collecting(
    connection: Connection,
    settled: ConnectionSettings,
    bus: Bus,
    edges: Edges,
    standing: Standing,
) -> None:
    """Ask one connection for records, until the wish to stop.

    Raises:
        ConfigError: its type can't be asked.
    """
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
            NotingPages(collector, standing, edges),
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
