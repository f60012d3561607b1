"""EPCIS 1.2 and 2.0 in XML: document, query document or bare event -> plain events.

What 1.2 nests in `extension` and `baseExtension` stands beside the rest, as in 2.0. A place in the
document is named by the path that it has in JSON. Must not know what makes an event valid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from tracehub.avro.fast import XmlRead
from tracehub.normalise import fields, rules_document
from tracehub.normalise import rules_naming as rules
from tracehub.normalise.formats import xml_text
from tracehub.normalise.formats.draft import Draft, read_whole, settled
from tracehub.normalise.formats.text import MAX_EVENTS
from tracehub.normalise.formats.xml_event import EPCIS_NAMESPACES, EventReader
from tracehub.normalise.plain import Found

_DOCUMENTS: Final = frozenset({"EPCISDocument", "EPCISQueryDocument"})
_STEPS: Final = {
    "EPCISBody": ".epcisBody",
    "QueryResults": ".queryResults",
    "resultsBody": ".resultsBody",
}
"""Elements around the list of events, each of which may be missing, and their names in JSON."""
_USUAL: Final = "$.epcisBody.eventList"


def read(value: bytes) -> Sequence[Found]:
    """Every event of a document, in its order and settled.

    Raises:
        RejectError: as `drafts()`.
    """
    return [settled(each) for each in drafts(value)]


def drafts(value: bytes, quick: XmlRead | None = None) -> Sequence[Found]:
    """Every event of a document, in its order, as it is spelled.

    Args:
        value: the document.
        quick: an engine's reader of what is written in the usual way.

    Raises:
        RejectError: `xml/...`, `document/unrecognised`, `document/no-events`,
            `document/too-many-events`.
    """
    events = quick(value) if quick else None
    if events is not None:
        return [read_whole(f"{_USUAL}[{index}]", event) for index, event in enumerate(events)]
    root = xml_text.parse(value)
    namespace, name = xml_text.local(root.tag)
    if namespace and namespace not in EPCIS_NAMESPACES:
        raise rules_document.UNRECOGNISED.reject()
    if name in fields.ALLOWED:
        return [_event("$", root)]
    if name not in _DOCUMENTS:
        raise rules_document.UNRECOGNISED.reject()
    path, listed = _event_list(root)
    elements = list(_events(listed)) if listed is not None else []
    if not elements:
        raise rules_document.NO_EVENTS.reject()
    if len(elements) > MAX_EVENTS:
        raise rules_document.TOO_MANY_EVENTS.reject()
    return [_event(f"{path}[{index}]", element) for index, element in enumerate(elements)]


def _event_list(root: Element) -> tuple[str, Element | None]:
    """The list of events, and its path; None when the document has none."""
    path, found = "$", root
    for step, name in _STEPS.items():
        inner = _child(found, step)
        if inner is not None:
            path, found = f"{path}{name}", inner
    return f"{path}.eventList", _child(found, "EventList")


def _child(element: Element, name: str) -> Element | None:
    for child in element:
        if xml_text.local(child.tag)[1] == name:
            return child
    return None


def _events(listed: Element) -> Iterator[Element]:
    """The events of a list, also those that 1.2 nests in `extension`."""
    for child in listed:
        if child.tag == "extension":
            yield from _events(child)
        else:
            yield child


def _event(path: str, element: Element) -> Found:
    draft = Draft(path)
    namespace, name = xml_text.local(element.tag)
    if namespace:
        draft.change(rules.ELEMENT_QUALIFIED, path)
    draft.event["type"] = name
    EventReader(draft).read(element)
    return draft.found()
