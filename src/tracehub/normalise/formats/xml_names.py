"""Readable prefixes for the namespaces of an XML document. Must not know EPCIS."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element

from tracehub.normalise.plain import HUB_NAMESPACE

_KNOWN: Final = {
    "urn:epcglobal:epcis:xsd:2": "epcis",
    "urn:epcglobal:cbv:mda:": "cbvmda",
    HUB_NAMESPACE: "tracehub",
}


def prefixed(root: Element) -> Element:
    """The same tree with prefixed names, every prefix declared at the root."""
    prefixes: dict[str, str] = {}

    def name(tag: str) -> str:
        if not tag.startswith("{"):
            return tag
        space, _, local = tag[1:].rpartition("}")
        if space not in prefixes:
            prefixes[space] = _KNOWN.get(space, f"ext{len(prefixes)}")
        return f"{prefixes[space]}:{local}"

    for element in root.iter():
        element.tag = name(element.tag)
        for key in [key for key in element.attrib if key.startswith("{")]:
            element.attrib[name(key)] = element.attrib.pop(key)
    for space, prefix in prefixes.items():
        root.set(f"xmlns:{prefix}", space)
    return root
