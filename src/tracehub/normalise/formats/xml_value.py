"""A user extension -> XML elements that `xml_extension.py` reads as the same value.

Must not know EPCIS.
"""

from __future__ import annotations

import re
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from tracehub.normalise.formats.carried import TYPE, pack
from tracehub.normalise.formats.xml_extension import XSI, extension
from tracehub.normalise.plain import HUB_LISTS

_NAME: Final = re.compile(r"\{[^{}\s<>&\"']+\}[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_.\u4e00-\u9fff-]*")
_FORBIDDEN: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COMMENT: Final = "{http://www.w3.org/2000/01/rdf-schema#}"


def can_hold(text: str) -> bool:
    """Whether a text comes back from XML as it is: no control characters, no spaces around it."""
    return text == text.strip() and _FORBIDDEN.search(text) is None


def is_name(key: str) -> bool:
    """Whether `{namespace}local` can name an element or attribute."""
    return _NAME.fullmatch(key) is not None and not key.startswith((XSI, _COMMENT))


def add_extension(element: Element, key: str, value: Any) -> bool:
    """Add an extension to an element; False, and nothing added, when its name is no XML name."""
    if not is_name(key):
        return False
    alone = isinstance(value, list) and len(value) == 1 and key in HUB_LISTS
    many = value if alone or (isinstance(value, list) and len(value) > 1) else [value]
    made = [_native(key, each) for each in many]
    if any(each is None for each in made):
        made = [_packed(key, value)]
    element.extend(each for each in made if each is not None)
    return True


def _packed(key: str, value: Any) -> Element:
    element = Element(key, {TYPE: "json"})
    element.text = pack(value)
    return element


def _native(key: str, value: Any) -> Element | None:
    """An element that is read as the value; None when there is none."""
    element = Element(key)
    if not _fill(element, value):
        return None
    found, annotated = extension(element)
    return (
        element if found == value and found.__class__ is value.__class__ and not annotated else None
    )


def _fill(element: Element, value: Any) -> bool:
    if isinstance(value, str):
        element.text = value
        return can_hold(value)
    if not isinstance(value, dict):
        return False
    for key, each in value.items():
        if key == "#text":
            element.text = each
            good = isinstance(each, str) and can_hold(each)
        elif key.startswith("@"):
            name = key[1:]
            good = isinstance(each, str) and _FORBIDDEN.search(each) is None and _can_name(name)
            if good:
                element.set(name, each)
        elif not is_name(key):
            good = False
        else:
            many = each if isinstance(each, list) else (each,)
            good = all(_fill(SubElement(element, key), one) for one in many)
        if not good:
            return False
    return True


def _can_name(name: str) -> bool:
    return is_name(name) if name.startswith("{") else is_name("{x}" + name)
