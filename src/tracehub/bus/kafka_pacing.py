"""How often a member asks a broker: what comes one by one is gathered for a moment.

A broker answers as soon as there is one record. Asked again at once, it and this process spend all
their time on requests for a few records each, and every one of them waits for the others. So what
was little is not followed by the next question at once; a record that comes after a pause finds one
waiting. Must not know what records are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import aiokafka.consumer.consumer as plain

from tracehub.clock import Clock, SystemClock

EVERY_S: Final = 0.005
"""From one question to the next, while little is told."""
LITTLE: Final = 128 * 1024
"""Bytes of one answer: from here on what is gained by gathering more is small."""
_CLOCK: Final[Clock] = SystemClock()


class PacedFetcher(plain.Fetcher):  # type: ignore[misc]  # the client has no types
    """The client's own, which asks each broker in its time."""

    def __init__(self, *given: Any, clock: Clock = _CLOCK, **named: Any) -> None:
        super().__init__(*given, **named)
        self._clock = clock
        self._due_s: dict[int, float] = {}
        self._leaders: set[int] = set()

    async def ask(self, assignment: Any, node: int, request: Any) -> bool:
        """Ask, when it is time; True when something was told."""
        now_s = self._clock.monotonic_s()
        if (left_s := self._due_s.pop(node, now_s) - now_s) > 0:
            try:
                await self._clock.sleep(left_s)
            except asyncio.CancelledError:
                return False  # as the client has it: nobody waits for the answer any more
            now_s += left_s
        told = bool(await super()._proc_fetch_request(assignment, node, request))
        if told and self._told() < LITTLE:
            self._due_s[node] = now_s + EVERY_S
        return told

    _proc_fetch_request = ask  # the client's own name for it

    async def ready(
        self, partitions: Iterable[Any], wait_s: float = 0, max_records: int | None = None
    ) -> Any:
        """What lies ready of some partitions; the client would seek each of them in a row."""
        return await super().fetched_records(frozenset(partitions), wait_s, max_records)

    fetched_records = ready  # the client's own name for it

    def due(self, assignment: Any) -> Any:
        """What to ask of whom; the client would look at each partition while nobody can be asked.

        A broker is not asked while it has not answered, nor at once while what it told lies ready.
        """
        waits: dict[int, float] = {}
        nodes = set()
        for place, found in self._records.items():
            node = self._select_read_replica(place)
            nodes.add(node)
            if left_s := found.calculate_backoff():
                waits[node] = max(waits.get(node, 0.0), left_s)
        busy = waits.keys() | self._in_flight
        if self._leaders and self._leaders <= busy:
            return [], {}, min(waits.values(), default=self._fetcher_timeout), False, []
        found = super()._get_actions_per_node(assignment)
        self._leaders = nodes | busy | {node for node, _ in found[0]} | found[1].keys()
        return found

    _get_actions_per_node = due  # the client's own name for it

    def _told(self) -> int:
        """Bytes of what lies ready."""
        found = [getattr(each, "_partition_records", None) for each in self._records.values()]
        return sum(each._records.size_in_bytes() for each in found if each is not None)  # noqa: SLF001 - ours: `SteppingRecords`


def pace_asking() -> None:
    """Make every consumer of this process ask so."""
    plain.Fetcher = PacedFetcher
