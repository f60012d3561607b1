"""How large a record may be, the same on every engine, whether it is sent or read.

Must not know which engine asks.
"""

from __future__ import annotations

from typing import Final

from tracehub.errors import RejectError
from tracehub.model.record import Headers, Placed

MAX_RECORD: Final = 1024 * 1024
"""Bytes of key, value and headers together."""


MAX_KEY: Final = 8 * 1024
MAX_HEADERS: Final = 32
MAX_HEADER_BYTES: Final = 8 * 1024
"""Names and values of all headers of one record."""
FAIR_RECORD: Final = MAX_KEY
FAIR_HEADERS: Final = MAX_HEADERS
"""A record of not more bytes in all and not more headers has no fault."""


def fault(key: bytes, value: bytes, headers: Headers) -> RejectError | None:
    """Why a record is not taken: `bus/too-large`, `bus/key-too-large`, `bus/headers`; or None."""
    room = 0
    for name, held in headers:
        room += len(name) + len(held)
    if len(key) > MAX_KEY:
        return RejectError(
            "bus/key-too-large",
            f"the record's key has {len(key)} bytes, at most {MAX_KEY} are taken; use an id",
        )
    if len(headers) > MAX_HEADERS or room > MAX_HEADER_BYTES:
        return RejectError(
            "bus/headers",
            f"the record has {len(headers)} headers of {room} bytes, at most {MAX_HEADERS} of "
            f"{MAX_HEADER_BYTES} are taken; put facts into the event",
        )
    if len(key) + len(value) + room > MAX_RECORD:
        return RejectError(
            "bus/too-large",
            f"the record has {len(key) + len(value) + room} bytes, at most {MAX_RECORD} are "
            "taken; split the document",
        )
    return None


def refuse_large(placed: Placed) -> None:
    """Let all pass, or none.

    Raises:
        RejectError: the `fault` of the first row that has one, and its topic.
    """
    for (topic, _), rows in placed.items():
        for key, value, headers in rows:
            error = fault(key, value, headers)
            if error is not None:
                raise RejectError(error.code, f"for {topic}: {error.text}")
