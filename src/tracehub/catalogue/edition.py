"""Edition: the national list and the local lists that hold at one time, checked against each other.

A local list may add and tighten, never contradict. An edition never changes: another list makes
another edition, with another version. Must not know any event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Final, NamedTuple

import orjson

from tracehub.catalogue.entry import (
    LEVELS,
    NATIONAL,
    OBLIGATIONS,
    Entry,
    ProductList,
    Requirement,
    Sensitive,
)
from tracehub.catalogue.load import load_list
from tracehub.errors import ConfigError
from tracehub.model.event import SECTIONS
from tracehub.remember import Memory

_DAY_MS: Final = 86_400_000
_BEIJING_MS: Final = 8 * 3_600_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC).date()
_MEMORY: Final = 10_000


class Terms(NamedTuple):
    """What is asked of an event.

    Attributes:
        active: the category is in force at that place and day.
        requirements: all that hold, each with the name of its list.
    """

    active: bool
    requirements: tuple[tuple[Requirement, str], ...]


class _Layer(NamedTuple):
    """One entry, ready to be asked whether it holds."""

    prefix: str
    first_day: int
    end_day: int
    active: bool
    entry: Entry
    name: str

    def holds(self, region: str, day: int) -> bool:
        return region.startswith(self.prefix) and self.first_day <= day < self.end_day


@dataclass(frozen=True, eq=False)
class Edition:
    """Lists in force together, the national one first.

    Attributes:
        version: 4 bytes that differ when a list's text differs; stamped on every event.
    """

    lists: tuple[ProductList, ...]
    version: bytes = field(init=False)
    _layers: Mapping[str, tuple[_Layer, ...]] = field(init=False)
    _products: tuple[tuple[str, _Layer], ...] = field(init=False)
    _terms: Mapping[tuple[str, str, int, str], Terms] = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256()
        for each in self.lists:
            digest.update(f"{each.name}\0{each.text}\0".encode())
        object.__setattr__(self, "version", digest.digest()[:4])
        layers: dict[str, list[_Layer]] = {}
        for listed in self.lists:
            for entry in listed.entries:
                layers.setdefault(entry.category, []).append(_layer(listed, entry))
        object.__setattr__(self, "_layers", {name: tuple(each) for name, each in layers.items()})
        products = [
            (prefix, layer)
            for each in layers.values()
            for layer in each
            for prefix in layer.entry.products
        ]
        object.__setattr__(self, "_products", tuple(products))
        object.__setattr__(self, "_terms", Memory(self._asked, _MEMORY))

    def terms(self, category: str, region: str, occurred_at: int, step: str) -> Terms:
        """What is asked of an event of a category and region, on its day, at a business step."""
        day = (occurred_at + _BEIJING_MS) // _DAY_MS
        return self._terms[category, region, day, step]

    def _asked(self, of: tuple[str, str, int, str]) -> Terms:
        category, region, day, step = of
        holding = [each for each in self._layers.get(category, ()) if each.holds(region, day)]
        asked = tuple(
            (each, layer.name)
            for layer in holding
            for each in layer.entry.requirements
            if not each.at or step in each.at
        )
        return Terms(any(each.active for each in holding), asked)

    def category_of(self, product: str, region: str, occurred_at: int) -> str:
        """The category that lists the longest beginning of a product's normal form, or nothing."""
        day = (occurred_at + _BEIJING_MS) // _DAY_MS
        fitting = [
            (len(prefix), layer.entry.category)
            for prefix, layer in self._products
            if product.startswith(prefix) and layer.holds(region, day)
        ]
        return max(fitting)[1] if fitting else ""

    @property
    def lists_products(self) -> bool:
        """True when a product may be listed by its code."""
        return bool(self._products)

    @property
    def sensitive(self) -> Iterator[tuple[str, Sensitive]]:
        """Every field that a list keeps from someone, with its category."""
        for listed in self.lists:
            for entry in listed.entries:
                for each in entry.sensitive:
                    yield entry.category, each

    def dump(self) -> bytes:
        """The lists as they are kept on the log."""
        return orjson.dumps([[each.origin, each.text] for each in self.lists])


def load_edition(value: bytes) -> Edition:
    """Read `Edition.dump()` back."""
    return compose(load_list(text, origin) for origin, text in orjson.loads(value))


def compose(lists: Iterable[ProductList]) -> Edition:
    """An edition of lists that agree with each other.

    Raises:
        ConfigError: there is not one national list, a list is there twice, or one contradicts
            another; each line names both entries.
    """
    found = sorted(lists, key=lambda each: (each.id != NATIONAL, each.id))
    faults = [
        f"{two.origin}: {two.name} is a second list of {one.id} beside {one.origin}; keep one"
        for one, two in pairwise(found)
        if one.id == two.id
    ]
    if not found or found[0].id != NATIONAL:
        faults.append("there is no national list; give one with 'list: national'")
    for index, listed in enumerate(found):
        above = [each for each in found[:index] if _within(listed.id, each.id)]
        faults += [fault for other in above for fault in _contradictions(listed, other)]
    if faults:
        raise ConfigError("\n".join(faults))
    return Edition(tuple(found))


@cache
def bundled() -> ProductList:
    """The national list that ships with tracehub."""
    text = resources.files("tracehub.catalogue").joinpath("data", "national.yaml")
    return load_list(text.read_text("utf-8"), "national.yaml")


@cache
def bundled_edition() -> Edition:
    """The edition of the bundled list alone."""
    return compose([bundled()])


def prefix_of(list_id: str) -> str:
    """The digits that a region within a list's region begins with."""
    if list_id == NATIONAL:
        return ""
    return list_id.removesuffix("00").removesuffix("00")


def _within(list_id: str, other: str) -> bool:
    return list_id != other and prefix_of(list_id).startswith(prefix_of(other))


def _layer(listed: ProductList, entry: Entry) -> _Layer:
    first = (date.fromisoformat(entry.valid_from) - _EPOCH).days if entry.valid_from else -(2**62)
    end = (date.fromisoformat(entry.valid_until) - _EPOCH).days if entry.valid_until else 2**62
    active = entry.scope == "national"
    return _Layer(prefix_of(listed.id), first, end, active, entry, listed.name)


def _contradictions(local: ProductList, above: ProductList) -> Iterator[str]:
    """Where a list allows what one above it does not."""
    for entry in local.entries:
        for other in above.entries:
            if entry.category == other.category and _overlap(entry, other):
                yield from _between(entry, other)


def _between(entry: Entry, other: Entry) -> Iterator[str]:
    if entry.obligation and OBLIGATIONS.index(entry.obligation) < OBLIGATIONS.index(
        other.obligation or OBLIGATIONS[0]
    ):
        named = f"{entry.category} is {entry.obligation}"
        yield _clash(entry.where, named, other.where, other.obligation)
    asked = {each.subject: each for each in other.requirements}
    for each in entry.requirements:
        against = asked.get(each.subject)
        if against is None:
            continue
        more = sorted(set(each.names) - set(against.names))
        if more:
            yield _clash(
                each.where, f"{each.asked} {more[0]} is allowed", against.where, "it is not"
            )
        if LEVELS.index(each.level) < LEVELS.index(against.level) and _meet(each, against):
            named = f"{each.asked} {each.names[0]} has the level {each.level}"
            yield _clash(each.where, named, against.where, against.level)
    open_to = {each.field: each for each in other.sensitive}
    for kept in entry.sensitive:
        before = open_to.get(kept.field)
        if before and SECTIONS.index(kept.section) < SECTIONS.index(before.section):
            yield _clash(
                kept.where, f"{kept.field} is {kept.section}", before.where, before.section
            )


def _clash(where: str, what: str, other: str, instead: str) -> str:
    return (
        f"{where}: {what}, but by {other}: {instead}; a local list may add and tighten, never "
        "contradict"
    )


def _overlap(one: Entry, two: Entry) -> bool:
    """True when both hold on some day."""
    return (not one.valid_until or two.valid_from < one.valid_until) and (
        not two.valid_until or one.valid_from < two.valid_until
    )


def _meet(one: Requirement, two: Requirement) -> bool:
    """True when both speak at some business step."""
    return not one.at or not two.at or not one.at.isdisjoint(two.at)
