"""A hub with known faults, or legal misfortunes: `python broken_hub.py FAULTS SERVICE -c FILE`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Final

from tracehub.bus.port import Bus, Subscription
from tracehub.cli import main
from tracehub.model.record import Received, records_of
from tracehub.model.sequence import Sight
from tracehub.services.ahead import Ahead
from tracehub.services.pump import Pump
from tracehub.services.settle import settle
from tracehub.services.trail import Trail
from tracehub.services.watch import Watch

_OPEN_S: Final = 0.05
"""For how long a record is neither published nor to be read again: long enough to be killed in."""


async def _commit_first(
    self: Pump, batch: Sequence[Received], subscription: Subscription, _ahead: Ahead
) -> None:
    await subscription.commit(batch)
    settled = settle(batch, await self.stage(batch), self.refuse)
    await self.clock.sleep(_OPEN_S)
    await self.bus.publish_placed(settled.placed)


async def _never_publish_the_last(
    self: Pump, batch: Sequence[Received], subscription: Subscription, _ahead: Ahead
) -> None:
    settled = settle(batch, await self.stage(batch), self.refuse)
    await self.bus.publish([*records_of(settled.placed)][:-1])
    await subscription.commit(batch)


async def _publish_twice(
    self: Pump, batch: Sequence[Received], subscription: Subscription, _ahead: Ahead
) -> None:
    """What an exchange leaves that died between its acknowledgement and its commit: no fault."""
    settled = settle(batch, await self.stage(batch), self.refuse)
    await self.bus.publish_placed(settled.placed)
    if self.service == "exchange":
        await self.bus.publish_placed(settled.placed)
    await subscription.commit(batch)
    self.passed(batch[-1])


async def _see_nothing(_self: Watch, records: Sequence[Received]) -> Sequence[Sight]:
    return ["marker" if not each.value else "new" for each in records]


async def _mark_nothing(_self: Trail, _bus: Bus) -> None:
    return


def _take_so(take: Callable[..., object]) -> None:
    Pump._take = take  # type: ignore[method-assign,assignment]  # the fault itself


def _dedupe_off() -> None:
    Watch.look = _see_nothing  # type: ignore[method-assign,assignment]  # the fault itself
    Watch.checkpoint = lambda _self, _received: None  # type: ignore[method-assign,assignment]  # it has seen nothing


def _markers_off() -> None:
    Trail.mark = _mark_nothing  # type: ignore[method-assign,assignment]  # the fault itself


FAULTS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "commit-first": lambda: _take_so(_commit_first),
    "never-the-last": lambda: _take_so(_never_publish_the_last),
    "repeats": lambda: _take_so(_publish_twice),
    "dedupe-off": _dedupe_off,
    "markers-off": _markers_off,
}

if __name__ == "__main__":
    for name in sys.argv[1].split("+"):
        FAULTS[name]()
    sys.argv[1:2] = ["run"]
    main()
