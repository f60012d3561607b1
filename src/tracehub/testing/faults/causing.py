"""Causing: how each class of fault is brought about, and healed again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tracehub.testing.faults.plan import BROKERS, DESTINATIONS, FLOODS, KILLS, Fault, Plan
from tracehub.testing.kafka import Cluster
from tracehub.testing.processes import Ending, Supervisor
from tracehub.testing.systems import Fault as Misbehaviour
from tracehub.testing.systems import System

_MISBEHAVIOURS: Final = {
    "destination-503": Misbehaviour(mode="status", status=503),
    "destination-busy": Misbehaviour(mode="busy", every=5),
    "destination-stalls": Misbehaviour(mode="stall", stall_s=6.0),
    "destination-hangs-up": Misbehaviour(mode="hang-up"),
    "destination-stalls-after": Misbehaviour(mode="stall-after", stall_s=6.0),
    "destination-garbles": Misbehaviour(mode="garble"),
    "destination-short-answer": Misbehaviour(mode="short"),
    "destination-drips": Misbehaviour(mode="slow", stall_s=6.0),
}


@dataclass(slots=True)
class Causing:
    """What faults are done to, and what was done.

    Attributes:
        flood: publishes a burst of bad records.
        injected: faults by class.
        healed: (class, monotonic instant) of each fault once it was over.
        endings: how processes ended that were asked to.
    """

    cluster: Cluster
    supervisor: Supervisor
    systems: Sequence[System]
    flood: Callable[[], Awaitable[None]]
    injected: Counter[str] = field(default_factory=Counter)
    healed: list[tuple[str, float]] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """Processes of the hub that were killed."""
        return sum(count for kind, count in self.injected.items() if kind in KILLS)

    @property
    def broker_faults(self) -> int:
        """Faults of brokers."""
        return sum(count for kind, count in self.injected.items() if kind in BROKERS)

    async def follow(self, plan: Plan) -> None:
        """Cause every fault of a plan; its three series side by side."""
        async with asyncio.TaskGroup() as group:
            for series in plan:
                group.create_task(self._follow(series))

    async def _follow(self, series: Sequence[Fault]) -> None:
        for fault in series:
            await self._cause(fault)
            self.injected[fault.kind] += 1
            self.healed.append((fault.kind, asyncio.get_running_loop().time()))
            await asyncio.sleep(fault.rest_s)

    async def _cause(self, fault: Fault) -> None:
        if fault.kind in BROKERS:
            await self._at_broker(fault)
        elif fault.kind in DESTINATIONS:
            await self._at_destination(fault)
        elif fault.kind in FLOODS:
            await self.flood()
        elif fault.kind == "grow-and-shrink":
            await self._grow_and_shrink(fault)
        else:
            await self._at_member(fault)

    async def _at_member(self, fault: Fault) -> None:
        action, _, service = fault.kind.partition("-")
        members = [each for each in self.supervisor.members if each.service == service]
        member = members[fault.target % len(members)]
        if member.fell:
            await member.start()
        if action == "kill":
            await member.kill()
            await member.start()
        elif action == "pause":
            member.pause()
            await asyncio.sleep(fault.hold_s)
            member.resume()
        else:
            self.endings.append(await member.end())
            await member.start()

    async def _grow_and_shrink(self, fault: Fault) -> None:
        """A further exchange joins and leaves: two rebalances."""
        model = next(each for each in self.supervisor.members if each.service == "exchange")
        further = model.twin()
        await further.start()
        await asyncio.sleep(fault.hold_s)
        self.endings.append(await further.end())

    async def _at_broker(self, fault: Fault) -> None:
        nodes = len(self.cluster.nodes)
        node = fault.target % nodes
        action = fault.kind.partition("-")[0]
        if action == "pause":
            self.cluster.pause(node)
            await asyncio.sleep(fault.hold_s)
            self.cluster.resume(node)
            return
        if action == "restart":
            await asyncio.to_thread(self.cluster.restart, node)
            return
        victims = [node, (node + 1) % nodes] if fault.kind == "kill-two-brokers" else [node]
        for each in victims:
            self.cluster.kill(each)
        await asyncio.sleep(fault.hold_s)
        for each in victims:
            await asyncio.to_thread(self.cluster.restart, each)

    async def _at_destination(self, fault: Fault) -> None:
        system = self.systems[fault.target % len(self.systems)]
        system.faults.set(_MISBEHAVIOURS[fault.kind])
        await asyncio.sleep(fault.hold_s)
        system.faults.set(Misbehaviour())
