"""What holds for a document in any text format: size, encoding, nesting.

Must not know JSON or XML.
"""

from __future__ import annotations

from typing import Final

from tracehub.normalise import rules_document as rules

MAX_SIZE: Final = 256 * 1024
MAX_DEPTH: Final = 32
MAX_EVENTS: Final = 65_535
"""An event's place in its document is 2 bytes of the facts."""
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def check_size(value: bytes) -> None:
    """Refuse an empty or oversized record, whatever its format.

    Raises:
        RejectError: `document/empty`, `document/too-large`.
    """
    if not value:
        raise rules.EMPTY.reject()
    if len(value) > MAX_SIZE:
        raise rules.TOO_LARGE.reject()


def check_encoding(value: bytes) -> None:
    """Refuse what is not UTF-8, and what only looks so: UTF-16 of Latin letters holds NULs.

    Raises:
        RejectError: `document/not-utf8`.
    """
    try:
        value.decode()
    except UnicodeDecodeError:
        raise rules.NOT_UTF8.reject() from None
    if b"\0" in value:
        raise rules.NOT_UTF8.reject("it holds NUL bytes")
