"""Plain events -> one EPCIS 2.0 document in JSON-LD; `epcis_json.py` reads it back the same.

Must not know what makes an event valid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from tracehub.normalise.formats.carried import CARRIER, pack
from tracehub.normalise.formats.json_context import Scope, scope_of
from tracehub.normalise.plain import HUB_NAMESPACE, PlainEvent

CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_KNOWN: Final = {HUB_NAMESPACE: "tracehub", "urn:epcglobal:cbv:mda:": "cbvmda"}
_STANDARD: Final = frozenset({"cbvmda"})
"""Prefixes that the standard context declares itself."""


def write_json(events: Sequence[PlainEvent], created: str) -> bytes:
    """A document of these events.

    Args:
        events: plain events.
        created: the document's own time, ISO 8601.
    """
    prefixes = _prefixes(events)
    declared = {name: space for space, name in prefixes.items() if name not in _STANDARD}
    context: list[Any] = [CONTEXT, declared] if declared else [CONTEXT]
    names = _Names(prefixes, scope_of(context))
    document = {
        "@context": context,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": created,
        "epcisBody": {"eventList": [names.fields(event) for event in events]},
    }
    return orjson.dumps(document)


class _Names:
    """Writes `{namespace}local` as a prefixed name."""

    def __init__(self, prefixes: Mapping[str, str], scope: Scope) -> None:
        self._prefixes = prefixes
        self._scope = scope

    def fields(self, holder: Mapping[str, Any]) -> dict[str, Any]:
        """An object of standard fields and extensions."""
        written = {}
        for key, value in holder.items():
            if key.startswith("{"):
                written[self._name(key)] = self._extension(value)
            elif value.__class__ is list:
                written[key] = [
                    self.fields(each) if each.__class__ is dict else each for each in value
                ]
            else:
                written[key] = self.fields(value) if value.__class__ is dict else value
        return written

    def _extension(self, value: Any) -> Any:
        return self._resolved(value) if self._can_say(value) else {"tracehub:json": pack(value)}

    def _resolved(self, value: Any) -> Any:
        if value.__class__ is list:
            return [self._resolved(each) for each in value]
        if value.__class__ is not dict:
            return value
        return {self._name(key): self._resolved(each) for key, each in value.items()}

    def _can_say(self, value: Any) -> bool:
        """Whether every key in a value comes back as itself."""
        if value.__class__ is list:
            return all(map(self._can_say, value))
        if value.__class__ is not dict:
            return True
        return CARRIER not in value and all(
            self._comes_back(key) and self._can_say(each) for key, each in value.items()
        )

    def _comes_back(self, key: str) -> bool:
        if key.startswith("{"):
            return self._scope.name(self._name(key)) == key
        return not key.startswith("@") and ":" not in key and self._scope.name(key) is None

    def _name(self, key: str) -> str:
        if not key.startswith("{"):
            return key
        namespace, _, name = key[1:].rpartition("}")
        return f"{self._prefixes[namespace]}:{name}"


def _prefixes(events: Sequence[PlainEvent]) -> dict[str, str]:
    """A prefix for every namespace, the same for the same events."""
    spaces = dict.fromkeys((HUB_NAMESPACE, *sorted(set(_spaces(list(events))))))
    others = (space for space in spaces if space not in _KNOWN)
    return {**_KNOWN, **{space: f"ext{number}" for number, space in enumerate(others, 1)}}


def _spaces(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _spaces(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key.startswith("{"):
                yield key[1:].rpartition("}")[0]
            yield from _spaces(each)
