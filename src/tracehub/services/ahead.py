"""Ahead: the next batch of a subscription, asked for before it is needed.

Must not know what is done with a batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Container, Sequence

from tracehub.bus.port import Subscription
from tracehub.clock import Clock
from tracehub.model.record import Received

Batch = Sequence[Received]


class Ahead:
    """Batches in their order, one of them in hand as soon as the log has it.

    Attributes:
        ended: the subscription was stopped, and nothing is in hand.
        asking: done when `ready` may have become True.
    """

    def __init__(self, subscription: Subscription, clock: Clock) -> None:
        self.ended = False
        self._clock = clock
        self._batches = aiter(subscription)
        self._hand: Batch = ()
        self.asking = self._ask()

    @property
    def ready(self) -> bool:
        """A batch can be taken now."""
        if not self._hand and self.asking.done() and not self.ended:
            batch = self.asking.result()
            if batch is None:
                self.ended = True
            else:
                self._hand = batch
        return bool(self._hand)

    @property
    def place(self) -> tuple[str, int] | None:
        """The partition of what is `ready`."""
        return (self._hand[0].topic, self._hand[0].partition) if self.ready else None

    async def take(self, most: int) -> Batch:
        """The first records of the batch in hand, which must be `ready`; the rest comes next."""
        batch, self._hand = self._hand[:most], self._hand[most:]
        if not self._hand:
            self.asking = self._ask()
            await self._clock.sleep(0)  # what is there already is ready when this returns
        return batch

    def drop(self, places: Container[tuple[str, int] | None]) -> None:
        """Forget what is in hand of partitions that are to be read again."""
        if self.place in places:
            self._hand = ()
            self.asking = self._ask()

    async def close(self) -> None:
        """Ask no more."""
        self.asking.cancel()
        await asyncio.gather(self.asking, return_exceptions=True)

    def _ask(self) -> asyncio.Task[Batch | None]:
        return asyncio.create_task(_next(self._batches))


async def _next(batches: AsyncIterator[Batch]) -> Batch | None:
    """The next batch; None at the end."""
    return await anext(batches, None)
