"""Code: one identifier, recognised. Every family gives the same five facts about a text.

Pure; nothing is looked up. A check that no published algorithm covers is `unverified`, never
guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, TypeAlias

Check = Literal["valid", "invalid", "unverified"]

URN = "urn:tracehub:"
"""Before scheme and normal form, for codes that have no URI of their own."""


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


class Misfit(NamedTuple):
    """A text that is no code of the scheme it was read as.

    Attributes:
        rule: what is wrong, as a stable id `<scheme>/<fault>`.
        text, text_zh: what is wrong and what to do.
    """

    scheme: str
    source: str
    rule: str
    text: str
    text_zh: str


Parse: TypeAlias = Callable[[str], Code | Misfit]


def half_width(text: str) -> str:
    """Trim, and turn full-width letters, digits and signs (U+FF01-U+FF5E) into ASCII."""
    trimmed = text.strip().strip("\u3000")
    if trimmed.isascii():
        return trimmed
    return trimmed.translate(_HALF)


_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SEPARATORS = re.compile(r"[\s-]")


def without_separators(text: str) -> str:
    """A code as printed (`6 901028-075831`) without the gaps that only help the eye."""
    return _SEPARATORS.sub("", text)


class Layout(NamedTuple):
    """A code that is cut by position.

    Attributes:
        scheme: the code's family.
        parts: name and length of each part, from the left.
        pattern: what the normal form must match in full.
        form, form_zh: the layout in words.
        separated: whether blanks and hyphens between the characters only help the eye.
    """

    scheme: str
    parts: tuple[tuple[str, int], ...]
    pattern: re.Pattern[str]
    form: str
    form_zh: str
    separated: bool = True

    def normal_of(self, text: str) -> str:
        """The normal form of a text that fits, bare or as `urn:tracehub:<scheme>:<code>`."""
        plain = half_width(text)
        prefix = f"{URN}{self.scheme}:"
        if plain[: len(prefix)].lower() == prefix:
            plain = plain[len(prefix) :]
        plain = without_separators(plain) if self.separated else plain
        return plain.upper()

    def parse(self, text: str) -> Code | Misfit:
        """Read a code whose check, if it has one, no published text describes."""
        normal = self.normal_of(text)
        if self.pattern.fullmatch(normal):
            return Code(self.scheme, text, normal, f"{URN}{self.scheme}:{normal}", "unverified")
        return Misfit(
            self.scheme,
            text,
            f"{self.scheme}/form",
            f"expected {self.form}; correct the code",
            f"应为{self.form_zh}；请改正",
        )

    def split(self, normal: str) -> Mapping[str, str]:
        """The parts of a normal form, by name."""
        found, start = {}, 0
        for name, length in self.parts:
            found[name] = normal[start : start + length]
            start += length
        return found
