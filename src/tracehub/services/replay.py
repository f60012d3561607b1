"""Dead letters from an operator's side: list, show, put back.

A refused input goes back to the raw topic it came from and is judged again by today's rules; a
failed delivery goes back to its receiver's topic. Either keeps its effect key, so replaying twice
has no second effect.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from tracehub.avro.catalogue import Catalogue
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.errors import ConfigError
from tracehub.model.record import Record
from tracehub.services.dead_letter import DeadLetter, read
from tracehub.services.waiting import whole
from tracehub.services.watch import REPLAY_HEADER


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
    bus: Bus, catalogue: Catalogue, connections: Sequence[str], wanted: Filter
) -> AsyncIterator[DeadLetter]:
    """Every dead letter that `wanted` accepts, each id once, in the order of the log."""
    seen: set[str] = set()
    for connection in connections:
        if wanted.connection and connection != wanted.connection:
            continue
        async for received in whole(bus, topics.dead_letter(connection)):
            letter = read(received.value, catalogue)
            if letter.id not in seen and wanted.accepts(letter):
                seen.add(letter.id)
                yield letter


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


async def put_back(bus: Bus, chosen: Sequence[DeadLetter]) -> int:
    """Publish each chosen record once more; returns how many.

    Letters of one document (one position) put it back once.
    """
    records: dict[tuple[object, str], Record] = {}
    for letter in chosen:
        headers = tuple(each for each in letter.headers if each[0] != REPLAY_HEADER)
        records[letter.position, letter.stage] = Record(
            letter.position.topic,
            letter.key,
            await original(bus, letter),
            (*headers, (REPLAY_HEADER, letter.id.encode())),
            letter.position.partition,
        )
    await bus.publish(tuple(records.values()))
    return len(records)


def _fits(code: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return code.startswith(pattern[:-1])
    return code == pattern
