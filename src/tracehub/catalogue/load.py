"""A product list in YAML -> entries; every fault in one go, with its line and column.

The format is in `docs/catalogue.md`. Must not read files: the text comes in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from tracehub.catalogue.entry import (
    IDENTIFIERS,
    LEVELS,
    NATIONAL,
    OBLIGATIONS,
    SCOPES,
    Asked,
    Entry,
    ProductList,
    Requirement,
    Sensitive,
)
from tracehub.codes.region import LAYOUT, PROVINCES
from tracehub.codes.schemes import SCHEMES
from tracehub.errors import ConfigError
from tracehub.model.event import CATEGORIES, EVENT_TYPES, LOCAL_CATEGORIES, SECTIONS

_LIST: Final = {"list": True, "version": True, "title": True, "source": True, "entries": True}
_ENTRY: Final = {
    "category": True,
    "title": True,
    "source": True,
    "obligation": False,
    "valid_from": False,
    "valid_until": False,
    "products": False,
    "event_types": False,
    "codes": False,
    "identifiers": False,
    "fields": False,
    "sensitive": False,
}
_SET: Final = {"only": True, "at": False, "level": True, "source": True}
_NAME: Final = {"name": True, "at": False, "level": True, "source": True}
_SENSITIVE: Final = {"field": True, "section": True, "source": True}
"""Key -> whether it must be there."""
_FAMILIES: Final = (*SCHEMES, "person", "opaque")
_SETS: Final[Mapping[str, tuple[Asked, Collection[str]]]] = {
    "event_types": ("event-type", EVENT_TYPES),
    "codes": ("code-family", _FAMILIES),
}
_NAMES: Final[Mapping[str, tuple[Asked, Collection[str]]]] = {
    "identifiers": ("identifier", IDENTIFIERS),
    "fields": ("field", ()),
}


def load_list(text: str, origin: str) -> ProductList:
    """Read and check one list.

    Raises:
        ConfigError: one line per fault, `file:line:column: what is wrong`.
    """
    try:
        tree: Any = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigError(f"{origin}{where}: not YAML: {error.problem}") from None
    except YAMLError as error:
        raise ConfigError(f"{origin}: not YAML: {error}") from None
    reading = _Reading(origin)
    found = reading.list_of(tree, text)
    if reading.faults or found is None:
        raise ConfigError("\n".join(reading.faults))
    return found


class _Reading:
    """One list while it is read, and its faults."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.faults: list[str] = []

    def list_of(self, tree: Any, text: str) -> ProductList | None:
        if not self._has_keys(tree, _LIST, f"{self.origin}:1:1"):
            return None
        region = str(tree["list"])
        if region != NATIONAL and not (
            LAYOUT.pattern.fullmatch(region) and region[:2] in PROVINCES
        ):
            self._say(tree, "list", "write 'national', or six digits of a region, quoted")
        local = region != NATIONAL
        entries = [
            entry
            for row, where in self._rows(tree, "entries")
            if (entry := self._entry(row, where, local=local)) is not None
        ]
        title, source = str(tree["title"]), str(tree["source"])
        return ProductList(
            region, str(tree["version"]), title, source, tuple(entries), text, self.origin
        )

    def _entry(self, row: Any, where: str, *, local: bool) -> Entry | None:
        if not self._has_keys(row, _ENTRY, where):
            return None
        category = str(row["category"])
        if category not in CATEGORIES:
            self._say(row, "category", f"there is no category {category!r}")
        obligation = str(row.get("obligation", ""))
        if obligation not in OBLIGATIONS and not (local and not obligation):
            key = "obligation" if obligation else "category"
            self._say(row, key, f"give an obligation, one of {', '.join(OBLIGATIONS)}")
        days = [self._day(row, name) for name in ("valid_from", "valid_until")]
        only_local = not local and category in LOCAL_CATEGORIES
        return Entry(
            category,
            obligation,
            SCOPES[only_local],
            tuple(map(str, row.get("products", ()))),
            days[0],
            days[1],
            str(row["title"]),
            str(row["source"]),
            where,
            tuple(self._requirements(row)),
            tuple(self._sensitive(row)),
        )

    def _requirements(self, row: CommentedMap) -> Iterator[Requirement]:
        for key, (asked, known) in _SETS.items():
            if key in row:
                where = self._at(row, key)
                if self._has_keys(row[key], _SET, where):
                    yield self._requirement(row[key], asked, row[key]["only"], known, where)
        for key, (asked, known) in _NAMES.items():
            for each, where in self._rows(row, key):
                if self._has_keys(each, _NAME, where):
                    yield self._requirement(each, asked, [each["name"]], known, where)

    def _requirement(
        self, row: CommentedMap, asked: Asked, names: Any, known: Collection[str], where: str
    ) -> Requirement:
        texts = tuple(map(str, names)) if isinstance(names, list) else ()
        unknown = [each for each in texts if known and each not in known]
        if not texts or unknown:
            named = f"there is no {asked} {unknown[0]!r}" if unknown else "name at least one"
            self.faults.append(f"{where}: {named}; there are {', '.join(known)}")
        if row["level"] not in LEVELS:
            self._say(row, "level", f"write one of {', '.join(LEVELS)}")
        steps = frozenset(map(str, row.get("at", ())))
        return Requirement(asked, texts or ("",), steps, row["level"], str(row["source"]), where)

    def _sensitive(self, row: CommentedMap) -> Iterator[Sensitive]:
        for each, where in self._rows(row, "sensitive"):
            if self._has_keys(each, _SENSITIVE, where):
                if each["section"] not in SECTIONS:
                    self._say(each, "section", f"write one of {', '.join(SECTIONS)}")
                yield Sensitive(
                    str(each["field"]), str(each["section"]), str(each["source"]), where
                )

    def _rows(self, holder: CommentedMap, key: str) -> Iterator[tuple[Any, str]]:
        rows = holder.get(key, CommentedSeq())
        if not isinstance(rows, CommentedSeq):
            self._say(holder, key, "write a list")
            return
        for index, row in enumerate(rows):
            line, column = rows.lc.item(index)
            yield row, f"{self.origin}:{line + 1}:{column + 1}"

    def _has_keys(self, row: Any, known: Mapping[str, bool], where: str) -> bool:
        if not isinstance(row, CommentedMap):
            self.faults.append(f"{where}: write the keys {', '.join(known)}")
            return False
        missing = [name for name, needed in known.items() if needed and row.get(name) in (None, "")]
        strange = [str(name) for name in row if name not in known]
        self.faults += [f"{where}: {name} is missing" for name in missing]
        self.faults += [
            f"{self._at(row, name)}: there is no key {name!r}; there are {', '.join(known)}"
            for name in strange
        ]
        return not missing and not strange

    def _day(self, row: CommentedMap, name: str) -> str:
        value = row.get(name)
        if value is None:
            return ""
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            self._say(row, name, f"{value!r} is no day; write YYYY-MM-DD")
            return ""

    def _say(self, row: CommentedMap, key: str, fault: str) -> None:
        self.faults.append(f"{self._at(row, key)} {key}: {fault}")

    def _at(self, row: CommentedMap, key: str) -> str:
        line, column = row.lc.key(key)
        return f"{self.origin}:{line + 1}:{column + 1}"
