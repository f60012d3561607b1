"""What a JSON-LD `@context` means to us: which namespace each prefix stands for.

All knowledge is bundled; a context is never fetched. A context may add names, never give EPCIS's
own names another meaning. Must not know events.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import orjson

from tracehub.errors import Reason
from tracehub.normalise import fields
from tracehub.normalise import rules_naming as rules
from tracehub.normalise.vocabulary import CBV_BASES, CBV_WEB, GS1_BASES, GS1_WEB
from tracehub.remember import LONGEST, remembered, size_of

_KNOWN: Final = frozenset(
    {
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        "https://ref.gs1.org/standards/epcis/2.0.0/query-schema.json",
    }
)
_OLD: Final = frozenset({"https://gs1.github.io/EPCIS/epcis-context.jsonld"})
_STANDARD: Final = {
    "cbv": CBV_WEB,
    "gs1": GS1_WEB,
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "epcis": "https://ref.gs1.org/epcis/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}
"""Prefixes that the standard context itself declares."""
_FIXED: Final = {"cbv": CBV_BASES, "gs1": GS1_BASES, "epcis": ("https://ref.gs1.org/epcis/",)}
"""Prefixes that a document may repeat but not bend: base addresses that mean the same."""
_RESERVED: Final = (
    fields.EVENT
    | fields.ERROR_DECLARATION
    | fields.SENSOR_ELEMENT
    | fields.REPORT
    | fields.METADATA.keys()
    | fields.QUANTITY
    | fields.ALLOWED.keys()
    | {"id", "set", "unset", "bizTransaction", "source", "destination"}
    | {"EPCISDocument", "EPCISQueryDocument", "epcisBody", "eventList", "queryResults"}
)
_MEMORY: Final = 256
_SEPARATORS: Final = "/#:"


class Scope:
    """The names that are in force at one place of a document.

    Attributes:
        names: keys that were met, in full; None of those without a namespace.
        changes, faults: what is to be said of the context, at `$.@context`.
    """

    def __init__(
        self, prefixes: dict[str, str], changes: tuple[Reason, ...], faults: tuple[Reason, ...]
    ) -> None:
        self._prefixes = prefixes
        self.names: dict[str, str | None] = {}
        self.changes = changes
        self.faults = faults

    def name(self, key: str) -> str | None:
        """A key as `{namespace}local`; None when it has no namespace."""
        try:
            return self.names[key]
        except KeyError:
            found = self._resolve(key)
            if size_of((key, found)) <= LONGEST:
                if len(self.names) >= _MEMORY:
                    self.names.clear()
                self.names[key] = found
            return found

    def inside(self, context: Any) -> Scope:
        """The scope within an object that has a context of its own."""
        added = scope_of(context)
        return Scope(
            {**self._prefixes, **added._prefixes},  # noqa: SLF001 - another of the same class
            self.changes + added.changes,
            self.faults + added.faults,
        )

    def _resolve(self, key: str) -> str | None:
        prefix, colon, local = key.partition(":")
        if not colon:
            return _split(self._prefixes.get(key, _STANDARD.get(key, "")))
        if local.startswith("//"):
            return _split(key)
        base = self._prefixes.get(prefix) or _STANDARD.get(prefix)
        return f"{{{base}}}{local}" if base and local else None


class _Declared(NamedTuple):
    prefixes: dict[str, str]
    changes: list[Reason]
    faults: list[Reason]


def scope_of(context: Any) -> Scope:
    """Read the value of an `@context`; equal ones are read once."""
    return _scope(orjson.dumps(context))


@remembered(256, longest=4096)
def _scope(packed: bytes) -> Scope:
    context = orjson.loads(packed)
    declared = _Declared({}, [], [])
    for entry in context if isinstance(context, list) else [context]:
        if isinstance(entry, dict):
            for term, meaning in entry.items():
                _declare(declared, term, meaning)
        elif not isinstance(entry, str):
            declared.faults.append(rules.CONTEXT_SHAPE.at("$.@context"))
        elif entry in _OLD:
            declared.changes.append(rules.CONTEXT_OLD.at("$.@context"))
        elif entry not in _KNOWN:
            declared.changes.append(rules.CONTEXT_UNKNOWN.at("$.@context"))
    return Scope(declared.prefixes, tuple(declared.changes), tuple(declared.faults))


def _declare(declared: _Declared, term: str, meaning: Any) -> None:
    """Take one term of a context, or say why not."""
    if isinstance(meaning, dict):
        meaning = meaning.get("@id")
    if term.startswith("@"):
        declared.changes.append(rules.CONTEXT_KEYWORD.at("$.@context"))
    elif term in _RESERVED or (term in _FIXED and meaning not in _FIXED[term]):
        declared.faults.append(rules.CONTEXT_REDEFINES.at("$.@context"))
    elif not isinstance(meaning, str) or "}" in meaning or not meaning:
        declared.faults.append(rules.CONTEXT_SHAPE.at("$.@context"))
    else:
        declared.prefixes[term] = meaning


def _split(address: str) -> str | None:
    """A full name `http://ns/x` as `{http://ns/}x`."""
    cut = max(address.rfind(separator) for separator in _SEPARATORS) + 1
    local = address[cut:]
    return f"{{{address[:cut]}}}{local}" if cut and local and "}" not in address else None
