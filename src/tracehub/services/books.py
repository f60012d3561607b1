"""Books: what a service took in is what it sent out, event for event and connection for connection.

Both sides are booked when the log has acknowledged the outputs, so what is staged again is booked
once; the difference is 0 unless the hub has lost something. Must not know how an event is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from tracehub.bus import topics
from tracehub.model.record import Received
from tracehub.services.lane import Place
from tracehub.services.turn import Part
from tracehub.telemetry.metrics import Metrics

_MEMORY: Final = 4
"""Batches of one partition that are staged and not acknowledged; the pump has at most two."""
_FATES: Final[Mapping[str, str]] = {
    "event": "canonical",
    "receipt": "answered",
    "dead-letter": "dead-letter",
}
"""What an output says of its event, by how its topic begins; copies for receivers say nothing."""


class _Due(NamedTuple):
    """Of a batch that was staged: how many events must be accounted for.

    `twice` of them leave a receipt and a dead letter.
    """

    connection: str
    events: int
    twice: int


class Books:
    """The books of one stage.

    Args:
        stage: `exchange` or `deliver`.
        metrics: where they are shown.
    """

    def __init__(self, stage: str, metrics: Metrics) -> None:
        self._stage = stage
        self._metrics = metrics
        self._due: dict[Place, dict[int, _Due]] = {}

    def note(self, first: Received, connection: str, events: int, twice: int = 0) -> None:
        """Note what the batch that begins with `first` must come to; a later note replaces it."""
        due = self._due.setdefault((first.topic, first.partition), {})
        due[first.offset] = _Due(connection, events, twice)
        if len(due) > _MEMORY:
            del due[min(due)]

    def landed(self, part: Part) -> None:
        """Book a batch whose outputs are in the log."""
        if not part.tried:
            return
        noted = self._due[part.place].pop(part.tried[0].offset, None)
        if noted is None:
            return
        connection, events, twice = noted
        counts = dict.fromkeys(_FATES, 0)
        for (topic, _), rows in part.placed.items():
            if (family := topics.family_of(topic)) in counts:
                counts[family] += len(rows)
        counts["receipt"] -= twice
        for family, fate in _FATES.items():
            if counts[family]:
                self._metrics.settled.labels(self._stage, connection, fate).inc(counts[family])
        self._metrics.due.labels(self._stage, connection).inc(events)
        settled = sum(counts.values())
        self._metrics.unaccounted.labels(self._stage, connection).inc(events - settled)
