"""A hub with one known fault: run as `python broken_hub.py FAULT SERVICE -c FILE`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tracehub.bus.port import Subscription
from tracehub.cli import main
from tracehub.model.record import Received
from tracehub.services.pump import Pump, settle


async def _commit_first(self: Pump, batch: Sequence[Received], subscription: Subscription) -> None:
    await subscription.commit(batch)
    outcomes = await self.stage(batch)
    await self.bus.publish(settle(batch, outcomes, self.refuse).records)


async def _never_publish_the_last(
    self: Pump, batch: Sequence[Received], subscription: Subscription
) -> None:
    outcomes = await self.stage(batch)
    await self.bus.publish(settle(batch, outcomes, self.refuse).records[:-1])
    await subscription.commit(batch)


FAULTS = {"commit-first": _commit_first, "never-the-last": _never_publish_the_last}

if __name__ == "__main__":
    Pump._take = FAULTS[sys.argv[1]]  # type: ignore[method-assign]  # the fault itself
    sys.argv[1:2] = ["run"]
    main()
