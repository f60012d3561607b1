"""One EPCIS event in XML -> the draft of a plain event. Must not know documents around it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import Any, ClassVar, Final
from xml.etree.ElementTree import Element

from tracehub.errors import RejectError
from tracehub.normalise import fields
from tracehub.normalise import rules_naming as rules
from tracehub.normalise.formats.carried import CARRIER, TYPE, fields_in, unpacked
from tracehub.normalise.formats.draft import Draft
from tracehub.normalise.formats.xml_extension import XSI, extension
from tracehub.normalise.formats.xml_text import local, number

EPCIS_NAMESPACES: Final = frozenset(
    f"urn:epcglobal:{name}:xsd:{version}" for name in ("epcis", "epcis-query") for version in "12"
)
WRAPPERS: Final = frozenset({"extension", "baseExtension"})
COMMENT: Final = "{http://www.w3.org/2000/01/rdf-schema#}comment"
TEXTS: Final = fields.TEXTS - {"type"}
_MANY: Final = "certificationInfo"
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}
ORDER: Final = {
    name: rank
    for rank, name in enumerate(
        (
            "eventTime",
            "recordTime",
            "eventTimeZoneOffset",
            "eventID",
            "errorDeclaration",
            "action",
            "bizStep",
            "disposition",
            "readPoint",
            "bizLocation",
        )
    )
}
"""The order of the schema, as far as it is the same for every type of event and version."""


class EventReader:
    """Fills a draft from an event's element."""

    __slots__ = ("draft",)

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def read(self, element: Element) -> None:
        """Read every field of the event."""
        self._event(element)
        ranks = [ORDER[name] for name in self.draft.event if name in ORDER]
        if ranks != sorted(ranks):
            self.draft.change(rules.ELEMENT_ORDER, self.draft.path)

    def _event(self, element: Element) -> None:
        event, path = self.draft.event, self.draft.path
        for name, child in self._children(element, path):
            if name in TEXTS and name not in event and not (len(child) or child.attrib):
                event[name] = (child.text or "").strip()
            elif name in self._READERS and name not in event:
                event[name] = self._READERS[name](self, child, f"{path}.{name}")
            elif name in WRAPPERS:
                self._event(child)
            elif name[0] == "{":
                self._extend(event, name, child, path, fields.EVENT)
            elif name == _MANY:
                event.setdefault(name, []).append(self._text(child, f"{path}.{name}"))
            else:
                rule = rules.FIELD_REPEATED if name in event else rules.FIELD_UNKNOWN
                self.draft.fault(rule, f"{path}.{name}")

    def _children(self, element: Element, path: str) -> Iterator[tuple[str, Element]]:
        """Children by their name; EPCIS's own namespace is taken away."""
        if element.text and not element.text.isspace():
            self.draft.fault(rules.FIELD_TYPE, path)
        for child in element:
            if child.tail and not child.tail.isspace():
                self.draft.fault(rules.FIELD_TYPE, path)
            name = child.tag
            if name[0] == "{":
                namespace, bare = local(name)
                if namespace in EPCIS_NAMESPACES:
                    self.draft.change(rules.ELEMENT_QUALIFIED, self.draft.path)
                    name = bare
            yield name, child

    def _text(self, element: Element, path: str) -> str:
        if len(element):
            self.draft.fault(rules.FIELD_TYPE, path)
        if element.attrib:
            self._attributes({}, element, {}, path)
        return (element.text or "").strip()

    def _only(self, element: Element, name: str, path: str) -> Iterator[tuple[str, Element]]:
        """The children of a list, which all have one name, each with its path."""
        index = 0
        for each, child in self._children(element, path):
            if each == name:
                yield f"{path}[{index}]", child
                index += 1
            else:
                self.draft.fault(rules.FIELD_UNKNOWN, f"{path}.{each}")

    def _epcs(self, element: Element, path: str) -> list[str]:
        return [self._text(child, where) for where, child in self._only(element, "epc", path)]

    def _quantities(self, element: Element, path: str) -> list[dict[str, Any]]:
        children = self._only(element, "quantityElement", path)
        return [self._record(child, fields.QUANTITY, where) for where, child in children]

    def _typed(self, element: Element, path: str) -> list[dict[str, Any]]:
        name = fields.TYPED_LISTS[path.rpartition(".")[2]]
        found = []
        for where, child in self._only(element, name, path):
            entry: dict[str, Any] = {}
            self._attributes(entry, child, {"type": str}, where, {"type", name})
            if len(child):
                self.draft.fault(rules.FIELD_TYPE, where)
            text = (child.text or "").strip()
            if text or name not in entry:
                entry[name] = text
            found.append(entry)
        return found

    def _place(self, element: Element, path: str) -> dict[str, Any]:
        return self._record(element, fields.PLACE, path)

    def _declaration(self, element: Element, path: str) -> dict[str, Any]:
        return self._record(element, fields.ERROR_DECLARATION, path)

    def _ilmd(self, element: Element, path: str) -> dict[str, Any]:
        return self._record(element, frozenset(), path)

    def _record(self, element: Element, known: frozenset[str], path: str) -> dict[str, Any]:
        """An object of simple fields and user extensions."""
        found: dict[str, Any] = {}
        if element.attrib:
            self._attributes(found, element, {}, path)
        self._members(found, element, known, path)
        return found

    def _members(
        self, found: dict[str, Any], element: Element, known: frozenset[str], path: str
    ) -> None:
        for name, child in self._children(element, path):
            where = f"{path}.{name}"
            if name in known and name in found:
                self.draft.fault(rules.FIELD_REPEATED, where)
            elif name == "correctiveEventIDs" and name in known:
                ids = self._only(child, "correctiveEventID", where)
                found[name] = [self._text(each, inner) for inner, each in ids]
            elif name in known:
                text = self._text(child, where)
                if text:
                    found[name] = number(text) if name == "quantity" else text
                else:
                    self.draft.change(rules.EMPTY_ELEMENT, where)
            elif name in WRAPPERS:
                self._members(found, child, known, path)
            elif name[0] == "{":
                self._extend(found, name, child, path, known)
            else:
                self.draft.fault(rules.FIELD_UNKNOWN, where)

    def _sides(self, element: Element, path: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, child in self._children(element, path):
            if name in fields.DISPOSITION:
                found.setdefault(name, []).append(self._text(child, f"{path}.{name}"))
            else:
                self.draft.fault(rules.FIELD_UNKNOWN, f"{path}.{name}")
        return found

    def _sensors(self, element: Element, path: str) -> list[dict[str, Any]]:
        children = self._only(element, "sensorElement", path)
        return [self._sensor(child, where) for where, child in children]

    def _sensor(self, element: Element, path: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, child in self._children(element, path):
            if name in WRAPPERS:
                found.update(self._sensor(child, path))
            elif name == "sensorMetadata":
                found[name] = self._measured(child, _METADATA, f"{path}.{name}")
            elif name == "sensorReport":
                reports = found.setdefault(name, [])
                reports.append(self._measured(child, _REPORT, f"{path}.{name}[{len(reports)}]"))
            elif name[0] == "{":
                self._extend(found, name, child, path, fields.SENSOR_ELEMENT)
            else:
                self.draft.fault(rules.FIELD_UNKNOWN, f"{path}.{name}")
        return found

    def _measured(self, element: Element, known: dict[str, Any], path: str) -> dict[str, Any]:
        """An element whose fields are attributes."""
        found: dict[str, Any] = {}
        self._attributes(found, element, known, path, known)
        self._members(found, element, frozenset(), path)
        return found

    def _attributes(
        self,
        found: dict[str, Any],
        element: Element,
        known: dict[str, Any],
        path: str,
        carried: Container[str] = (),
    ) -> None:
        for name, value in element.attrib.items():
            read = known.get(name)
            if read is not None:
                found[name] = read(value.strip())
            elif name[0] != "{":
                self.draft.fault(rules.FIELD_UNKNOWN, f"{path}.{name}")
            elif name == CARRIER:
                self._carry(found, value, path, carried)
            elif not name.startswith(XSI):
                found[name] = value

    def _carry(self, found: dict[str, Any], text: str, path: str, known: Container[str]) -> None:
        """Add what a carrier holds."""
        try:
            held = fields_in(text, known)
        except (RejectError, ValueError):
            self.draft.fault(rules.FIELD_TYPE, f"{path}.{CARRIER}")
            return
        for key in found:
            if key in held:
                self.draft.fault(rules.FIELD_REPEATED, f"{path}.{key}")
        found.update(held)

    def _extend(
        self,
        found: dict[str, Any],
        name: str,
        element: Element,
        path: str,
        known: Container[str],
    ) -> None:
        """Add a user extension; what is repeated becomes a list."""
        if name == COMMENT:
            self.draft.change(rules.COMMENT, f"{path}.{name}")
            return
        if name == CARRIER:
            self._carry(found, element.text or "", path, known)
            return
        value, annotated = extension(element)
        if element.get(TYPE) == "json":
            value, good = unpacked(element.text)
            if not good:
                self.draft.fault(rules.FIELD_TYPE, f"{path}.{name}")
        if annotated:
            self.draft.change(rules.XML_TYPE, self.draft.path)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]

    _READERS: ClassVar[dict[str, Callable[[EventReader, Element, str], Any]]] = {
        **dict.fromkeys(TEXTS, _text),
        **dict.fromkeys(fields.EPC_LISTS, _epcs),
        **dict.fromkeys(fields.QUANTITY_LISTS, _quantities),
        **dict.fromkeys(fields.TYPED_LISTS, _typed),
        **dict.fromkeys(fields.PLACES, _place),
        "errorDeclaration": _declaration,
        "persistentDisposition": _sides,
        "sensorElementList": _sensors,
        "ilmd": _ilmd,
    }


def _flag(text: str) -> bool | str:
    return _FLAGS.get(text, text)


_METADATA: Final = dict.fromkeys(fields.METADATA, str)
_REPORT: Final = {
    **dict.fromkeys(fields.REPORT_TEXTS, str),
    **dict.fromkeys(fields.REPORT_NUMBERS, number),
    fields.REPORT_FLAG: _flag,
}
