"""A user extension in XML -> the value that it has in the plain form. Must not know EPCIS."""

from __future__ import annotations

from typing import Any, Final
from xml.etree.ElementTree import Element

XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"


def extension(element: Element) -> tuple[Any, bool]:
    """The value of an element, and whether annotations of its type were left out.

    Text alone is text; attributes become `@name`, text beside them `#text`, repeated children
    lists. Text between children is joined by spaces.
    """
    annotated = False
    found: dict[str, Any] = {}
    for name, value in element.attrib.items():
        if name.startswith(XSI):
            annotated = True
        else:
            found[f"@{name}"] = value
    texts = [element.text]
    repeated: set[str] = set()
    for child in element:
        value, inner = extension(child)
        annotated = annotated or inner
        if child.tag not in found:
            found[child.tag] = value
        elif child.tag in repeated:
            found[child.tag].append(value)
        else:
            repeated.add(child.tag)
            found[child.tag] = [found[child.tag], value]
        texts.append(child.tail)
    text = " ".join(each.strip() for each in texts if each and not each.isspace())
    if not found:
        return text, annotated
    if text:
        found["#text"] = text
    return found, annotated
