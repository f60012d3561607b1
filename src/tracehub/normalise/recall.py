"""Recall: the header of an event of which nothing would be said, from that of one like it.

It may know nothing of a good event, never the header of one that the checks would speak about, and
never another than they would come to. Must not know what makes events alike
(`plain_likeness.py`).
"""

from __future__ import annotations

from typing import Final

from tracehub.avro.fast import PlainLook, Recalled
from tracehub.model.event import Header
from tracehub.normalise.plain import PlainEvent

_REMEMBERED: Final = 8192
"""Headers by likeness, which has 1 KB at most."""


class Recall:
    """Headers of events that one edition has judged, by likeness.

    Args:
        look: looks at plain events; None where the codec has no looks.
    """

    __slots__ = ("_known", "_look", "_sources")

    def __init__(self, look: PlainLook | None) -> None:
        self._look = look
        self._known: dict[bytes, tuple[Header, bool]] = {}
        self._sources: dict[tuple[str, str], bytes] = {}

    def header(self, event: PlainEvent, category: str, region: str) -> Recalled:
        """The header of an event, and whether regions and lists must be asked about it.

        When it is not known: None, and what to remember it by once it is judged, which may be
        nothing.

        Args:
            event: a plain event, settled or not.
            category: of its topic.
            region: of the connection that published it.
        """
        if self._look is None:
            return None, b""
        source = self._sources.get((category, region))
        if source is None:
            source = self._sources[category, region] = f"{category}\0{region}\0".encode()
        return self._look(event, source, self._known)

    def remember(self, likeness: bytes, header: Header, *, asked: bool) -> None:
        """Know the header of an event of whose fields nothing was said.

        Args:
            likeness: what was found in place of its header.
            header: what the checks came to.
            asked: regions or lists had something to say, or may have of others like it.
        """
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[likeness] = header, asked
