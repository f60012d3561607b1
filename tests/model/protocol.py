"""The delivery protocol as a model: every interleaving of a small hub, walked exhaustively.

One raw partition, one output partition per receiver, exchange members of which any may be slow,
killed, or a zombie that goes on publishing, and a deliver member per receiver that may be killed
between effect and commit. Links and marks are the product's own code.

    exchange:  read -> append every output and the checkpoint, in any order -> commit offset
    deliver:   read -> judge by marks -> effect -> commit offset

Deliver reads the log and nothing else, and the log only grows, so the two halves are walked apart:
first every log that exchange can leave behind, then every run of deliver over each of them. A
state is a plain tuple, a step a function from a state to all that may follow. `Protocol` says
which rules are in force, so that a broken protocol can be shown to fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from tracehub.model.facts import Facts
from tracehub.model.record import Position
from tracehub.model.sequence import MARKER_ITEM, Links, Marks, Place

RAW = "raw.food.provincial.zhejiang"
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is modelled, and which rules hold.

    Attributes:
        routes: the receivers of each raw record.
        batch: records that exchange takes at once.
        kills: how often exchange may be killed or become a zombie; and deliver, per receiver.
        losses: records that the log may lose after acknowledging them, per receiver.
        commit_after_acks, dedupe, markers: rules that a broken protocol leaves out.
    """

    routes: tuple[tuple[str, ...], ...]
    batch: int = 2
    kills: int = 2
    losses: int = 0
    commit_after_acks: bool = True
    dedupe: bool = True
    markers: bool = True


class Output(NamedTuple):
    """A record on a receiver's topic: its raw place, and the place before it."""

    place: Place
    previous: Place


Log = tuple[Output, ...]
Table = tuple[tuple[str, Place], ...]


class Member(NamedTuple):
    """An exchange member with a batch in hand: what it must still append, what it commits then."""

    epoch: int
    upto: int
    outputs: tuple[tuple[str, Output], ...]
    checkpoint: Table | None


class Exchange(NamedTuple):
    """The first half: all that is durable, and the members with work in flight."""

    committed: int
    epoch: int
    checkpoints: tuple[tuple[int, Table], ...]
    members: tuple[Member, ...]
    logs: tuple[tuple[str, Log], ...]
    kills: int


class Deliver(NamedTuple):
    """The second half, for one receiver.

    An effect is a raw place and the index of the record that caused it: a record may be handed
    over again after a kill (the system holds its key unique), another record with the same place
    may not.
    """

    log: Log
    committed: int
    position: int
    effects: tuple[tuple[Place, int], ...]
    alarm: bool
    kills: int
    losses: int


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


def exchange_start(protocol: Protocol) -> Exchange:
    """Nothing read, nothing written."""
    names = sorted({name for routes in protocol.routes for name in routes})
    return Exchange(0, 0, ((0, ()),), (), tuple((name, ()) for name in names), protocol.kills)


def exchange_steps(protocol: Protocol, state: Exchange) -> Iterator[Exchange]:
    """Every state that may follow."""
    yield from _read(protocol, state)
    for index, member in enumerate(state.members):
        yield from _append(state, index, member)
        yield from _commit(protocol, state, index, member)
        if state.kills:
            yield _with(state, index, None)._replace(kills=state.kills - 1)
    if state.kills and state.members:
        # The group gives the partition to a new member while the old one goes on: a zombie.
        yield state._replace(epoch=state.epoch + 1, kills=state.kills - 1)


def _read(protocol: Protocol, state: Exchange) -> Iterator[Exchange]:
    """The partition's owner takes a batch from the committed offset, if it has none in hand."""
    owner_busy = any(member.epoch == state.epoch for member in state.members)
    if owner_busy or state.committed == len(protocol.routes):
        return
    first = state.committed
    links = Links(dict(max(each for each in state.checkpoints if each[0] <= first)[1]))
    upto = min(first + protocol.batch, len(protocol.routes))
    outputs = tuple(
        (name, Output((raw, 0), links.follow(name, (raw, 0))))
        for raw in range(first, upto)
        for name in protocol.routes[raw]
    )
    checkpoint = tuple(sorted(links.as_mapping().items()))
    yield state._replace(members=(*state.members, Member(state.epoch, upto, outputs, checkpoint)))


def _append(state: Exchange, index: int, member: Member) -> Iterator[Exchange]:
    """One more record becomes durable: the next of any topic, or the checkpoint."""
    if member.checkpoint is not None:
        saved = tuple(sorted({*state.checkpoints, (member.upto, member.checkpoint)}))
        after = _with(state, index, member._replace(checkpoint=None))
        yield after._replace(checkpoints=saved)
    seen: set[str] = set()
    for number, (name, output) in enumerate(member.outputs):
        if name in seen:
            continue
        seen.add(name)
        rest = member.outputs[:number] + member.outputs[number + 1 :]
        logs = tuple((n, (*log, output)) if n == name else (n, log) for n, log in state.logs)
        yield _with(state, index, member._replace(outputs=rest))._replace(logs=logs)


def _commit(protocol: Protocol, state: Exchange, index: int, member: Member) -> Iterator[Exchange]:
    """The offset passes; a member of an older epoch is refused and gives up."""
    done = not member.outputs and member.checkpoint is None
    if done and member.epoch != state.epoch:
        yield _with(state, index, None)
    elif member.epoch == state.epoch and (done or not protocol.commit_after_acks):
        in_flight = None if done else member._replace(epoch=-1)
        yield _with(state, index, in_flight)._replace(committed=member.upto)


def _with(state: Exchange, index: int, member: Member | None) -> Exchange:
    put = () if member is None else (member,)
    return state._replace(members=state.members[:index] + put + state.members[index + 1 :])


def final_logs(protocol: Protocol) -> tuple[int, dict[str, set[Log]]]:
    """How many states exchange has, and every log it can leave behind when it comes to rest."""
    logs: dict[str, set[Log]] = {}
    count = 0
    for state in walk(exchange_start(protocol), lambda each: exchange_steps(protocol, each)):
        count += 1
        if not state.members and state.committed == len(protocol.routes):
            for name, log in state.logs:
                logs.setdefault(name, set()).add(log)
    return count, logs


def deliver_start(protocol: Protocol, log: Log) -> Deliver:
    """Nothing delivered."""
    return Deliver(log, 0, 0, (), alarm=False, kills=protocol.kills, losses=protocol.losses)


def deliver_steps(protocol: Protocol, state: Deliver) -> Iterator[Deliver]:
    """Every state that may follow."""
    if state.alarm:
        return
    if state.losses:
        for lost in range(state.position, len(state.log)):
            log = state.log[:lost] + state.log[lost + 1 :]
            yield state._replace(log=log, losses=state.losses - 1)
    if state.position < len(state.log):
        yield _judged(protocol, state)
    if state.committed < state.position:
        yield state._replace(committed=state.position)
        if state.kills:
            yield state._replace(position=state.committed, kills=state.kills - 1)


def _judged(protocol: Protocol, state: Deliver) -> Deliver:
    output = state.log[state.position]
    sight = _marks(protocol, state.log[: state.position]).see(_facts(output))
    if sight == "gap":
        return state._replace(alarm=True)
    after = state._replace(position=state.position + 1)
    if sight == "repeat":
        return after
    return after._replace(effects=(*state.effects, (output.place, state.position)))


def _marks(protocol: Protocol, log: Log) -> Marks:
    """The fold over what was read before; without the rule, a new table every time."""
    if not protocol.dedupe:
        return Marks(complete=False)
    marks = Marks()
    for output in log:
        marks.see(_facts(output))
    return marks


def _facts(output: Output) -> Facts:
    offset, item = output.place
    zero = b"\0" * 4
    position = Position(RAW, 0, offset)
    return Facts(position, item, b"", 0, 0, "accept", zero, zero, previous=output.previous)


def anomalies(protocol: Protocol, name: str, state: Deliver) -> set[str]:
    """What is wrong in a state: `duplicate`, `reordered`, `false-alarm`, `lost`."""
    due: list[Place] = [(raw, 0) for raw, to in enumerate(protocol.routes) if name in to]
    causes = set(state.effects)
    first = list(dict.fromkeys(place for place, _ in state.effects))
    found = set()
    if len(causes) > len(first):
        found.add("duplicate")
    if first != sorted(first):
        found.add("reordered")
    if state.alarm and protocol.losses == 0:
        found.add("false-alarm")
    at_rest = state.position == len(state.log)
    if at_rest and first != due and not _alarmed(protocol, state, due):
        found.add("lost")
    return found


def _alarmed(protocol: Protocol, state: Deliver, due: list[Place]) -> bool:
    """The gap was seen, or the next marker, which links to the last place sent, will show it."""
    if state.alarm or not protocol.markers:
        return state.alarm
    marker = _facts(Output((0, MARKER_ITEM), due[-1]))
    return _marks(protocol, state.log).see(marker) == "gap"
