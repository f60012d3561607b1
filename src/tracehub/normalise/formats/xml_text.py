"""Strict XML: UTF-8 only, no document type, no entities of its own, at most 32 levels.

Must not know EPCIS.
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import isfinite
from typing import Final

# The parser of the standard library with its dangers shut out before it starts: see `parse`.
from xml.etree.ElementTree import Element, ParseError, XMLParser

from tracehub.normalise import rules_document as rules
from tracehub.normalise.formats.text import MAX_DEPTH

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_SAFE_DIGITS: Final = 15
_DECLARATIONS: Final = (b"<!DOCTYPE", b"<!ENTITY", b"<!ELEMENT", b"<!ATTLIST", b"<!NOTATION")


def parse(value: bytes) -> Element:
    """Parse UTF-8 bytes that hold no NUL (`check_encoding` sees to both).

    The encoding is fixed, so a declaration of another can't change what the bytes mean; NULs and
    marks of UTF-16, by which the C parser would change its mind, are no valid input here. In UTF-8
    a document type can only be spelled `<!DOCTYPE`; even inside a comment it is refused. Without
    one there are no entities to expand and nothing to load.

    Raises:
        RejectError: `xml/dtd`, `xml/syntax`, `xml/too-deep`.
    """
    if b"<!" in value and any(each in value for each in _DECLARATIONS):
        raise rules.XML_DTD.reject()
    parser = XMLParser(encoding="utf-8")  # noqa: S314 - guarded as said above
    try:
        parser.feed(value)
        root: Element = parser.close()
    except ParseError as error:
        raise rules.XML_SYNTAX.reject(str(error)) from None
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return root
    raise rules.XML_TOO_DEEP.reject()


def local(tag: str) -> tuple[str, str]:
    """A tag as namespace and local name."""
    if tag[0] != "{":
        return "", tag
    namespace, _, name = tag[1:].rpartition("}")
    return namespace, name


def number(text: str) -> int | float | str:
    """The number that the text spells (XML Schema decimal or double); the text when it is none.

    A number that a double can't hold stays text too, so that nothing is changed in silence.
    """
    if not _NUMBER.fullmatch(text):
        return text
    if len(text) <= _SAFE_DIGITS and "e" not in text.lower():
        return int(text) if text.lstrip("+-").isdecimal() else float(text)
    found = float(text)
    return found if isfinite(found) and Decimal(text) == Decimal(repr(found)) else text
