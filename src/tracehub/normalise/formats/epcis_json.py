"""EPCIS 2.0 in JSON-LD: document, query document, single event or a list of events -> plain events.

Must not know what makes an event valid: only what names mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from tracehub.avro.codec import Resolve
from tracehub.normalise import fields, rules_document
from tracehub.normalise import rules_naming as rules
from tracehub.normalise.formats import json_text
from tracehub.normalise.formats.carried import CARRIER, unpacked
from tracehub.normalise.formats.draft import Draft, read_whole, settled
from tracehub.normalise.formats.json_context import Scope, scope_of
from tracehub.normalise.formats.text import MAX_EVENTS
from tracehub.normalise.plain import Found

_DOCUMENTS: Final = frozenset({"EPCISDocument", "EPCISQueryDocument"})
_COMMENT: Final = "{http://www.w3.org/2000/01/rdf-schema#}comment"
_CARRIED: Final = {CARRIER}
_KEYWORDS: Final = {"@type": "type", "@id": "id"}
_ENTRIES: Final = {
    **dict.fromkeys(fields.QUANTITY_LISTS, fields.QUANTITY),
    **{name: frozenset({"type", each}) for name, each in fields.TYPED_LISTS.items()},
    **dict.fromkeys(fields.PLACES, fields.PLACE),
    "errorDeclaration": fields.ERROR_DECLARATION,
    "persistentDisposition": fields.DISPOSITION,
    "ilmd": frozenset[str](),
}
"""Field that holds an object, or a list of objects -> the standard names in it."""
_IN_SENSOR_ELEMENT: Final = {
    "sensorMetadata": frozenset(fields.METADATA),
    "sensorReport": fields.REPORT,
}


_SIMPLE: Final = frozenset(fields.EVENT - _ENTRIES.keys() - {"sensorElementList"})
"""Fields in which no name can stand."""
_TABLES: Final = (_SIMPLE, _ENTRIES, _COMMENT)


class _Raw(NamedTuple):
    """An event as it stands in the document, and the names in force around it."""

    path: str
    value: Any
    scope: Scope | None


def read(value: bytes) -> Sequence[Found]:
    """Every event of a document, in its order and settled.

    Raises:
        RejectError: as `drafts()`.
    """
    return [settled(each) for each in drafts(value)]


def drafts(
    value: bytes,
    faithful: json_text.Faithful | None = None,
    resolve: Resolve | None = None,
) -> Sequence[Found]:
    """Every event of a document, in its order, as it is spelled.

    Args:
        value: the document.
        faithful: an engine's comparison of it with what is read.
        resolve: an engine's way to put known names in full.

    Raises:
        RejectError: `json/...`, `document/unrecognised`, `document/no-events`,
            `document/too-many-events`.
    """
    document = json_text.parse(value, faithful)
    raws = _raws(document)
    if not raws:
        raise rules_document.NO_EVENTS.reject()
    if len(raws) > MAX_EVENTS:
        raise rules_document.TOO_MANY_EVENTS.reject()
    return [_event(raw, resolve) for raw in raws]


def _raws(document: Any) -> list[_Raw]:
    if isinstance(document, list):
        return [_Raw(f"$[{index}]", each, None) for index, each in enumerate(document)]
    if not isinstance(document, dict):
        raise rules_document.UNRECOGNISED.reject()
    kind = document.get("type", document.get("@type"))
    scope = scope_of(document["@context"]) if "@context" in document else None
    if isinstance(kind, str) and kind in _DOCUMENTS:
        return _listed(document.get("epcisBody"), scope)
    if isinstance(kind, str) or "eventTime" in document:
        return [_Raw("$", document, None)]
    if scope is None:
        raise rules_document.UNRECOGNISED.reject()
    return []


def _listed(body: Any, scope: Scope | None) -> list[_Raw]:
    """The events of a document's body, wherever the kind of document puts them."""
    path = "$.epcisBody"
    for step in ("queryResults", "resultsBody"):
        if isinstance(body, dict) and step in body:
            body, path = body[step], f"{path}.{step}"
    if not isinstance(body, dict):
        return []
    events = body.get("eventList", [])
    if not isinstance(events, list):
        raise rules_document.UNRECOGNISED.reject("eventList is no list")
    found = [_Raw(f"{path}.eventList[{at}]", each, scope) for at, each in enumerate(events)]
    if "event" in body:
        found.append(_Raw(f"{path}.event", body["event"], scope))
    return found


def _event(raw: _Raw, resolve: Resolve | None) -> Found:
    if resolve is not None and raw.scope is not None:
        event = resolve(raw.value, raw.scope.names, _TABLES)
        if event is not None:
            return read_whole(raw.path, event, raw.scope.changes, raw.scope.faults)
    draft = Draft(raw.path)
    if not isinstance(raw.value, dict):
        draft.fault(rules.FIELD_TYPE, raw.path)
        return draft.found()
    scope = raw.scope
    if "@context" in raw.value:
        own = raw.value.pop("@context")
        scope = scope_of(own) if scope is None else scope.inside(own)
    if scope is None:
        draft.fault(rules.CONTEXT_MISSING, "$")
        scope = scope_of([])
    draft.changes += scope.changes
    draft.faults += scope.faults
    _Reader(draft, scope).event(raw.value)
    return draft.found()


def _is_resolved(value: Any, known: frozenset[str]) -> bool:
    """True for an object, or a list of objects, of standard names alone."""
    if value.__class__ is not list:
        return value.__class__ is dict and value.keys() <= known
    for each in value:  # noqa: SIM110 - a generator costs more than what it asks
        if each.__class__ is not dict or not each.keys() <= known:
            return False
    return True


class _Reader(NamedTuple):
    """Resolves the names of one event."""

    draft: Draft
    scope: Scope

    def event(self, value: dict[str, Any]) -> None:
        """Fill the draft."""
        event, path = self.draft.event, self.draft.path
        if "@type" in value:
            value.setdefault("type", value["@type"])
        for key, each in value.items():
            if key in _SIMPLE:
                event[key] = each
            elif key not in fields.EVENT:
                self.foreign(event, key, each, path)
            elif key == "sensorElementList":
                event[key] = self.sensors(each, f"{path}.{key}")
            elif _is_resolved(each, _ENTRIES[key]):
                event[key] = each
            else:
                event[key] = self.entries(each, _ENTRIES[key], f"{path}.{key}")

    def entries(self, value: Any, known: frozenset[str], path: str) -> Any:
        """An object, or a list of objects, whose foreign names are resolved."""
        if isinstance(value, list):
            return [self.entries(each, known, f"{path}[{i}]") for i, each in enumerate(value)]
        if not isinstance(value, dict) or value.keys() <= known:
            return value
        resolved: dict[str, Any] = {}
        for keyword, name in _KEYWORDS.items():
            if keyword in value and name in known:
                value.setdefault(name, value[keyword])
        for key, each in value.items():
            if key in known:
                resolved[key] = each
            else:
                self.foreign(resolved, key, each, path)
        return resolved

    def sensors(self, value: Any, path: str) -> Any:
        """The list of sensor elements, with what each holds."""
        elements = self.entries(value, fields.SENSOR_ELEMENT, path)
        for index, element in enumerate(elements if isinstance(elements, list) else ()):
            if isinstance(element, dict):
                for key, known in _IN_SENSOR_ELEMENT.items():
                    if key in element:
                        where = f"{path}[{index}].{key}"
                        element[key] = self.entries(element[key], known, where)
        return elements

    def foreign(self, holder: dict[str, Any], key: str, value: Any, path: str) -> None:
        """A name that is not EPCIS's at this place: an extension, a keyword, or a fault."""
        name = self.scope.name(key)
        if value.__class__ is str and name is not None and name not in holder and name != _COMMENT:
            holder[name] = value
            return
        where = f"{path}.{key}"
        if key.startswith("@"):
            self.draft.change(rules.COMMENT, where)
        elif name is None:
            self.draft.fault(rules.FIELD_UNKNOWN, where)
        elif name == _COMMENT:
            self.draft.change(rules.COMMENT, where)
        elif name in holder:
            self.draft.fault(rules.FIELD_REPEATED, where)
        else:
            holder[name] = self.extension(value, where)

    def extension(self, value: Any, path: str) -> Any:
        """A user extension's value: names in it are resolved where they can be, else kept."""
        if isinstance(value, list):
            return [self.extension(each, f"{path}[{i}]") for i, each in enumerate(value)]
        if not isinstance(value, dict):
            return value
        resolved: dict[str, Any] = {}
        for key, each in value.items():
            where = f"{path}.{key}"
            if key.startswith("@"):
                self.draft.change(rules.COMMENT, where)
                continue
            name = self.scope.name(key)
            if name is None and ":" in key:
                self.draft.fault(rules.FIELD_UNKNOWN, where)
            elif name in resolved:
                self.draft.fault(rules.FIELD_REPEATED, where)
            resolved[name or key] = self.extension(each, where)
        if resolved.keys() == _CARRIED:
            found, good = unpacked(resolved[CARRIER])
            if good:
                return found
            self.draft.fault(rules.FIELD_TYPE, path)
        return resolved
