"""The delivery protocol as a model: every interleaving of a small hub, walked exhaustively.

docs/protocol.md says in words what is modelled. Deliver reads the log and nothing else, and the log
only grows, so the two halves are walked apart: first every log that exchange can leave behind
(`sending`), then every run of deliver over each of them (`delivering`). A state is a plain tuple, a
step a function from a state to all that may follow. Links and marks are the product's own code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from tracehub.model.facts import Facts
from tracehub.model.record import Position
from tracehub.model.sequence import MARKER_ITEM, NONE, Marks, Place, Sight

RAW = "raw.food.provincial.zhejiang"
_SOURCE = (RAW, 0)
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is modelled, and which rules hold.

    Attributes:
        routes: for each raw record, for each event in it: its receivers.
        keys: the key of each raw record; all of one key when empty.
        batch: raw records that exchange takes at once.
        slots: checkpoints of `state.exchange` that are kept.
        kills: how often exchange may be killed or become a zombie.
        rewinds: how often a group's offset may move back; of exchange, and of each deliver.
        deliver_kills: how often each deliver may be killed.
        failures: how often a receiver may ask for another try later.
        saves: tables that deliver saves to `state.deliver`.
        losses: records that the log may lose after acknowledging them, per receiver.
        commit_after_acks, dedupe, markers, fitting, hold_keys, commit_to_held: rules that a broken
            protocol leaves out.
    """

    routes: tuple[tuple[tuple[str, ...], ...], ...]
    keys: tuple[int, ...] = ()
    batch: int = 2
    slots: int = 8
    kills: int = 2
    rewinds: int = 0
    deliver_kills: int = 2
    failures: int = 0
    saves: int = 0
    losses: int = 0
    commit_after_acks: bool = True
    dedupe: bool = True
    markers: bool = True
    fitting: bool = True
    hold_keys: bool = True
    commit_to_held: bool = True

    @property
    def receivers(self) -> tuple[str, ...]:
        """All of them, sorted."""
        return tuple(sorted({name for record in self.routes for event in record for name in event}))

    def key(self, raw: int) -> int:
        """The key of a raw record."""
        return self.keys[raw] if self.keys else 0

    def due(self, name: str) -> list[Place]:
        """What a receiver must get, in order."""
        return [
            (raw, item)
            for raw, record in enumerate(self.routes)
            for item, receivers in enumerate(record)
            if name in receivers
        ]


class Output(NamedTuple):
    """A record on a receiver's topic: its raw place and the place before it; or a marker."""

    place: Place
    previous: Place

    @property
    def marker(self) -> bool:
        """It carries a link and no event."""
        return self.place[1] == MARKER_ITEM


Log = tuple[Output | None, ...]
"""A partition of a receiver's topic by offset; None where a record was lost."""


def walk(first: S, steps: Callable[[S], Iterable[S]]) -> Iterator[S]:
    """Every state that can be reached, once."""
    known, waiting = {first}, [first]
    while waiting:
        state = waiting.pop()
        yield state
        for each in steps(state):
            if each not in known:
                known.add(each)
                waiting.append(each)


def see(mark: Place, output: Output) -> tuple[Sight, Place]:
    """The product's judgement of one record, and the mark after it."""
    marks = Marks({} if mark == NONE else {_SOURCE: mark})
    zero = b"\0" * 4
    position = Position(RAW, 0, output.place[0])
    facts = Facts(
        position, output.place[1], b"", 0, 0, "accept", zero, zero, previous=output.previous
    )
    sight = marks.see(facts)
    return sight, marks.as_mapping().get(_SOURCE, NONE)
