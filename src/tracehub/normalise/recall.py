"""Recall: the header of an event of which nothing would be said, from that of one like it.

It may know nothing of a good event, never the header of one that the checks would speak about, and
never another than they would come to. Must not know what makes events alike
(`plain_likeness.py`).
"""

from __future__ import annotations

from typing import Final

from tracehub.avro.fast import PlainLook
from tracehub.catalogue.edition import Edition
from tracehub.model.event import Header
from tracehub.normalise.plain import PlainEvent

_REMEMBERED: Final = 8192
"""Headers by likeness, which has 1 KB at most."""


class Recall:
    """Headers of events that one edition has judged, by likeness.

    Args:
        look: looks at plain events; None where the codec has no looks.
        edition: one that lists products by their codes, which no likeness holds, lets nothing be
            remembered.
    """

    __slots__ = ("_known", "_look", "_sources")

    def __init__(self, look: PlainLook | None, edition: Edition) -> None:
        self._look = None if edition.lists_products else look
        self._known: dict[bytes, Header] = {}
        self._sources: dict[tuple[str, str], bytes] = {}

    def header(self, event: PlainEvent, category: str, region: str) -> Header | bytes | None:
        """The header of an event; what to remember it by, once it is judged; None for neither.

        Args:
            event: a plain event, settled or not.
            category: of its topic.
            region: of the connection that published it.
        """
        if self._look is None:
            return None
        source = self._sources.get((category, region))
        if source is None:
            source = self._sources[category, region] = f"{category}\0{region}\0".encode()
        return self._look(event, source, self._known)

    def remember(self, likeness: bytes, header: Header) -> None:
        """Know the header of an event of which nothing was said."""
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[likeness] = header
