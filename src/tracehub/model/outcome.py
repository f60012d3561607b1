"""Emit, Reject, Retry: the three fates of a record, what a batch comes to, and a stage's shape.

There is no fourth fate: what a stage cannot judge it raises, and the process stops.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from tracehub.errors import RejectError, RetryError
from tracehub.model.record import Placed, Received, Record


class Emit(NamedTuple):
    """Put `records` on the bus. `rejects` are the events of the same document that were refused."""

    records: tuple[Record, ...]
    rejects: tuple[RejectError, ...] = ()


class Reject(NamedTuple):
    """Put the whole record among the dead letters."""

    error: RejectError


class Retry(NamedTuple):
    """Try again later; records of the same key wait behind it."""

    error: RetryError


Outcome: TypeAlias = Emit | Reject | Retry


class Settled(NamedTuple):
    """What a batch comes to.

    Attributes:
        placed: to publish, dead letters among it; of each partition in the order of the inputs.
        held: indexes of the inputs that must be staged again.
        after_s: the longest wait that a Retry asked for.
        refused: why, by the offsets of the inputs that were refused whole.
    """

    placed: Placed
    held: tuple[int, ...] = ()
    after_s: float = 0.0
    refused: Mapping[int, RejectError] = MappingProxyType({})


Staged: TypeAlias = Sequence[Outcome] | Settled
"""One outcome per input, in the same order; or, of a stage that is fast, what all come to."""
Stage: TypeAlias = Callable[[Sequence[Received]], Awaitable[Staged]]


def with_record(outcomes: Sequence[Outcome], record: Record) -> Sequence[Outcome]:
    """The same outcomes, of which the last Emit also sends `record`; it needs one to ride on."""
    for index in range(len(outcomes) - 1, -1, -1):
        outcome = outcomes[index]
        if isinstance(outcome, Emit):
            carrying = Emit((*outcome.records, record), outcome.rejects)
            return [*outcomes[:index], carrying, *outcomes[index + 1 :]]
    return outcomes
