"""A consignment's story on a running hub: publish a step, wait for all that must come of it.

What counts is what lies there: the routes of the canonical event, the receipts, the effects in the
systems' ledger, and that nothing was refused. Must not know how it is shown.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from tracehub.app import Edges, Judgement, registered, run
from tracehub.avro.codec import read_record
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.model.facts import effect_key, facts_of
from tracehub.model.record import Record
from tracehub.model.sequence import MARKER_ITEM
from tracehub.services.credit import credit_of
from tracehub.services.editions import FROM_FILES
from tracehub.services.switches import recorded
from tracehub.services.waiting import stretch, whole
from tracehub.settings import Settings
from tracehub.telemetry.log import silent
from tracehub.testing.consignment import CAST, steps
from tracehub.testing.consignment_step import CATEGORY, Step
from tracehub.testing.stage_set import Cast, scene
from tracehub.testing.systems import Ledger

_LOOK_S: Final = 0.05
_PATIENCE_S: Final = 60.0
_LATERAL: Final = ("deliver", "collect")


class Arrival(NamedTuple):
    """That one receiver took an event, by which rule, and what it answered."""

    connection: str
    rule: str
    status: str
    reference: str
    effects: int


class Told(NamedTuple):
    """What came of one step.

    Attributes:
        held: routes, receipts and effects are exactly those that are due, and nothing was refused.
        refused: how many dead letters there are.
    """

    step: Step
    arrivals: tuple[Arrival, ...]
    refused: int
    held: bool

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "step": self.step.name,
            "title": self.step.title,
            "publisher": self.step.publisher,
            "event_id": self.step.event_id,
            "arrivals": [each._asdict() for each in self.arrivals],
            "dead_letters": self.refused,
            "held": self.held,
        }


@dataclass(slots=True)
class Watcher:
    """Follows what the hub writes about events of the story."""

    bus: Bus
    judged: Judgement
    ledger: Ledger
    _next: dict[tuple[str, int], int] = field(default_factory=dict)
    _receipts: dict[tuple[str, bytes], Mapping[str, Any]] = field(default_factory=dict)
    _refused: int = 0

    async def arrivals(self, step: Step) -> Sequence[Arrival]:
        """Who of those that it is due to took the step's event so far."""
        for each in step.due:
            async for value in self._new(topics.receipt(each)):
                receipt = read_record(value, self.judged.catalogue)
                self._receipts[each, receipt["effect_key"]] = receipt
        key = effect_key(step.publisher, step.event_id, 0)
        effects = Counter(
            {
                each.connection: each.applications
                for each in self.ledger.entries()
                if each.effect_key == key.hex()
            }
        )
        return [
            Arrival(
                connection, "", str(receipt["status"]), receipt["reference"], effects[connection]
            )
            for (connection, taken), receipt in sorted(self._receipts.items())
            if taken == key
        ]

    async def refused(self, step: Step) -> int:
        """How many dead letters there are of its publisher and receivers, and were before."""
        for each in (step.publisher, *step.due):
            self._refused += len([one async for one in self._new(topics.dead_letter(each))])
        return self._refused

    async def credited(self) -> None:
        """Wait until all that is read from now on is judged by the credit change on the log."""
        async with asyncio.timeout(_PATIENCE_S):
            while any(
                switches[-1].ordinal == FROM_FILES
                for switches in (await recorded(self.bus, silent())).values()
            ):
                await asyncio.sleep(_LOOK_S)

    async def routes(self, step: Step) -> Mapping[str, str]:
        """The rule behind every route of the step's event; empty when it is not on the log."""
        key = effect_key(step.publisher, step.event_id, 0)
        table = self.judged.table
        if step.lists:
            table = table.under(await credit_of(self.bus, self.judged.codec, table.credit))
        async for received in whole(self.bus, topics.event(CATEGORY)):
            facts = facts_of(received.headers)
            if facts.item != MARKER_ITEM and facts.effect_key == key:
                header = self.judged.codec.header(received.value)
                return dict(table.routes(header, step.publisher))
        return {}

    async def _new(self, topic: str) -> AsyncIterator[bytes]:
        for partition, end in enumerate(await self.bus.ends(topic)):
            first = self._next.get((topic, partition), 0)
            async for received in stretch(self.bus, topic, partition, first, end):
                yield received.value
            self._next[topic, partition] = end


async def tell(
    directory: Path, bus: Mapping[str, Any], edges: Callable[[], Edges]
) -> AsyncIterator[Told]:
    """Play the story on a hub of its own, and give each step when it is told.

    Args:
        directory: where settings, secrets and the systems' ledger lie.
        bus: the `bus` section of the settings.
        edges: makes what one part of the hub shares.

    Yields:
        Each step; after one that did not hold there is none.
    """
    async with scene(directory, bus, cast=Cast(CAST, [CATEGORY])) as set_up:
        judged = await registered(set_up.settings)
        watcher = Watcher(set_up.bus, judged, set_up.ledger)
        async with (
            _working(set_up.settings, _LATERAL, edges()),
            _working(set_up.settings, ("exchange",), edges()),
        ):
            for step in steps():
                if step.lists:
                    await watcher.credited()
                told = await _told(step, watcher)
                yield told
                if not told.held:
                    return


async def _told(step: Step, watcher: Watcher) -> Told:
    """Publish a step and wait until all have it that must, or patience is at an end."""
    if step.publisher.startswith("provincial/"):
        topic = topics.raw(CATEGORY, step.publisher)
        await watcher.bus.publish([Record(topic, b"", step.value)])
    else:
        watcher.ledger.publish(step.publisher, [step.value])
    arrivals: Sequence[Arrival] = ()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while {each.connection for each in arrivals} < step.due.keys():
                await asyncio.sleep(_LOOK_S)
                arrivals = await watcher.arrivals(step)
    except TimeoutError:
        pass  # what is missing shows in what is told
    refused, rules = await watcher.refused(step), await watcher.routes(step)
    ruled = tuple(each._replace(rule=rules.get(each.connection, "")) for each in arrivals)
    held = (
        rules == step.due
        and {each.connection for each in ruled} == step.due.keys()
        and all(each.effects == 1 for each in ruled)
        and not refused
    )
    return Told(step, ruled, refused, held)


@asynccontextmanager
async def _working(
    settings: Settings, services: Sequence[str], edges: Edges
) -> AsyncIterator[None]:
    """Run services of a hub in this process while the block runs."""
    async with asyncio.TaskGroup() as group:
        group.create_task(run(settings, services, edges))
        try:
            yield
        finally:
            edges.stopping.set()
