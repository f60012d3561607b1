"""Code: one identifier, recognised. Every family gives the same five facts about a text.

Pure; nothing is looked up. A check that no published algorithm covers is `unverified`, never
guessed.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Check = Literal["valid", "invalid", "unverified"]


class Code(NamedTuple):
    """What a text is.

    Attributes:
        scheme: the code's family (`sgtin`, `uscc`, `drug`, `opaque`, ...).
        source: the text exactly as received.
        normal: equal for every spelling of the same thing; normalising it again changes nothing.
        uri: the canonical URI.
        check: whether its check character is right.
    """

    scheme: str
    source: str
    normal: str
    uri: str
    check: Check


def half_width(text: str) -> str:
    """Trim, and turn full-width letters, digits and signs (U+FF01-U+FF5E) into ASCII."""
    trimmed = text.strip().strip("\u3000")
    if trimmed.isascii():
        return trimmed
    return trimmed.translate(_HALF)


_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
