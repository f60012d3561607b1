"""Audit: who did what and when, on `control.audit`; kept as it is, and for nobody to change.

Requests to put dead letters back are on a topic of their own (`replay.py`). Must not know who reads
it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import orjson
from pydantic import TypeAdapter

from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.model.record import Record

LOGIN: Final = "login"
LOGOUT: Final = "logout"
TURNED_AWAY: Final = "login-refused"
PUT_BACK: Final = "put-back"
_PARTITION: Final = 0


class Deed(NamedTuple):
    """One thing that somebody did.

    Attributes:
        at: when, ms.
        by: who; empty when nobody can tell.
        what: a login, a logout, a refused login, a wish (`wishes.py`), or a request to put back.
        of: what it was done to, or why it was refused.
        plan: the number of the dry run that it was part of.
    """

    at: int
    by: str
    what: str
    of: str = ""
    plan: str = ""

    def record(self) -> Record:
        """The record of `control.audit`."""
        topic = topics.control(topics.AUDIT)
        return Record(topic, b"", orjson.dumps(self._asdict()), partition=_PARTITION)


_deed: Final = TypeAdapter(Deed)


def deed_of(value: bytes) -> Deed:
    """Read `Deed.record()` back.

    Raises:
        ValueError: the bytes are no deed.
    """
    return _deed.validate_json(value)


async def note(bus: Bus, deed: Deed) -> None:
    """Put a deed on record; durable when it returns.

    Raises:
        RetryError: the log did not answer.
    """
    await bus.publish([deed.record()])
