"""The second half: deliver of one receiver over one log, and what may be wrong there.

read -> judge by marks -> effect, or hold its key -> save the marks -> commit up to the first held.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.model.protocol import Log, Protocol, see
from tracehub.model.sequence import NONE, Place

Effect = tuple[Place, int]
"""A raw place and the offset of the record that caused it. A record may be handed over again after
a kill (the system holds its key unique); another record with the same place may not."""


class Deliver(NamedTuple):
    """What is durable (log, committed, saved, effects), and what a kill takes away."""

    log: Log
    committed: int
    saved: tuple[tuple[int, Place], ...]
    effects: tuple[tuple[Effect, ...], ...]
    position: int
    mark: Place
    held: tuple[int, ...]
    alarm: bool
    kills: int
    rewinds: int
    failures: int
    losses: int


def start(protocol: Protocol, log: Log) -> Deliver:
    """Nothing delivered."""
    return Deliver(
        log,
        0,
        (),
        ((),) * (1 + max(protocol.keys, default=0)),
        0,
        NONE,
        (),
        alarm=False,
        kills=protocol.deliver_kills,
        rewinds=protocol.rewinds,
        failures=protocol.failures,
        losses=protocol.losses,
    )


def steps(protocol: Protocol, state: Deliver) -> Iterator[Deliver]:
    """Every state that may follow."""
    if state.alarm:
        return
    if state.losses:
        for lost in range(state.position, len(state.log)):
            if state.log[lost] is not None:
                log = (*state.log[:lost], None, *state.log[lost + 1 :])
                yield state._replace(log=log, losses=state.losses - 1)
    if state.position < len(state.log):
        yield from _judged(protocol, state)
    yield from _tried_again(protocol, state)
    if len(state.saved) < protocol.saves and state.position > 0:
        yield state._replace(saved=(*state.saved, (state.position, state.mark)))
    end = state.held[0] if state.held and protocol.commit_to_held else state.position
    if end > state.committed:
        yield state._replace(committed=end)
    yield from _begun_anew(protocol, state)


def _begun_anew(protocol: Protocol, state: Deliver) -> Iterator[Deliver]:
    """A kill, or a group whose offset moves back."""
    if state.kills and state.position > state.committed:
        yield _restarted(protocol, state._replace(kills=state.kills - 1))
    if state.rewinds:
        for lower in range(state.committed):
            moved = state._replace(committed=lower, rewinds=state.rewinds - 1)
            yield _restarted(protocol, moved)


def _judged(protocol: Protocol, state: Deliver) -> Iterator[Deliver]:
    output = state.log[state.position]
    after = state._replace(position=state.position + 1)
    if output is None:
        yield after
        return
    sight, mark = see(state.mark if protocol.dedupe else (-3, -3), output)
    if sight == "gap" and protocol.dedupe:
        yield state._replace(alarm=True)
        return
    if protocol.dedupe:
        after = after._replace(mark=mark)
    if output.marker or sight == "repeat":
        yield after
        return
    waits = any(_key(protocol, state, each) == protocol.key(output.place[0]) for each in state.held)
    if not (waits and protocol.hold_keys):
        yield _with_effect(protocol, after, state.position)
    if waits and protocol.hold_keys:
        yield after._replace(held=(*state.held, state.position))
    elif state.failures:
        yield after._replace(held=(*state.held, state.position), failures=state.failures - 1)


def _tried_again(protocol: Protocol, state: Deliver) -> Iterator[Deliver]:
    """The first held record of each key has its effect at last."""
    seen: set[int] = set()
    for number, offset in enumerate(state.held):
        key = _key(protocol, state, offset)
        if key not in seen:
            seen.add(key)
            rest = state.held[:number] + state.held[number + 1 :]
            yield _with_effect(protocol, state._replace(held=rest), offset)


def _restarted(protocol: Protocol, state: Deliver) -> Deliver:
    """Read again from the committed offset, with marks as `Watch` rebuilds them."""
    there = [each for each in state.saved if each[0] <= state.committed or not protocol.fitting]
    first, mark = max(there, default=(0, NONE))
    for output in state.log[first : state.committed]:
        if output is not None:
            _, mark = see(mark, output)
    return state._replace(position=state.committed, mark=mark, held=())


def _with_effect(protocol: Protocol, state: Deliver, offset: int) -> Deliver:
    output = state.log[offset]
    assert output is not None
    key = protocol.key(output.place[0])
    effect = output.place, offset
    if effect in state.effects[key]:
        return state  # the system knows its key
    after = (*state.effects[key], effect)
    return state._replace(effects=(*state.effects[:key], after, *state.effects[key + 1 :]))


def _key(protocol: Protocol, state: Deliver, offset: int) -> int:
    output = state.log[offset]
    assert output is not None
    return protocol.key(output.place[0])


def anomalies(protocol: Protocol, name: str, state: Deliver) -> set[str]:
    """What is wrong in a state: `duplicate`, `reordered`, `false-alarm`, `lost`."""
    found = set()
    places: list[Place] = []
    for effects in state.effects:
        first = list(dict.fromkeys(place for place, _ in effects))
        places += first
        if len(effects) > len(first) and not protocol.losses:
            found.add("duplicate")
        if first != sorted(first):
            found.add("reordered")
    if state.alarm and protocol.losses == 0:
        found.add("false-alarm")
    at_rest = state.position == len(state.log) and not state.held
    if at_rest and sorted(places) != protocol.due(name) and not state.alarm:
        found.add("lost")
    return found
