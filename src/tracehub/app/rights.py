"""Rights: what each principal may do on the log. Literal, least, and made from the settings alone.

A connection's name is the last part of a topic's, so no prefix can hold a publisher to its own.
Who may read or write may also describe; nobody may alter or delete. Must not know how a broker is
told, or how a principal proves who it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from tracehub.app.edges import topic_specs
from tracehub.bus import topics
from tracehub.bus.port import TopicSpec
from tracehub.model.connection import Connection
from tracehub.settings import Settings

Operation = Literal["Read", "Write"]
READ: Final[tuple[Operation, ...]] = ("Read",)
WRITE: Final[tuple[Operation, ...]] = ("Write",)
BOTH: Final[tuple[Operation, ...]] = ("Read", "Write")
EXCHANGE: Final = "exchange"
OPERATOR: Final = "operator"
GATEWAY: Final = "gateway"
INDEX: Final = "index"
CONSOLE: Final = "console"
INDEXED: Final = ("event.", "receipt.", "dead-letter.")
"""How the topics begin that the index reads."""


class Right(NamedTuple):
    """What one principal may do with one topic or group; `prefixed` groups begin with `name`."""

    kind: Literal["topic", "group"]
    name: str
    operations: tuple[Operation, ...]
    prefixed: bool = False


def principal(part: str, connection: str) -> str:
    """The principal of a part that serves, or is, one connection: `deliver.central.national`."""
    return f"{part}.{connection.replace('/', '.')}"


def rights(settings: Settings) -> Mapping[str, tuple[Right, ...]]:
    """All rights, by principal: those of the hub's parts and of who uses the log directly."""
    names = [spec.name for spec in topic_specs(settings)]
    found = {
        EXCHANGE: tuple(_exchange(names)),
        GATEWAY: tuple(_gateway(names)),
        OPERATOR: tuple(_operator(names)),
    }
    if settings.index is not None:
        found[INDEX] = tuple(_index(names))
    if settings.console is not None:
        found[CONSOLE] = tuple(_console(names))
    for each in settings.models():
        settled = settings.connections[each.id]
        if each.receives:
            part = "deliver" if settled.url else "destination"
            found[principal(part, each.id)] = tuple(_deliver(each) if settled.url else _reads(each))
        if each.publishes:
            part = "collect" if settled.collect_every_s else "publisher"
            found[principal(part, each.id)] = tuple(_publishes(each, collected=part == "collect"))
    return found


def used(
    settings: Settings, services: Sequence[str], served: Sequence[Connection]
) -> tuple[TopicSpec, ...]:
    """The topics that a process uses which runs these services for these connections."""
    held = rights(settings)
    parts = {each for each in services if each in held}
    parts |= {principal(service, each.id) for service in services for each in served}
    names = {right.name for part in parts & held.keys() for right in held[part]}
    return tuple(spec for spec in topic_specs(settings) if spec.name in names)


def _exchange(names: Sequence[str]) -> Iterator[Right]:
    yield from _of(names, READ, "raw.", "control.")
    yield from _of(names, WRITE, "event.", "deliver.")
    yield from _of(names, BOTH, "dead-letter.", topics.STATE_EXCHANGE)
    yield from (
        Right("topic", topics.control(each), WRITE) for each in (topics.RULES, topics.CATALOGUE)
    )
    yield Right("group", EXCHANGE, READ)
    yield Right("group", f"{EXCHANGE}.{topics.REPLAY}", READ)


def _index(names: Sequence[str]) -> Iterator[Right]:
    yield from _of(names, READ, *INDEXED)
    yield Right("group", INDEX, READ)


def _console(names: Sequence[str]) -> Iterator[Right]:
    yield from _of(names, READ, "raw.", "deliver.", "dead-letter.", "state.connection.")
    for name in (topics.REPLAY, topics.CONNECTIONS, topics.AUDIT):
        yield Right("topic", topics.control(name), BOTH)


def _gateway(names: Sequence[str]) -> Iterator[Right]:
    """It finds documents again where they lie, and takes what operators ask of connections."""
    yield from _of(names, BOTH, "raw.", topics.control(topics.CONNECTIONS))
    yield from _of(names, READ, "state.connection.")
    yield Right("topic", topics.control(topics.AUDIT), WRITE)


def _operator(names: Sequence[str]) -> Iterator[Right]:
    yield from _of(names, READ, "dead-letter.", "receipt.", "state.connection.")
    yield from _of(names, BOTH, "control.")


def _deliver(connection: Connection) -> Iterator[Right]:
    own = topics.deliver(connection.id)
    yield Right("topic", own, READ)
    yield Right("topic", topics.receipt(connection.id), WRITE)
    yield Right("topic", topics.dead_letter(connection.id), WRITE)
    yield Right("topic", topics.state_deliver(connection.id), BOTH)
    yield from _kept(connection)
    yield Right("group", own, READ)


def _kept(connection: Connection) -> Iterator[Right]:
    """What every service of a connection follows and tells."""
    yield Right("topic", topics.control(topics.CONNECTIONS), READ)
    yield Right("topic", topics.state_connection(connection.id), WRITE)


def _reads(connection: Connection) -> Iterator[Right]:
    yield Right("topic", topics.deliver(connection.id), READ)
    yield Right("group", f"{principal('destination', connection.id)}.", READ, prefixed=True)


def _publishes(connection: Connection, *, collected: bool) -> Iterator[Right]:
    for category in connection.categories:
        # What it published last is read where it goes on after a crash.
        operations = BOTH if collected else WRITE
        yield Right("topic", topics.raw(category, connection.id), operations)
    if collected:
        yield Right("topic", topics.state_collect(connection.id), BOTH)
        yield from _kept(connection)
        yield Right("group", topics.collect_group(connection.id), READ)


def _of(
    names: Sequence[str], operations: tuple[Operation, ...], *beginnings: str
) -> Iterator[Right]:
    for name in names:
        if name.startswith(beginnings):
            yield Right("topic", name, operations)
