"""Regions, 行政区划代码 (GB/T 2260): six digits, each valid for a stretch of time.

Codes come and go: a code is asked for at the time of its event. A code that is not known falls
back to the longest prefix that is. Must not know where a code stood, nor read files.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from tracehub.codes.code import Layout
from tracehub.errors import ConfigError

SCHEME: Final = "gb2260"
LAYOUT: Final = Layout(
    SCHEME,
    (("province", 2), ("prefecture", 2), ("county", 2)),
    re.compile(r"[0-9]{6}"),
    "six digits",
    " 6 位数字",
)
REGION_COLUMNS: Final = ("code", "name", "valid_from", "valid_to", "source")
SUCCESSOR_COLUMNS: Final = ("code", "successor", "since", "source")
_MONTH: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_LENGTHS: Final = (4, 2)
PROVINCES: Final = frozenset(
    f"{first}{last}"
    for first, lasts in (
        ("1", "12345"),
        ("2", "123"),
        ("3", "1234567"),
        ("4", "123456"),
        ("5", "01234"),
        ("6", "12345"),
        ("7", "1"),
        ("8", "12"),
    )
    for last in lasts
)
"""The first two digits of the 34 units of the first level."""

Status = Literal["in-force", "abolished", "not-yet", "unknown", "province-unknown"]


class Span(NamedTuple):
    """One code with one name over one stretch of time, `valid_from` <= month < `valid_to`.

    Months are `YYYY-MM`; empty: since the first list, or in force.
    """

    code: str
    name: str
    valid_from: str
    valid_to: str
    source: str

    @property
    def order(self) -> tuple[str, str]:
        """By code, then by time."""
        return (self.code, self.valid_from)

    def holds(self, month: str) -> bool:
        """True in a month of its stretch."""
        return self.valid_from <= month and (not self.valid_to or month < self.valid_to)


class Successor(NamedTuple):
    """Where the territory of a code belongs from a month on."""

    code: str
    successor: str
    since: str
    source: str


class Found(NamedTuple):
    """What the table says about a code at a time.

    Attributes:
        status: `abolished` and `not-yet` are codes of another time; of `unknown` ones only what
            they are routed by is known; of `province-unknown` nothing.
        name: its name then, or the last one it had, or the first it will have.
        routed_by: the code itself when it is in force, else the nearest one above that was then.
        successors: codes that its territory belongs to by then, as far as a source says so.
    """

    code: str
    status: Status
    name: str
    routed_by: str
    successors: tuple[Successor, ...] = ()


class RegionTable:
    """Every code with its stretches of time.

    Attributes:
        version: 4 bytes that differ when the content differs.
    """

    def __init__(self, spans: Iterable[Span], successors: Iterable[Successor] = ()) -> None:
        self._spans: dict[str, list[Span]] = {}
        self._successors: dict[str, list[Successor]] = {}
        digest = hashlib.sha256()
        for span in sorted(spans, key=lambda each: each.order):
            self._spans.setdefault(span.code, []).append(span)
            digest.update("\0".join(span).encode() + b"\n")
        for each in sorted(successors):
            self._successors.setdefault(each.code, []).append(each)
            digest.update("\0".join(each).encode() + b"\n")
        self.version = digest.digest()[:4]

    def __len__(self) -> int:
        return len(self._spans)

    def codes(self) -> Iterable[str]:
        """Every code, in order."""
        return self._spans.keys()

    def ever(self, code: str) -> bool:
        """True for a code that any list holds: so regions inside other codes are judged."""
        return code in self._spans

    def spans(self, code: str) -> Sequence[Span]:
        """Every stretch of a code, in order of time."""
        return tuple(self._spans.get(code, ()))

    def holds(self, code: str, month: str) -> bool:
        """True for a code that is in force in a month (`YYYY-MM`)."""
        for span in self._spans.get(code, ()):  # noqa: SIM110 - a generator costs more than this
            if span.holds(month):
                return True
        return False

    def at(self, code: str, month: str) -> Found:
        """What a code of six digits is in a month (`YYYY-MM`)."""
        spans = self._spans.get(code, ())
        for span in spans:
            if span.holds(month):
                return Found(code, "in-force", span.name, code)
        above = self._above(code, month)
        if not spans:
            return Found(code, "unknown" if above else "province-unknown", "", above)
        before = [span for span in spans if span.valid_to and span.valid_to <= month]
        if not before:
            return Found(code, "not-yet", spans[0].name, above)
        return Found(code, "abolished", before[-1].name, above, self._followed(code, month))

    def _above(self, code: str, month: str) -> str:
        """The nearest code above that was in force then; else the nearest that ever was."""
        above = [code[:length].ljust(6, "0") for length in _LENGTHS]
        known = [each for each in above if each in self._spans]
        then = (each for each in known if any(span.holds(month) for span in self._spans[each]))
        return next(then, next(iter(known), ""))

    def _followed(self, code: str, month: str) -> tuple[Successor, ...]:
        return tuple(each for each in self._successors.get(code, ()) if each.since <= month)


@cache
def bundled() -> RegionTable:
    """The table that ships with tracehub (`codes/data`, where its sources are said)."""
    return RegionTable(load_regions(_data("regions.csv"), "regions.csv"), bundled_successors())


@cache
def bundled_successors() -> tuple[Successor, ...]:
    """The successors that ship with tracehub."""
    return load_successors(_data("successors.csv"), "successors.csv")


def _data(name: str) -> str:
    return resources.files("tracehub.codes").joinpath("data", name).read_text("utf-8")


def load_regions(text: str, origin: str) -> tuple[Span, ...]:
    """Read a table of regions: CSV with the columns of `REGION_COLUMNS`.

    Raises:
        ConfigError: a line is not as it must be, a stretch is empty, two of one code overlap, or
            one has no province; the text names file and line.
    """
    found: dict[str, list[tuple[int, Span]]] = {}
    for line, row in _rows(text, origin, REGION_COLUMNS):
        span = Span(*(row[name] for name in REGION_COLUMNS))
        _check_code(span.code, f"{origin}:{line}")
        for month in (span.valid_from, span.valid_to):
            if month and not _MONTH.fullmatch(month):
                raise ConfigError(f"{origin}:{line}: {month!r} is no month; write YYYY-MM")
        if span.valid_to and span.valid_to <= span.valid_from:
            raise ConfigError(
                f"{origin}:{line}: {span.code} ends at {span.valid_to}, not after it begins"
            )
        found.setdefault(span.code, []).append((line, span))
    for code, numbered in found.items():
        numbered.sort(key=lambda each: each[1].order)
        for (_, one), (line, other) in pairwise(numbered):
            if not one.valid_to or other.valid_from < one.valid_to:
                raise ConfigError(
                    f"{origin}:{line}: {code} {other.name} overlaps {one.name}; end one of them"
                )
    for code, numbered in found.items():
        if code[:2].ljust(6, "0") not in found:
            raise ConfigError(
                f"{origin}:{numbered[0][0]}: {code} is in no province of the table; add it"
            )
    return tuple(span for numbered in found.values() for _, span in numbered)


def load_successors(text: str, origin: str) -> tuple[Successor, ...]:
    """Read a table of successors: CSV with the columns of `SUCCESSOR_COLUMNS`.

    Raises:
        ConfigError: a line is not as it must be; the text names file and line.
    """
    found = []
    for line, row in _rows(text, origin, SUCCESSOR_COLUMNS):
        each = Successor(*(row[name] for name in SUCCESSOR_COLUMNS))
        for code in (each.code, each.successor):
            _check_code(code, f"{origin}:{line}")
        if not _MONTH.fullmatch(each.since):
            raise ConfigError(f"{origin}:{line}: {each.since!r} is no month; write YYYY-MM")
        found.append(each)
    return tuple(found)


def dump_regions(spans: Iterable[Span]) -> str:
    """The text that `load_regions()` reads."""
    lines = [
        ",".join(REGION_COLUMNS),
        *(",".join(span) for span in sorted(spans, key=lambda each: each.order)),
    ]
    return "\n".join(lines) + "\n"


def _check_code(code: str, where: str) -> None:
    if not LAYOUT.pattern.fullmatch(code):
        raise ConfigError(f"{where}: {code!r} is no region code; write six digits of GB/T 2260")


def _rows(
    text: str, origin: str, columns: Sequence[str]
) -> Iterable[tuple[int, Mapping[str, str]]]:
    """Line number and fields of every row; a row without a source is refused."""
    reader = csv.DictReader(text.removeprefix("\ufeff").splitlines(), restkey="more")
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise ConfigError(
            f"{origin}:1: the column {missing[0]} is missing; the first line is {','.join(columns)}"
        )
    for row in reader:
        if "more" in row or None in row.values():
            raise ConfigError(
                f"{origin}:{reader.line_num}: expected {len(reader.fieldnames or ())} fields"
            )
        if not row["source"].strip():
            raise ConfigError(f"{origin}:{reader.line_num}: every row says its source")
        yield reader.line_num, row
