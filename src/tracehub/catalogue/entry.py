"""A product list as it was written: entries of categories, each with what it asks for.

Must not know how lists are combined, nor any event.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

NATIONAL: Final = "national"
"""The id of the national list; that of a local one is its region."""

Level = Literal["note", "refuse"]
"""What follows when an event does not have what is asked for: it is named, or the event refused."""
LEVELS: Final[tuple[Level, ...]] = ("note", "refuse")
OBLIGATIONS: Final = ("encouraged", "key")
"""鼓励 and 重点, in rising order."""
SCOPES: Final = ("national", "local")

IDENTIFIERS: Final = (
    "product",
    "serial",
    "batch",
    "quantity",
    "party",
    "place",
    "origin-region",
    "destination-region",
    "transaction",
    "certificate",
)
"""What an event may be asked to be identified by."""

Asked = Literal["event-type", "code-family", "identifier", "field"]


class Requirement(NamedTuple):
    """One thing that a list asks of the events of a category.

    Attributes:
        asked: what sort of thing.
        names: the allowed event types or code families, or the one identifier or field.
        at: only at these business steps; at every one when empty.
        level: what follows when it is not there.
        source: the text it comes from; `design choice` where there is none.
        where: file, line and column, or the offset of the record.
    """

    asked: Asked
    names: tuple[str, ...]
    at: frozenset[str]
    level: Level
    source: str
    where: str

    @property
    def subject(self) -> tuple[str, str]:
        """What two lists must agree on: a set of names has one subject, each other name its own."""
        return self.asked, "" if self.asked in {"event-type", "code-family"} else self.names[0]


class Sensitive(NamedTuple):
    """A field that nobody may see who may see less than a section."""

    field: str
    section: str
    source: str
    where: str


class Entry(NamedTuple):
    """What a list says of one category.

    Attributes:
        category: its slug.
        obligation: one of `OBLIGATIONS`; empty in a local list that leaves it as it is.
        scope: `national`, or `local`: in force only where a local list has the category.
        products: beginnings of normal forms that are of this category.
        valid_from, valid_until: days, `valid_from` <= day < `valid_until`; empty: open.
        title: the scope of products in words.
        source: the text it comes from.
        where: as of a requirement.
    """

    category: str
    obligation: str
    scope: str
    products: tuple[str, ...]
    valid_from: str
    valid_until: str
    title: str
    source: str
    where: str
    requirements: tuple[Requirement, ...] = ()
    sensitive: tuple[Sensitive, ...] = ()


class ProductList(NamedTuple):
    """One list.

    Attributes:
        id: `national`, or the six digits of the region that it holds for.
        version: as its author numbers it.
        text: the YAML it was read from.
        origin: the name of the file, or the place of the record.
    """

    id: str
    version: str
    title: str
    source: str
    entries: tuple[Entry, ...]
    text: str
    origin: str

    @property
    def name(self) -> str:
        """Id and version, as people say it."""
        return f"{self.id}@{self.version}"
