"""How large a record may be, the same on every engine, checked before anything is sent.

Must not know which engine asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tracehub.errors import RejectError
from tracehub.model.record import Record

MAX_RECORD: Final = 1024 * 1024
"""Bytes of key, value and headers together."""


def refuse_large(records: Sequence[Record]) -> None:
    """Let all pass, or none.

    Raises:
        RejectError: `bus/too-large`, for the first record over `MAX_RECORD`.
    """
    for record in records:
        size = len(record.key) + len(record.value)
        size += sum(len(name) + len(value) for name, value in record.headers)
        if size > MAX_RECORD:
            raise RejectError(
                "bus/too-large",
                f"a record for {record.topic} has {size} bytes, at most {MAX_RECORD} are taken; "
                "split the document",
            )
