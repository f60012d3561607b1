"""Settle: what a round of outcomes comes to. Pure.

Must not know when it is published, or when what waits is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tracehub.errors import RejectError
from tracehub.model.outcome import Emit, Reject, Settled, Staged
from tracehub.model.record import Received, Record, Row

Refuse = Callable[[Received, RejectError], Record]
"""Makes the dead letter of a refused record, or of one event in it."""


def settle(batch: Sequence[Received], staged: Staged, refuse: Refuse) -> Settled:
    """Decide what is published and what waits. Pure.

    Raises:
        ValueError: an output does not say its partition.
    """
    if isinstance(staged, Settled):
        return staged
    placed: dict[tuple[str, int], list[Row]] = {}
    held: list[int] = []
    waiting: set[bytes] = set()
    refused: dict[int, RejectError] = {}
    after_s = 0.0
    for index, (received, outcome) in enumerate(zip(batch, staged, strict=True)):
        if waiting and received.key in waiting:
            held.append(index)
        elif isinstance(outcome, Emit):
            add(placed, outcome.records)
            add(placed, [refuse(received, error) for error in outcome.rejects])
        elif isinstance(outcome, Reject):
            refused[received.offset] = outcome.error
            add(placed, [refuse(received, outcome.error)])
        else:
            waiting.add(received.key)
            held.append(index)
            after_s = max(after_s, outcome.error.after_s)
    return Settled(placed, tuple(held), after_s, refused)


def add(placed: dict[tuple[str, int], list[Row]], records: Sequence[Record]) -> None:
    """Put records to the rows of their places.

    Raises:
        ValueError: one does not say its partition.
    """
    for topic, key, value, headers, partition in records:
        if partition is None:
            raise ValueError(f"a stage must say to which partition of {topic} its output goes")
        placed.setdefault((topic, partition), []).append((key, value, headers))
