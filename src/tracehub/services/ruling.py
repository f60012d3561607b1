"""Ruling: what judges change by while they run, the product lists and the credit table. Pure.

Must not know from which raw offset on a ruling holds.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import Final, NamedTuple

import orjson

from tracehub.catalogue.edition import Edition, load_edition
from tracehub.normalise.normaliser import Normaliser
from tracehub.route.credit import Credit, Entry
from tracehub.route.table import RouteTable

_LISTS: Final = b"["
"""How lists alone begin; what holds a credit table too is compressed, for it may be long."""


class Ruling(NamedTuple):
    """What is in force together; `credit` is None while the table of the files is."""

    lists: Edition
    credit: Credit | None = None

    @property
    def version(self) -> bytes:
        """4 bytes, equal exactly when both are; of lists alone it is theirs."""
        if self.credit is None:
            return self.lists.version
        return hashlib.sha256(self.lists.version + self.credit.version).digest()[:4]

    def dump(self) -> bytes:
        """Both as they are kept on the log."""
        if self.credit is None:
            return self.lists.dump()
        lists = orjson.Fragment(self.lists.dump())
        entries = [list(each) for each in self.credit.entries]
        return zlib.compress(orjson.dumps({"credit": entries, "lists": lists}))


def load_ruling(value: bytes) -> Ruling:
    """Read `Ruling.dump()` back."""
    if value.startswith(_LISTS):
        return Ruling(load_edition(value))
    found = orjson.loads(zlib.decompress(value))
    credit = Credit(Entry(*each) for each in found["credit"])
    return Ruling(load_edition(orjson.dumps(found["lists"])), credit)


class Judge(NamedTuple):
    """Who judges and routes by one ruling."""

    normaliser: Normaliser
    table: RouteTable
    version: bytes

    def under(self, ruling: Ruling) -> Judge:
        """The same by another ruling; `self` is the judge by the files.

        Raises:
            ConfigError: a list keeps a field from receivers that its schema shows it to.
        """
        table = self.table if ruling.credit is None else self.table.under(ruling.credit)
        return Judge(self.normaliser.under(ruling.lists), table, ruling.version)
