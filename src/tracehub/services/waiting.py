"""How services wait and read a whole topic: between tries, and outside any group."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from tracehub.bus.port import Bus
from tracehub.clock import Clock
from tracehub.model.record import Received

_PAGE = 1000


async def pause(clock: Clock, delay_s: float, stopping: asyncio.Event) -> None:
    """Wait `delay_s` seconds, but no longer than until `stopping` is set."""
    sleeping = asyncio.ensure_future(clock.sleep(delay_s))
    stopped = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({sleeping, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sleeping.cancel()
        stopped.cancel()


async def whole(bus: Bus, topic: str) -> AsyncIterator[Received]:
    """Every record that a topic holds now, partition by partition."""
    for partition, end in enumerate(await bus.ends(topic)):
        async for received in stretch(bus, topic, partition, 0, end):
            yield received


async def stretch(
    bus: Bus, topic: str, partition: int, first: int, end: int
) -> AsyncIterator[Received]:
    """The records of one partition from offset `first` up to but not including `end`."""
    offset = first
    while offset < end:
        page = await bus.read(topic, partition, offset, _PAGE)
        for received in page:
            if received.offset < end:
                yield received
        offset = page[-1].offset + 1 if page else end


async def cancelled(*tasks: asyncio.Task[None] | None) -> None:
    """End tasks whose result nobody waits for any more."""
    running = [each for each in tasks if each is not None]
    for each in running:
        each.cancel()
    await asyncio.gather(*running, return_exceptions=True)
