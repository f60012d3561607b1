"""Reading: the events of an EPCIS document, whatever its format, and what their hash leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from tracehub.avro.codec import Resolve
from tracehub.avro.fast import XmlRead
from tracehub.normalise import rules_document
from tracehub.normalise.formats import epcis_json, epcis_xml, json_text, xml_text
from tracehub.normalise.formats.draft import settled
from tracehub.normalise.formats.json_context import scope_of
from tracehub.normalise.plain import Found, PlainEvent

_SPACE: Final = b" \t\r\n"
_JSON: Final = (b"{", b"[")
_XML: Final = b"<"
_IGNORED: Final = "ignoreFields"


class Quick(NamedTuple):
    """What an engine reads quicker; each may leave to the readers here what is not usual.

    Attributes:
        faithful: whether JSON was surely read as it is.
        resolve: puts the names of an event in JSON in full.
        xml: reads documents in XML.
    """

    faithful: json_text.Faithful | None = None
    resolve: Resolve | None = None
    xml: XmlRead | None = None


_NONE: Final = Quick()


def is_json(text: bytes) -> bool:
    """True of a text that begins as JSON does."""
    return text.lstrip(_SPACE).startswith(_JSON)


def read(text: bytes) -> Sequence[Found]:
    """Every event of a document in EPCIS JSON or XML, settled.

    Raises:
        RejectError: `document/...`, `json/...`, `xml/...`.
    """
    return [settled(each) for each in drafts(text)]


def drafts(text: bytes, quick: Quick = _NONE) -> Sequence[Found]:
    """The same as they are spelled, for `settled()`.

    Raises:
        RejectError: as `read()`.
    """
    if is_json(text):
        return epcis_json.drafts(text, quick.faithful, quick.resolve)
    start = text.lstrip(_SPACE)
    if start.startswith(_XML):
        return epcis_xml.drafts(start, quick.xml)
    raise rules_document.UNRECOGNISED.reject()


def left_out(text: bytes) -> frozenset[str]:
    """The extensions that a document's own `ignoreFields` keeps out of the hash of its events.

    Names are `{namespace}local`. The element is no part of CBV 2.0; it is read as the published
    fixtures of the reference algorithm have it, under any namespace.

    Raises:
        RejectError: `document/...`, `json/...`, `xml/...`.
    """
    start = text.lstrip(_SPACE)
    if start.startswith(_XML):
        found = xml_text.parse(start).iter()
        lists = [each for each in found if xml_text.local(each.tag)[1] == _IGNORED]
        return frozenset(name.tag for each in lists for name in each)
    document = json_text.parse(text)
    if not isinstance(document, dict):
        return frozenset()
    scope = scope_of(document.get("@context", []))
    names = [name for level in _levels(document) for name in _listed(level)]
    return frozenset(full for name in names if (full := scope.name(name)) is not None)


def without(event: PlainEvent, names: frozenset[str]) -> PlainEvent:
    """An event without these extensions, at whatever depth."""
    return {key: _without(value, names) for key, value in event.items() if key not in names}


def _without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return without(value, names)
    if isinstance(value, list):
        return [_without(each, names) for each in value]
    return value


def _levels(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The document's head, and the heads inside its body."""
    level: Any = document
    for step in ("epcisBody", "queryResults", "resultsBody", ""):
        if not isinstance(level, dict):
            return
        yield level
        level = level.get(step)


def _listed(level: Mapping[str, Any]) -> Iterator[str]:
    for key, names in level.items():
        if key.rpartition(":")[2] == _IGNORED and isinstance(names, list):
            yield from (name for name in names if isinstance(name, str))
