"""Ahead: the next batch of a subscription, asked for before it is needed.

What must be asked about a batch is asked meanwhile, too. Must not know what is done with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Sequence
from contextlib import suppress
from typing import Final

from tracehub.bus.port import Subscription
from tracehub.clock import Clock
from tracehub.errors import RetryError
from tracehub.model.record import Received

Batch = Sequence[Received]
Read = Callable[[Batch], Awaitable[None]]
"""Told of every batch as soon as it is read, maybe before the one before it is staged."""

_NOT_OURS: Final = -1


_ROUNDS: Final = 6
"""Of the loop, in which the client fills batches, wakes its sender and writes to its socket."""


async def unasked(_batch: Batch) -> None:
    """Nothing is to be asked about a batch."""


async def under_way(clock: Clock) -> None:
    """Let what was begun be sent: else it waits until batches are staged, which holds the loop."""
    for _ in range(_ROUNDS):
        await clock.sleep(0)


class Ahead:
    """Batches in their order, one of them in hand as soon as the log has it.

    Attributes:
        ended: the subscription was stopped, and nothing is in hand.
        epoch: the assignment by which what was taken last was read.
        asking: done when `ready` may have become True.
    """

    def __init__(self, subscription: Subscription, clock: Clock, read: Read) -> None:
        self.ended = False
        self._clock = clock
        self._read = read
        self._epoch_of = subscription.epoch
        self._batches: AsyncIterator[Batch] = aiter(subscription)
        self._hand: Batch = ()
        self.epoch = self._epoch = _NOT_OURS
        self._asked_about: tuple[str, int] | None = None
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
        if self._hand and not self._is_ours(self._hand[0]):
            # Its partition comes from where the group stands, if it comes again.
            self._hand = ()
            self.asking = self._ask()
        return bool(self._hand)

    @property
    def place(self) -> tuple[str, int] | None:
        """The partition of what is `ready`."""
        return (self._hand[0].topic, self._hand[0].partition) if self.ready else None

    async def take(self, most: int) -> Batch:
        """The first records of the batch in hand, which must be `ready`; the rest comes next."""
        batch, self._hand = self._hand[:most], self._hand[most:]
        self.epoch = self._epoch
        if not self._hand:
            self.asking = self._ask()
            await self._clock.sleep(0)  # what is there already is ready when this returns
        return batch

    def drop(self, places: Container[tuple[str, int] | None]) -> None:
        """Forget what was handed out of partitions that are to be read again."""
        if self._asked_about in places:
            self._asked_about = None
        if self.place in places:
            self._hand = ()
            self.asking = self._ask()

    async def close(self) -> None:
        """Ask no more."""
        self.asking.cancel()
        await asyncio.gather(self.asking, return_exceptions=True)

    def _is_ours(self, received: Received) -> bool:
        return self._epoch == self._epoch_of(received.topic, received.partition) != _NOT_OURS

    def _ask(self) -> asyncio.Task[Batch | None]:
        return asyncio.create_task(self._next())

    async def _next(self) -> Batch | None:
        """The next batch; None at the end."""
        while (batch := await anext(self._batches, None)) is not None:
            self._asked_about = batch[0].topic, batch[0].partition
            self._epoch = self._epoch_of(*self._asked_about)
            with suppress(RetryError):  # whoever stages it asks again, and tells of it
                await self._read(batch)
            if self._asked_about is not None:
                return batch
        return None
