"""Any XML document <-> dicts, lists and texts, for field tables.

An element of text alone is that text; else it is a dict of its children by local name, repeated
ones as a list, attributes as `@name`, text beside them as `#text`. Namespaces are not looked at.
Must not know what the names mean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from tracehub.normalise.formats.xml_text import local

_NAME: Final = re.compile(r"[^\W\d][\w.-]*")
_FORBIDDEN: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document holds, and the carriage return, which every reader turns into a line
feed."""


def tree(element: Element) -> Any:
    """What an element holds."""
    found: dict[str, Any] = {
        f"@{local(name)[1]}": value
        for name, value in element.attrib.items()
        if not name.startswith("{")
    }
    for child in element:
        name = local(child.tag)[1]
        value = tree(child)
        if name not in found:
            found[name] = value
        elif found[name].__class__ is list:
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    text = (element.text or "").strip()
    if not found:
        return text
    if text:
        found["#text"] = text
    return found


def document(root: str, body: Mapping[str, Any]) -> bytes:
    """Write a body as the content of a root element.

    Raises:
        ValueError: a name or a text that XML can't hold; says which.
    """
    element = Element(root)
    _fill(element, body)
    written: bytes = tostring(element, encoding="utf-8", xml_declaration=True)
    return written


def text_of(value: Any) -> str:
    """A value as the text that XML Schema writes for it.

    Raises:
        ValueError: XML can't hold it.
    """
    if value.__class__ is bool:
        return "true" if value else "false"
    text = value if isinstance(value, str) else str(value)
    if _FORBIDDEN.search(text):
        raise ValueError("a text holds a control character, which XML can't")
    return text


def _fill(element: Element, body: Any) -> None:
    if not isinstance(body, Mapping):
        element.text = text_of(body)
        return
    for name, value in body.items():
        if name == "#text":
            element.text = text_of(value)
        elif name[:1] == "@":
            element.set(_checked(name[1:]), text_of(value))
        else:
            _checked(name)
            for each in value if isinstance(value, list | tuple) else (value,):
                _fill(SubElement(element, name), each)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"'{name}' is no name of an XML element")
    return name
