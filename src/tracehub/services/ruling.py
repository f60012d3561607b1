"""Ruling: what judges change by while they run, the product lists and the credit table. Pure.

Must not know from which raw offset on a ruling holds.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import orjson

from tracehub.catalogue.edition import Edition, load_edition
from tracehub.normalise.normaliser import Normaliser
from tracehub.route.credit import Credit, Entry
from tracehub.route.table import RouteTable


class Ruling(NamedTuple):
    """What is in force together; `credit` is None while the table of the files is."""

    lists: Edition
    credit: Credit | None = None

    @property
    def version(self) -> bytes:
        """4 bytes, equal exactly when both are; of lists alone it is theirs."""
        if self.credit is None:
            return self.lists.version
        return hashlib.sha256(self.lists.version + repr(self.credit.entries).encode()).digest()[:4]

    def dump(self) -> bytes:
        """Both as they are kept on the log."""
        if self.credit is None:
            return self.lists.dump()
        lists = orjson.Fragment(self.lists.dump())
        return orjson.dumps(
            {"credit": [list(each) for each in self.credit.entries], "lists": lists}
        )


def load_ruling(value: bytes) -> Ruling:
    """Read `Ruling.dump()` back."""
    found = orjson.loads(value)
    if isinstance(found, list):
        return Ruling(load_edition(value))
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
