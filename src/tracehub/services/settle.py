"""Settle: what a round of outcomes comes to. Pure.

Must not know when it is published, or when what waits is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tracehub.errors import RejectError
from tracehub.model.outcome import Emit, Outcome, Reject
from tracehub.model.record import Received, Record

Refuse = Callable[[Received, RejectError], Record]
"""Makes the dead letter of a refused record, or of one event in it."""


class Settled(NamedTuple):
    """What a round of outcomes comes to.

    Attributes:
        records: to publish, dead letters among them, in the order of the inputs.
        held: indexes of the inputs that must be staged again.
        after_s: the longest wait that a Retry asked for.
    """

    records: tuple[Record, ...]
    held: tuple[int, ...]
    after_s: float


def settle(batch: Sequence[Received], outcomes: Sequence[Outcome], refuse: Refuse) -> Settled:
    """Decide what is published and what waits. Pure."""
    records: list[Record] = []
    held: list[int] = []
    waiting: set[bytes] = set()
    after_s = 0.0
    for index, (received, outcome) in enumerate(zip(batch, outcomes, strict=True)):
        if waiting and received.key in waiting:
            held.append(index)
        elif isinstance(outcome, Emit):
            records += outcome.records
            if outcome.rejects:
                records += [refuse(received, error) for error in outcome.rejects]
        elif isinstance(outcome, Reject):
            records.append(refuse(received, outcome.error))
        else:
            waiting.add(received.key)
            held.append(index)
            after_s = max(after_s, outcome.error.after_s)
    return Settled(tuple(records), tuple(held), after_s)
