"""Ahead: the next batches of a subscription, asked for before they are needed.

What must be asked about a batch is asked meanwhile, too. Must not know what is done with it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from tracehub.bus.port import Subscription
from tracehub.clock import Clock
from tracehub.errors import FencedError, RetryError
from tracehub.model.record import Received
from tracehub.services.news import News

Batch = Sequence[Received]
Read = Callable[[Batch], Awaitable[None]]
"""Told of every batch as soon as it is read, maybe before the one before it is staged."""

_NOT_OURS: Final = -1
ENOUGH: Final = 200
"""Records in hand from which on no further batch is asked for; at low load an answer has fewer."""
_BREATH: Final = 200
"""Records, after which everybody else has a turn of the loop before the next batch is staged."""
_ROUNDS: Final = 3
"""Of the loop: in the first batches are filled, in the second they are written to the socket."""


async def unasked(_batch: Batch) -> None:
    """Nothing is to be asked about a batch."""


async def under_way(clock: Clock) -> None:
    """Let what was begun be sent: else it waits until batches are staged, which holds the loop."""
    for _ in range(_ROUNDS):
        await clock.sleep(0)


class Ahead:
    """Batches in their order, in hand as soon as the log has them.

    One task reads all of them: a task for each costs as much as to judge its records.

    Attributes:
        epoch: the assignment by which what was taken last was read.

    Args:
        subscription: hands them out.
        clock: to let others have their turn.
        read: see `Read`.
        news: told when `ready` or `ended` may have become True.
    """

    def __init__(self, subscription: Subscription, clock: Clock, read: Read, news: News) -> None:
        self.epoch = _NOT_OURS
        self._clock = clock
        self._read = read
        self._news = news
        self._subscription, self._epoch_of = subscription, subscription.epoch
        self._batches: AsyncIterator[Batch] = aiter(subscription)
        self._hand: deque[tuple[Batch, int]] = deque()
        self._count = 0
        self._unbreathed = 0
        self._room = asyncio.Event()
        self._asked_about: tuple[str, int] | None = None
        self._reading = asyncio.create_task(self._read_on())
        self._reading.add_done_callback(news.tell)

    @property
    def ready(self) -> bool:
        """A batch can be taken now.

        Raises:
            ConfigError: nothing will come any more; the log needs an operator.
        """
        while self._hand:
            batch, epoch = self._hand[0]
            if epoch == self._epoch_of(batch[0].topic, batch[0].partition) != _NOT_OURS:
                return True
            # Its partition comes from where the group stands, if it comes again.
            self._put_down(0)
        if self._reading.done():
            self._reading.result()
        return False

    @property
    def ended(self) -> bool:
        """The subscription was stopped, and nothing is in hand."""
        return not self.ready and self._reading.done()

    @property
    def place(self) -> tuple[str, int] | None:
        """The partition of what is `ready`."""
        if not self.ready:
            return None
        first = self._hand[0][0][0]
        return first.topic, first.partition

    async def take(self, most: int) -> Batch:
        """The first records of the first batch, which must be `ready`; the rest comes next."""
        batch, self.epoch = self._hand[0]
        self._put_down(0)
        if len(batch) > most:
            self._take_up(batch[most:], self.epoch, first=True)
            batch = batch[:most]
        self._unbreathed += len(batch)
        if self._unbreathed >= _BREATH:
            self._unbreathed = 0
            await self._clock.sleep(0)
        return batch

    async def read_again(self, places: Mapping[tuple[str, int], Received]) -> None:
        """Read partitions from these records on, unless they are not ours any more."""
        for first_of_it in places.values():
            with suppress(FencedError):
                await self._subscription.rewind([first_of_it])
        if self._asked_about in places:
            self._asked_about = None
        for at in reversed(range(len(self._hand))):
            first = self._hand[at][0][0]
            if (first.topic, first.partition) in places:
                self._put_down(at)

    async def close(self) -> None:
        """Ask no more."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read_on(self) -> None:
        """Take up batches to the end, while there is room for them."""
        while (batch := await anext(self._batches, None)) is not None:
            self._asked_about = batch[0].topic, batch[0].partition
            epoch = self._epoch_of(*self._asked_about)
            with suppress(RetryError):  # whoever stages it asks again, and tells of it
                await self._read(batch)
            if self._asked_about is not None:
                self._take_up(batch, epoch)
                self._asked_about = None
                self._news.tell()
            while self._count >= ENOUGH:
                self._room.clear()
                await self._room.wait()

    def _take_up(self, batch: Batch, epoch: int, *, first: bool = False) -> None:
        self._count += len(batch)
        if first:
            self._hand.appendleft((batch, epoch))
        else:
            self._hand.append((batch, epoch))

    def _put_down(self, at: int) -> None:
        self._count -= len(self._hand[at][0])
        del self._hand[at]
        self._room.set()
