"""The first half: exchange, its checkpoints, its zombies, and every log they can leave behind.

read -> append every output and the checkpoint, in any order -> commit -> mark the ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.model.protocol import Log, Output, Protocol, walk
from tracehub.model.sequence import MARKER_ITEM, Links, Place

Table = tuple[tuple[str, Place], ...]
Logs = tuple[tuple[str, Log], ...]
Saved = tuple[int, Table] | None
"""A slot of the ring: the next raw offset and the links there."""


class Member(NamedTuple):
    """A member with a batch in hand: what it must still append, what it commits then.

    `ends` are the markers that it will append once the offset has passed; `slot` is the next of
    its ring.
    """

    epoch: int
    upto: int
    outputs: tuple[tuple[str, Output], ...]
    checkpoint: Saved
    slot: int
    ends: Table = ()
    passed: bool = False


class Exchange(NamedTuple):
    """All that is durable, and the members with work in flight."""

    committed: int
    epoch: int
    ring: tuple[Saved, ...]
    newest_slot: int
    members: tuple[Member, ...]
    logs: Logs
    kills: int
    rewinds: int


def start(protocol: Protocol) -> Exchange:
    """Nothing read, nothing written."""
    ring: tuple[Saved, ...] = (None,) * protocol.slots
    logs: Logs = tuple((name, ()) for name in protocol.receivers)
    return Exchange(0, 0, ring, -1, (), logs, protocol.kills, protocol.rewinds)


def steps(protocol: Protocol, state: Exchange) -> Iterator[Exchange]:
    """Every state that may follow."""
    yield from _read(protocol, state)
    for index, member in enumerate(state.members):
        yield from _append(protocol, state, index, member)
        yield from _commit(protocol, state, index, member)
        if state.kills:
            yield _with(state, index, None)._replace(kills=state.kills - 1)
    if state.kills and state.members:
        # The group gives the partition to a new member while the old one goes on: a zombie.
        yield state._replace(epoch=state.epoch + 1, kills=state.kills - 1)
    if state.rewinds:
        # A commit of an earlier assignment, or an operator, moves the group back.
        for lower in range(state.committed):
            moved = state._replace(committed=lower, epoch=state.epoch + 1)
            yield moved._replace(rewinds=state.rewinds - 1)


def final_logs(protocol: Protocol) -> tuple[int, dict[str, set[Log]]]:
    """How many states exchange has, and every log it can leave behind when it comes to rest."""
    logs: dict[str, set[Log]] = {}
    count = 0
    for state in walk(start(protocol), lambda each: steps(protocol, each)):
        count += 1
        if not state.members and state.committed == len(protocol.routes):
            for name, log in state.logs:
                logs.setdefault(name, set()).add(log)
    return count, logs


def _read(protocol: Protocol, state: Exchange) -> Iterator[Exchange]:
    """The partition's owner takes a batch from the committed offset, if it has none in hand."""
    busy = any(each.epoch == state.epoch and not each.passed for each in state.members)
    if busy or state.committed == len(protocol.routes):
        return
    first = state.committed
    links = _loaded(protocol, state, first)
    upto = min(first + protocol.batch, len(protocol.routes))
    outputs = tuple(
        (name, Output((raw, item), links.follow(name, (raw, item))))
        for raw in range(first, upto)
        for item, receivers in enumerate(protocol.routes[raw])
        for name in receivers
    )
    table = tuple(sorted(links.as_mapping().items()))
    slot = (state.newest_slot + 1) % protocol.slots
    # Whoever goes on has its markers from the new batch.
    others = tuple(each for each in state.members if each.epoch != state.epoch)
    ends = table if protocol.markers else ()
    member = Member(state.epoch, upto, outputs, (upto, table), slot, ends)
    yield state._replace(members=(*others, member))


def _loaded(protocol: Protocol, state: Exchange, first: int) -> Links:
    """The newest checkpoint at or below the first offset, as `Trail` loads it."""
    there = [each for each in state.ring if each is not None]
    fitting = [each for each in there if each[0] <= first or not protocol.fitting]
    if not fitting:
        return Links(known=first == 0)
    return Links(dict(max(fitting)[1]))


def _append(protocol: Protocol, state: Exchange, index: int, member: Member) -> Iterator[Exchange]:
    """One more record becomes durable: the next of any topic, the checkpoint; or the markers."""
    if member.checkpoint is not None:
        ring = list(state.ring)
        ring[member.slot] = member.checkpoint
        after = _with(state, index, member._replace(checkpoint=None))
        yield after._replace(ring=tuple(ring), newest_slot=member.slot)
    seen: set[str] = set()
    for number, (name, output) in enumerate(member.outputs):
        if name not in seen:
            seen.add(name)
            rest = member.outputs[:number] + member.outputs[number + 1 :]
            after = _with(state, index, member._replace(outputs=rest))
            yield after._replace(logs=_logged(state.logs, name, output))
    if member.passed:
        logs = state.logs
        for name, place in member.ends:
            marker = Output((member.upto - 1, MARKER_ITEM), place)
            logs = _logged(logs, name, marker)
        yield _with(state, index, None)._replace(logs=logs)


def _commit(protocol: Protocol, state: Exchange, index: int, member: Member) -> Iterator[Exchange]:
    """The offset passes; a member of an older epoch is refused and gives up."""
    if member.passed:
        return
    done = not member.outputs and member.checkpoint is None
    if done and member.epoch != state.epoch:
        yield _with(state, index, None)
    elif member.epoch == state.epoch and done:
        resting = member._replace(passed=True) if member.ends else None
        yield _with(state, index, resting)._replace(committed=member.upto)
    elif member.epoch == state.epoch and not protocol.commit_after_acks:
        in_flight = member._replace(epoch=-1, ends=())
        yield _with(state, index, in_flight)._replace(committed=member.upto)


def _logged(logs: Logs, name: str, output: Output) -> Logs:
    return tuple((n, (*log, output)) if n == name else (n, log) for n, log in logs)


def _with(state: Exchange, index: int, member: Member | None) -> Exchange:
    put = () if member is None else (member,)
    return state._replace(members=state.members[:index] + put + state.members[index + 1 :])
