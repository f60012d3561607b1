"""Credit: the table that the credit changes on the log come to.

A hub judges by the table that its settings name. This makes that table anew from the canonical
events, in the order in which they occurred. Must not know who reads it.
"""

from __future__ import annotations

from collections.abc import Iterable

from tracehub.avro.codec import Codec
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.model.event import Event
from tracehub.model.facts import facts_of
from tracehub.model.sequence import MARKER_ITEM
from tracehub.route.credit import NOBODY, Credit
from tracehub.services.waiting import whole


async def credit_of(bus: Bus, codec: Codec, categories: Iterable[str]) -> Credit:
    """The table after all credit changes of some categories that the log holds now.

    Raises:
        RetryError: the log did not answer.
    """
    changes: dict[str, Event] = {}
    for category in categories:
        async for received in whole(bus, topics.event(category)):
            if facts_of(received.headers).item == MARKER_ITEM:
                continue
            if "credit-change" in codec.header(received.value).kinds:
                event = codec.decode(received.value).event
                changes[event.header.event_id] = event
    credit = NOBODY
    for event in sorted(changes.values(), key=lambda each: each.header.occurred_at):
        credit = credit.with_change(event)
    return credit
