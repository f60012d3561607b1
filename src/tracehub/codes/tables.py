"""Code tables: what an operator declares about codes, versioned, each entry with its source.

Layouts that nobody published, patterns of companies' own codes, GS1 company prefixes, and the home
platform of a code. Must not read files: the text comes in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from tracehub.codes import epc
from tracehub.codes.code import Code, Layout
from tracehub.codes.gs1 import HOST, parse_link
from tracehub.errors import ConfigError

CONFIGURABLE: Final = ("tcm", "meat-vegetable", "cold-chain")
"""Schemes whose layout is data."""


class Home(NamedTuple):
    """The platform that knows the codes of a scheme that begin with a prefix, for a time."""

    scheme: str
    prefix: str
    connection: str
    source: str
    valid_from: str = ""
    valid_until: str = ""

    def holds(self, on: str) -> bool:
        """True on a day (`YYYY-MM-DD`)."""
        return self.valid_from <= on and (not self.valid_until or on < self.valid_until)


class CompanyPrefix(NamedTuple):
    """Codes that begin with these digits have a company prefix of so many digits."""

    prefix: str
    length: int
    source: str


class Pattern(NamedTuple):
    """How one company's own codes look."""

    scheme: str
    pattern: re.Pattern[str]
    source: str


@dataclass(frozen=True)
class CodeTables:
    """What is declared; empty when nothing is."""

    layouts: Mapping[str, Layout] = field(default_factory=dict)
    patterns: tuple[Pattern, ...] = ()
    company_prefixes: tuple[CompanyPrefix, ...] = ()
    homes: tuple[Home, ...] = ()

    def home(self, code: Code, on: str) -> Home | None:
        """The home of a code on a day; the longest prefix wins, None when none is known."""
        key = home_key(code)
        fitting = [
            each
            for each in self.homes
            if each.scheme == code.scheme and key.startswith(each.prefix) and each.holds(on)
        ]
        return max(fitting, key=lambda each: len(each.prefix), default=None)

    def urn(self, code: Code) -> str | None:
        """The EPC URN of a GS1 code: as it was received, or by a declared company prefix.

        None when neither says where the prefix ends; that is never guessed.
        """
        if code.source.startswith("urn:epc:"):
            return code.source
        link = parse_link(code.uri)
        if link is None:
            return None
        digits = epc.prefixed(link)
        known = [each for each in self.company_prefixes if digits.startswith(each.prefix)]
        best = max(known, key=lambda each: len(each.prefix), default=None)
        return None if best is None else epc.to_urn(link, best.length)


def home_key(code: Code) -> str:
    """What a prefix of the home table begins; of a GS1 key, its digits from the company prefix."""
    if not code.uri.startswith(HOST):
        return code.normal
    link = parse_link(code.uri)
    return "" if link is None else epc.prefixed(link)


_KEYS: Final = {
    "layouts": ("scheme", "parts", "source"),
    "patterns": ("scheme", "pattern", "source"),
    "company_prefixes": ("prefix", "length", "source"),
    "homes": ("scheme", "prefix", "connection", "source", "valid_from", "valid_until"),
}
_OPTIONAL: Final = frozenset({"valid_from", "valid_until"})


def load_code_tables(text: str, origin: str) -> CodeTables:
    """Read the YAML that `docs/codes.md` describes.

    Raises:
        ConfigError: a line for each fault, with file, line and column.
    """
    try:
        tree: Any = YAML(typ="rt").load(text)
    except YAMLError as error:
        raise ConfigError(f"{origin}: not YAML: {error}") from None
    if tree is None:
        return CodeTables()
    if not isinstance(tree, CommentedMap):
        raise ConfigError(f"{origin}:1:1: write the tables {', '.join(_KEYS)}")
    faults: list[str] = []
    found = {name: list(_entries(tree, name, origin, faults)) for name in _KEYS}
    faults += [
        f"{_at(tree, name, origin)}: there is no table {name!r}; there are {', '.join(_KEYS)}"
        for name in tree
        if name not in _KEYS
    ]
    tables = _built(found, faults)
    if faults:
        raise ConfigError("\n".join(faults))
    return tables


def _entries(
    tree: CommentedMap, name: str, origin: str, faults: list[str]
) -> Iterable[tuple[str, Mapping[str, str]]]:
    """Where each entry stands, and its fields as text; what is wrong goes to `faults`."""
    rows = tree.get(name, [])
    if not isinstance(rows, list):
        faults.append(f"{_at(tree, name, origin)}: write a list of entries")
        return
    for index, row in enumerate(rows):
        line, column = rows.lc.item(index) if isinstance(rows, CommentedSeq) else (0, 0)
        where = f"{origin}:{line + 1}:{column + 1} {name}[{index}]"
        keys = _KEYS[name]
        if not isinstance(row, Mapping) or not set(row) <= set(keys):
            faults.append(f"{where}: write {', '.join(keys)}")
            continue
        missing = [key for key in keys if key not in row and key not in _OPTIONAL]
        if missing:
            faults.append(f"{where}: {missing[0]} is missing")
            continue
        yield where, {key: value if key == "parts" else str(value) for key, value in row.items()}


def _built(
    found: Mapping[str, list[tuple[str, Mapping[str, Any]]]], faults: list[str]
) -> CodeTables:
    layouts: dict[str, Layout] = {}
    for where, row in found["layouts"]:
        layout = _layout(row, where, faults)
        if layout is not None:
            layouts[layout.scheme] = layout
    patterns = []
    for where, row in found["patterns"]:
        try:
            patterns.append(Pattern(row["scheme"], re.compile(row["pattern"]), row["source"]))
        except re.error as error:
            faults.append(f"{where}: {row['pattern']!r} is no pattern: {error}")
    prefixes = []
    for where, row in found["company_prefixes"]:
        if not (row["prefix"].isdecimal() and row["length"].isdecimal()):
            faults.append(f"{where}: prefix and length are digits; quote the prefix")
        else:
            prefixes.append(CompanyPrefix(row["prefix"], int(row["length"]), row["source"]))
    for where, row in found["homes"]:
        _check_days(row, where, faults)
    homes = tuple(Home(**row) for _, row in found["homes"])
    return CodeTables(layouts, tuple(patterns), tuple(prefixes), homes)


def _layout(row: Mapping[str, Any], where: str, faults: list[str]) -> Layout | None:
    parts = row["parts"]
    if row["scheme"] not in CONFIGURABLE:
        faults.append(f"{where}: the layout of {row['scheme']} is no table; only of {CONFIGURABLE}")
        return None
    if not isinstance(parts, Mapping) or not all(
        type(length) is int and length > 0 for length in parts.values()
    ):
        faults.append(f"{where}: parts are a name and a number of characters each")
        return None
    length = sum(parts.values())
    words = f"{length} digits"
    return Layout(
        row["scheme"],
        tuple((str(name), size) for name, size in parts.items()),
        re.compile(f"[0-9]{{{length}}}"),
        words,
        f" {length} 位数字",
    )


def _check_days(row: Mapping[str, str], where: str, faults: list[str]) -> None:
    for name in _OPTIONAL & row.keys():
        try:
            date.fromisoformat(row[name])
        except ValueError:
            faults.append(f"{where}: {name} {row[name]!r} is no day; write YYYY-MM-DD")


def _at(tree: CommentedMap, name: str, origin: str) -> str:
    line, column = tree.lc.key(name)
    return f"{origin}:{line + 1}:{column + 1}"
