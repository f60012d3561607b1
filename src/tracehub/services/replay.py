"""Dead letters from an operator's side: list, plan, and ask for them to be put back.

Whoever asks writes to `control.replay` and to nothing else; the exchange carries it out
(`put_back.py`). That topic is kept as it is: it tells who asked for what, and when. Must not know
how a record is judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import orjson

from tracehub.avro.catalogue import Catalogue
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.errors import ConfigError
from tracehub.model.record import Position, Record
from tracehub.services.dead_letter import DeadLetter, read
from tracehub.services.legible import legible
from tracehub.services.waiting import whole
from tracehub.telemetry.log import Logger


class Found(NamedTuple):
    """A dead letter, and where it lies itself."""

    letter: DeadLetter
    at: Position


class Request(NamedTuple):
    """Somebody asked for one dead letter to be put back.

    Attributes:
        letter: its id.
        at: where it lies.
        by: who asked.
        asked_at: when, ms.
        plan: the number of the dry run that it was part of.
    """

    letter: str
    at: Position
    by: str
    asked_at: int
    plan: str

    def record(self, partition: int) -> Record:
        """The record of `control.replay`."""
        value = orjson.dumps({**self._asdict(), "at": list(self.at)})
        topic = topics.control(topics.REPLAY)
        return Record(topic, self.letter.encode(), value, partition=partition)


def request_of(value: bytes) -> Request:
    """Read `Request.record()` back.

    Raises:
        ValueError: the bytes are no request.
    """
    fields: Mapping[str, Any] = orjson.loads(value)
    try:
        return Request(**{**fields, "at": Position(*fields["at"])})
    except (KeyError, TypeError) as error:
        raise ValueError(f"no request: {error}") from error


@dataclass(frozen=True, slots=True)
class Filter:
    """Which dead letters are meant; an empty field means any.

    `code` may end in `*`. Times are ms since the epoch, of the last failure.
    """

    id: str = ""
    connection: str = ""
    code: str = ""
    stage: str = ""
    since: int = 0
    until: int = 0

    def accepts(self, letter: DeadLetter) -> bool:
        """True when every given field fits."""
        return (
            (not self.id or letter.id.startswith(self.id))
            and (not self.connection or letter.connection == self.connection)
            and (not self.code or _fits(letter.code, self.code))
            and (not self.stage or letter.stage == self.stage)
            and letter.last_at >= self.since
            and (not self.until or letter.last_at <= self.until)
        )


async def letters(
    bus: Bus, catalogue: Catalogue, connections: Sequence[str], wanted: Filter, log: Logger
) -> Sequence[Found]:
    """Every dead letter that `wanted` accepts; of one that failed again, the newest."""
    newest: dict[str, Found] = {}
    for connection in connections:
        if not wanted.connection or connection == wanted.connection:
            async for received in whole(bus, topics.dead_letter(connection)):
                letter = legible(received, partial(read, catalogue=catalogue), log)
                if letter is not None:
                    newest[letter.id] = Found(letter, received.position)
    return [each for each in newest.values() if wanted.accepts(each.letter)]


async def requests(bus: Bus, log: Logger) -> Sequence[Request]:
    """Everything that was ever asked for, partition by partition."""
    told = whole(bus, topics.control(topics.REPLAY))
    found = [legible(received, request_of, log) async for received in told]
    return [each for each in found if each is not None]


async def original(bus: Bus, letter: DeadLetter) -> bytes:
    """The refused bytes; those too long to be carried along are read at their position.

    Raises:
        ConfigError: retention has removed them.
    """
    if letter.value is not None:
        return letter.value
    topic, partition, offset = letter.position
    found = await bus.read(topic, partition, offset, 1)
    if not found or found[0].offset != offset:
        raise ConfigError(
            f"{letter.position}: the record is gone from the log (retention); "
            "ask the publisher to send it again"
        )
    return found[0].value


def plan_of(chosen: Sequence[Found]) -> str:
    """8 hex digits that name a choice: another letter, or one that failed again, is another."""
    named = sorted(f"{each.letter.id}@{each.at}" for each in chosen)
    return hashlib.sha256("\0".join(named).encode()).hexdigest()[:8]


async def ask(bus: Bus, chosen: Sequence[Found], by: str, now_ms: int) -> None:
    """Ask for every chosen letter to be put back; on record when this returns."""
    plan = plan_of(chosen)
    await bus.publish(
        [
            Request(each.letter.id, each.at, by, now_ms, plan).record(each.at.partition)
            for each in chosen
        ]
    )


def _fits(code: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return code.startswith(pattern[:-1])
    return code == pattern
