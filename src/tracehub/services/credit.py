"""Credit: the table that the credit changes on the log come to.

The exchange puts every credit change that a connection of type `credit` publishes beside the
product lists, under a key of its own, so that a repeat changes nothing. The table is that of the
files with all changes, in the order in which they occurred. Must not know who reads it.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Final

from tracehub.avro.codec import Codec
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.model.connection import Connection
from tracehub.model.event import Header
from tracehub.model.facts import effect_key
from tracehub.model.record import Received, Record
from tracehub.route.credit import Change, Credit, change_in
from tracehub.services.waiting import whole

KEY: Final = b"credit/"
"""Before the effect key, in the key of a change."""
PARTITION: Final = 0
_TYPE: Final = "credit"
_CHANGE: Final = "credit-change"


def is_trusted(connection: Connection) -> bool:
    """May a connection change the table?"""
    return connection.type == _TYPE


def change_of(header: Header, connection: Connection, value: bytes) -> Record | None:
    """The record that tells a change to all who judge; None when the event is none."""
    if _CHANGE not in header.kinds or not is_trusted(connection):
        return None
    key = effect_key(connection.id, header.event_id, header.declared_at).hex()
    topic = topics.control(topics.CATALOGUE)
    return Record(topic, KEY + key.encode(), value, partition=PARTITION)


class Changes:
    """The changes that were told so far, over the table of the files."""

    def __init__(self, codec: Codec, credit: Credit) -> None:
        self._codec = codec
        self._files = credit
        self._changes: dict[bytes, tuple[int, Change]] = {}
        self._known: set[bytes] = set()
        self._credit: Credit | None = None

    @property
    def credit(self) -> Credit | None:
        """The table with all changes; None while there is none."""
        if self._credit is None and self._changes:
            changes = sorted(self._changes.values(), key=itemgetter(0))
            self._credit = self._files.with_changes(change for _, change in changes)
        return self._credit

    def knows(self, key: bytes) -> bool:
        """Whether a change was told under this key."""
        return key in self._known

    def take(self, received: Received) -> None:
        """Fold one record in.

        Raises:
            RejectError: it holds no event.
        """
        event = self._codec.decode(received.value).event
        self._known.add(received.key)
        if change := change_in(event):
            self._changes[received.key] = event.header.occurred_at, change
            self._credit = None


async def credit_of(bus: Bus, codec: Codec, files: Credit) -> Credit:
    """The table after all changes that the log holds now.

    Raises:
        RetryError: the log did not answer.
    """
    changes = Changes(codec, files)
    async for received in whole(bus, topics.control(topics.CATALOGUE)):
        if received.key.startswith(KEY):
            changes.take(received)
    return files if changes.credit is None else changes.credit
