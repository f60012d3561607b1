"""Emit, Reject, Retry: the three fates of a record, and the shape of a stage.

There is no fourth fate: what a stage cannot judge it raises, and the process stops.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeAlias

from tracehub.errors import RejectError, RetryError
from tracehub.model.record import Received, Record


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
Stage: TypeAlias = Callable[[Sequence[Received]], Awaitable[Sequence[Outcome]]]
"""One outcome per input, in the same order."""


def with_record(outcomes: Sequence[Outcome], record: Record) -> Sequence[Outcome]:
    """The same outcomes, of which the last Emit also sends `record`; it needs one to ride on."""
    for index in range(len(outcomes) - 1, -1, -1):
        outcome = outcomes[index]
        if isinstance(outcome, Emit):
            carrying = Emit((*outcome.records, record), outcome.rejects)
            return [*outcomes[:index], carrying, *outcomes[index + 1 :]]
    return outcomes
