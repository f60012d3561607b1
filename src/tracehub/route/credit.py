"""Credit: which party is on which list, from when until when; a table of entries with sources.

It is the operator's data and part of the rules' version. A listed party's events are never held
back: rules give them more receivers while an entry is valid at `occurred_at`. Must not read files
or know who receives anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any, Final, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tracehub.codes import uscc
from tracehub.errors import ConfigError
from tracehub.model.event import Event, Header

_REQUIRED: Final = ("party", "list", "valid_from", "source")
_KEYS: Final = (*_REQUIRED, "valid_until")
_CHANGE: Final = "credit-change"
_ACTIONS: Final = {"listed": False, "removed": True, "repaired": True}
"""Those that change the table, and whether they end an entry."""
_DAY_MS: Final = 86_400_000


class Entry(NamedTuple):
    """One party on one list. `valid_until` is 0 while no end is known; instants are ms, UTC."""

    party: str
    list: str
    valid_from: int
    valid_until: int
    source: str

    def holds_at(self, instant_ms: int) -> bool:
        """Is it valid then? The end does not belong to it."""
        return self.valid_from <= instant_ms < (self.valid_until or instant_ms + 1)


class Change(NamedTuple):
    """What a credit system decided: `entry` begins, or what holds of its list then ends."""

    entry: Entry
    ends: bool

    @property
    def party(self) -> str:
        """Whom it is about."""
        return self.entry.party

    def made(self, entries: set[Entry]) -> set[Entry]:
        """The entries of that party after it."""
        if not self.ends:
            return {*entries, self.entry}
        _, name, since, _, _ = self.entry
        return {
            each._replace(valid_until=since) if each.list == name and each.holds_at(since) else each
            for each in entries
        }


def change_in(event: Event) -> Change | None:
    """The change that an event tells; None when it is none, or corrects one.

    `listed` begins an entry; `removed` and `repaired` end those that hold then.
    """
    if _CHANGE not in event.header.kinds or event.header.correction != "none":
        return None
    decision = event.regulator["body"]["decision"] if event.regulator else None
    if decision is None or decision["action"] not in _ACTIONS:
        return None
    last_day = _instant(decision, "valid_until")
    entry = Entry(
        uscc.parse(decision["subject"]).normal,
        decision["list"] or "",
        _instant(decision, "valid_from") or event.header.occurred_at,
        last_day + _DAY_MS if last_day else 0,
        decision["number"] or event.header.event_id,
    )
    return Change(entry, ends=_ACTIONS[decision["action"]])


class Credit:
    """All entries, by party."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries = tuple(sorted(entries))
        self._by_party: dict[str, list[Entry]] = {}
        for each in self.entries:
            self._by_party.setdefault(each.party, []).append(each)

    def lists(self, header: Header) -> frozenset[str]:
        """The lists that any party of an event was on when it occurred."""
        return frozenset(
            entry.list
            for party in header.parties
            for entry in self._by_party.get(party.id, ())
            if entry.holds_at(header.occurred_at)
        )

    @cached_property
    def version(self) -> bytes:
        """Equal exactly when the entries are."""
        return hashlib.sha256(repr(self.entries).encode()).digest()

    def with_changes(self, changes: Iterable[Change]) -> Credit:
        """The table after credit changes, in their order; itself when they change nothing."""
        by_party = {party: set(found) for party, found in self._by_party.items()}
        for each in changes:
            by_party[each.party] = each.made(by_party.get(each.party, set()))
        entries = tuple(sorted(chain.from_iterable(by_party.values())))
        return self if entries == self.entries else Credit(entries)


NOBODY: Final = Credit()
"""The table without entries."""


def load_credit(text: str, origin: str) -> Credit:
    """Read a credit table; `docs/rules-file.md` has an example.

    Raises:
        ConfigError: one line per fault; the text names file and line.
    """
    try:
        tree = YAML(typ="rt").load(text)
    except YAMLError as error:
        raise ConfigError(f"{origin}: not YAML: {error}") from None
    rows = tree.get("parties") if isinstance(tree, Mapping) else None
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise ConfigError(f"{origin}:1: a credit table is a mapping with a list under 'parties'")
    entries, faults = [], []
    for at, row in enumerate(rows):
        try:
            entries.append(_entry(row))
        except ValueError as error:
            line = rows.lc.item(at)[0] + 1 if hasattr(rows, "lc") else 1
            faults.append(f"{origin}:{line}: {error}")
    if faults:
        raise ConfigError("\n".join(faults))
    return Credit(entries)


def _entry(row: Any) -> Entry:
    """One entry.

    Raises:
        ValueError: what is wrong with it.
    """
    if not isinstance(row, Mapping):
        raise ValueError("an entry is a mapping")  # noqa: TRY004 - gathered with the others
    unknown = [str(key) for key in row if key not in _KEYS]
    missing = [key for key in _REQUIRED if not row.get(key)]
    if unknown or missing:
        raise ValueError(
            f"unknown key {unknown[0]!r}; known: {', '.join(_KEYS)}"
            if unknown
            else f"the entry has no {' and no '.join(missing)}"
        )
    party = uscc.parse(str(row["party"]))
    if party.check != "valid":
        raise ValueError(f"party {party.source!r} is no valid USCC; quote its 18 characters")
    since, until = _instant(row, "valid_from"), _instant(row, "valid_until")
    if until and until <= since:
        raise ValueError("valid_until is not after valid_from")
    return Entry(party.normal, str(row["list"]), since, until, str(row["source"]))


def _instant(row: Mapping[str, Any], key: str) -> int:
    """Milliseconds; 0 when it is not given."""
    given = row.get(key)
    if given is None:
        return 0
    found = datetime.fromisoformat(str(given)) if isinstance(given, str) else None
    if found is None or found.tzinfo is None:
        raise ValueError(f"{key} is an instant in quotes with its offset, '2026-09-24T00:00+08:00'")
    return round(found.timestamp() * 1000)
