"""Lines: ask a system for what it publishes, page by page, and keep its own bytes.

The collecting format that systems without one of their own are offered: `GET path?cursor=&limit=`
answers one JSON document a line (NDJSON) and, in the headers `Next-Cursor` and
`Page-Records`, the cursor after them and their number.
Must not know what a document says.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import orjson

from tracehub.connect.http import Http, Reply, TooLongError, garbled
from tracehub.connect.port import Collected, Page
from tracehub.errors import RejectError, RetryError
from tracehub.model.event import CATEGORIES

PAGE_BYTES: Final = 2 * 1024 * 1024
"""The longest page; one record on the bus may hold 1 MiB."""
_LIMIT: Final = 100
_CURSOR: Final = re.compile(r"[\x21-\x7e]{1,256}")


class About(NamedTuple):
    """What a document says about itself: its product category, and what it is about."""

    category: str
    key: str


Ask = Callable[[str], Awaitable[Reply]]
"""Asks for a path; the answer holds what was asked for. It may raise RejectError or RetryError."""


@dataclass(frozen=True, slots=True)
class LineCollector:
    """A `Collector` for systems that publish lines.

    Attributes:
        ask: the line to the system.
        path: where it publishes.
        about: reads category and key from a document; it may raise
            AttributeError, LookupError or TypeError.
        category: for a document that names none of the hub's categories or can't be read: it
            must not get lost, so it is published there, refused by the exchange and kept.
    """

    ask: Ask
    path: str
    about: Callable[[Any], About]
    category: str

    async def collect(self, cursor: str) -> Page:
        """The documents after a cursor; a page that is too long is asked for in halves.

        Raises:
            RetryError: the system did not answer with a page.
        """
        limit = _LIMIT
        while True:
            query = urlencode({"cursor": cursor, "limit": limit})
            try:
                reply = await self.ask(f"{self.path}?{query}")
            except TooLongError:
                if limit == 1:
                    raise
                limit //= 2
                continue
            except RejectError as error:
                raise RetryError(f"{self.path}: {error.text}; check the url") from error
            return self._page(reply, cursor)

    def _page(self, reply: Reply, cursor: str) -> Page:
        lines = [line for line in reply.body.split(b"\n") if line.strip()]
        if not lines:
            return Page((), cursor)
        if reply.headers.get("page-records") != str(len(lines)):
            raise garbled("it does not hold as many documents as it says")
        reached = reply.headers.get("next-cursor", "")
        if not _CURSOR.fullmatch(reached) or reached == cursor:
            raise garbled("it holds documents but no cursor after them")
        records = tuple(collected(each, self.about, self.category) for each in lines)
        return Page(records, reached)


def asking(http: Http) -> Ask:
    """Asks a system whose line carries all that it wants to see."""

    async def ask(path: str) -> Reply:
        reply = await http.send("GET", path, cap=PAGE_BYTES)
        http.judge(reply)
        return reply

    return ask


def about_epcis(document: Any) -> About:
    """Of an EPCIS document the category that it may name, and the first code of its first event.

    Raises:
        AttributeError, LookupError, TypeError: it is built otherwise.
    """
    first = document["epcisBody"]["eventList"][0]
    codes = first.get("epcList") or [first["quantityList"][0]["epcClass"]]
    return About(str(document.get("category", "")), str(codes[0]))


def about_first(records: str, *names: str) -> Callable[[Any], About]:
    """Reads a document's category, and what its first record is about.

    Args:
        records: the list of records.
        names: fields of a record, the first of which that is there says it; of a list its first
            element. The last one must be there.

    Returns:
        A function that raises AttributeError, LookupError or TypeError for another document.
    """
    *others, last = names

    def about(document: Any) -> About:
        first = document[records][0]
        known = [first[name] for name in others if first.get(name)]
        found = known[0] if known else first[last]
        key = found[0] if isinstance(found, list) else found
        return About(str(document.get("category", "")), str(key))

    return about


def collected(document: bytes, about: Callable[[Any], About], category: str) -> Collected:
    """A document on its way to the bus: its own bytes, with what it says about itself.

    Args:
        document: JSON, or what should have been.
        about: reads category and key; it may raise AttributeError, LookupError or TypeError.
        category: for a document that names none of the hub's categories or can't be read.
    """
    try:
        named, key = about(orjson.loads(document))
    except (AttributeError, LookupError, TypeError, orjson.JSONDecodeError):
        return Collected(category, b"", document)
    known = named if named in CATEGORIES else category
    return Collected(known, key.encode("utf-8", "replace"), document)
