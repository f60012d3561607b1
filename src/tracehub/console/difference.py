"""Difference: what somebody has changed in a document, line by line. Pure.

Both are laid out the same way first, so that only what differs in meaning is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from tracehub.console.marked import laid_out

_CONTEXT: Final = 3
_MOST: Final = 2000
"""No more lines of either are compared: the work grows with their product."""


class Changed(NamedTuple):
    """One line: `-` is gone, `+` is new, a space is in both, `…` stands for what is left out."""

    sign: str
    text: str


def difference(before: bytes, after: bytes) -> Sequence[Changed]:
    """The lines that differ, each with those around it; empty when none do."""
    return list(_lines(laid_out(before).splitlines()[:_MOST], laid_out(after).splitlines()[:_MOST]))


def _lines(before: Sequence[str], after: Sequence[str]) -> Iterator[Changed]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(_CONTEXT)):
        if number:
            yield Changed("…", "")
        for tag, first, last, new_first, new_last in group:
            if tag == "equal":
                yield from (Changed(" ", each) for each in before[first:last])
                continue
            yield from (Changed("-", each) for each in before[first:last])
            yield from (Changed("+", each) for each in after[new_first:new_last])
