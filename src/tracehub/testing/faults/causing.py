"""Causing: how each class of fault is brought about, and healed again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final, NamedTuple, cast

from tracehub.testing.faults.plan import BROKERS, FLOODS, KILLS, Fault, Plan
from tracehub.testing.faults.stage import Stage
from tracehub.testing.kafka import Cluster
from tracehub.testing.kafka_leaders import coordinator, leader
from tracehub.testing.processes import Ending, Member
from tracehub.testing.proxy import OPEN, Link, Mode, Proxy
from tracehub.testing.stepped_clock import SteppedClock
from tracehub.testing.systems import Fault as Misbehaviour

_MISBEHAVIOURS: Final = {
    "destination-503": Misbehaviour(mode="status", status=503),
    "destination-busy": Misbehaviour(mode="busy", every=5),
    "destination-stalls": Misbehaviour(mode="stall", stall_s=6.0),
    "destination-hangs-up": Misbehaviour(mode="hang-up"),
    "destination-stalls-after": Misbehaviour(mode="stall-after", stall_s=6.0),
    "destination-garbles": Misbehaviour(mode="garble"),
    "destination-short-answer": Misbehaviour(mode="short"),
    "destination-drips": Misbehaviour(mode="slow", stall_s=6.0),
    "destination-answers-huge": Misbehaviour(mode="huge"),
    "destination-answers-bomb": Misbehaviour(mode="bomb"),
    "destination-lies": Misbehaviour(mode="lie"),
}
_STEADY: Final = {
    "exchange": ("exchange",),
    "deliver": ("deliver",),
    "brokers": ("exchange", "deliver"),
}
"""Whose progress a series waits for after each fault."""
_LONGEST_S: Final = 30.0
_LOOK_S: Final = 0.1
_STORM: Final = 3
_HOUR_S: Final = 3600
_STEPS_S: Final = (_HOUR_S, -_HOUR_S, 400 * 24 * _HOUR_S, -400 * 24 * _HOUR_S)


class Reach(NamedTuple):
    """What lies between each member, by number, and its brokers; and each one's clock."""

    ways: Sequence[Sequence[Proxy]]
    clocks: Sequence[SteppedClock]


@dataclass(slots=True)
class Causing:
    """What faults are done to, and what was done.

    Attributes:
        injected: faults by class.
        healed: (class, monotonic instant) of each fault once it was over.
        endings: how processes ended that were asked to.
    """

    cluster: Cluster
    stage: Stage
    reach: Reach
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

    async def follow(self, plan: Plan, until_s: float = inf) -> None:
        """Cause the faults of a plan, its series side by side; begin none after `until_s`."""
        async with asyncio.TaskGroup() as group:
            for name, series in plan._asdict().items():
                group.create_task(self._follow(name, series, until_s))

    async def _follow(self, name: str, series: Sequence[Fault], until_s: float) -> None:
        loop = asyncio.get_running_loop()
        for fault in series:
            if loop.time() > until_s:
                return
            await self._cause(fault)
            self.injected[fault.kind] += 1
            healed_s = loop.time()
            self.healed.append((fault.kind, healed_s))
            await asyncio.sleep(fault.rest_s)
            if name in _STEADY:
                await self._work(_STEADY[name], healed_s)

    async def _work(self, services: Sequence[str], since_s: float) -> None:
        """Wait until services have got on since a fault: the next one shall meet a hub at work."""
        loop, last = asyncio.get_running_loop(), self.stage.run.progress.last
        limit_s = loop.time() + _LONGEST_S
        while not all(last.get(each, 0.0) > since_s for each in services):
            if loop.time() > limit_s:
                return
            await asyncio.sleep(_LOOK_S)

    async def _cause(self, fault: Fault) -> None:
        if fault.kind in BROKERS:
            await self._at_broker(fault)
        elif "-link-" in fault.kind:
            await self._at_link(fault)
        elif fault.kind in _MISBEHAVIOURS:
            await self._at_destination(fault)
        elif fault.kind in FLOODS:
            await self.stage.run.flood()
        elif fault.kind in {"grow-and-shrink", "rebalance-storm"}:
            await self._grow_and_shrink(fault, _STORM if fault.kind == "rebalance-storm" else 1)
        elif fault.kind.startswith("clock-step-"):
            await self._step_clock(fault)
        else:
            await self._at_member(fault)

    async def _at_member(self, fault: Fault) -> None:
        action, _, service = fault.kind.partition("-")
        member = self._member(service, fault)
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

    async def _grow_and_shrink(self, fault: Fault, count: int) -> None:
        """Further members of exchange join and leave, and the partitions move each time."""
        further = [self._member("exchange", fault).twin() for _ in range(count)]
        for each in further:
            await each.start()
        await asyncio.sleep(fault.hold_s)
        for each in further:
            if each.fell:  # nobody starts it again; a cut link may have kept it from its brokers
                self.stage.supervisor.falls[f"twin: {each.last_words()[-300:]}"] += 1
            else:
                self.endings.append(await each.end())

    async def _step_clock(self, fault: Fault) -> None:
        member = self._member(fault.kind.rpartition("-")[2], fault)
        clock = self.reach.clocks[self.stage.supervisor.members.index(member)]
        clock.step(_STEPS_S[fault.target % len(_STEPS_S)])
        await asyncio.sleep(fault.hold_s)
        clock.step(0)

    async def _at_link(self, fault: Fault) -> None:
        """Between one member and all brokers, or between the hub and one system."""
        mode, _, end = fault.kind.partition("-link-")
        if end == "destination":
            fronts = list(self.stage.fronts.values())
            proxies: Sequence[Proxy] = [fronts[fault.target % len(fronts)]]
        else:
            number = self.stage.supervisor.members.index(self._member(end, fault))
            proxies = self.reach.ways[number]
        for each in proxies:
            each.set(Link(cast("Mode", mode)))
        await asyncio.sleep(fault.hold_s)
        for each in proxies:
            each.set(OPEN)

    async def _at_broker(self, fault: Fault) -> None:
        node = await asyncio.to_thread(self._node, fault)
        action = fault.kind.partition("-")[0]
        if action == "pause":
            self.cluster.pause(node)
            await asyncio.sleep(fault.hold_s)
            self.cluster.resume(node)
            return
        if action == "restart":
            await asyncio.to_thread(self.cluster.restart, node)
            return
        further = (node + 1) % len(self.cluster.nodes)
        victims = [node, further] if fault.kind == "kill-two-brokers" else [node]
        for each in victims:
            self.cluster.kill(each)
        await asyncio.sleep(fault.hold_s)
        await asyncio.to_thread(self.cluster.restart, *victims)

    def _node(self, fault: Fault) -> int:
        """The broker that holds the role which the fault is about; any, when nobody knows it."""
        found: int | None = None
        if fault.kind == "kill-leader":
            raw = self.stage.run.topics("raw")
            topic = raw[fault.target % len(raw)]
            found = leader(self.cluster.servers, topic, fault.target % 4)
        elif fault.kind == "kill-coordinator":
            delivers = self.stage.run.topics("deliver")
            groups = ["exchange", *delivers]
            found = coordinator(self.cluster.servers, groups[fault.target % len(groups)])
        elif fault.kind == "kill-controller":
            found = self.cluster.controller()
        return fault.target % len(self.cluster.nodes) if found is None else found

    async def _at_destination(self, fault: Fault) -> None:
        systems = self.stage.systems
        system = systems[fault.target % len(systems)]
        system.faults.set(_MISBEHAVIOURS[fault.kind])
        await asyncio.sleep(fault.hold_s)
        system.faults.set(Misbehaviour())

    def _member(self, service: str, fault: Fault) -> Member:
        members = [each for each in self.stage.supervisor.members if each.service == service]
        return members[fault.target % len(members)]
