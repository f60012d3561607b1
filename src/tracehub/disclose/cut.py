"""Cut: what a receiver may see of an event is a slice of its bytes.

The body's sections stand in order of disclosure at the tail of the record, each a nullable union,
so a view is the beginning of the value and one null branch per section withheld: plain Avro,
without decoding. Must not know who the receiver is.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tracehub.avro.codec import NULL, Offsets
from tracehub.model.event import SECTIONS

_SHOWN: Final = {name: number for number, name in enumerate(SECTIONS, 1)}


class Cut(NamedTuple):
    """A receiver's view.

    Attributes:
        value: a valid value of the same schema.
        offsets: where its sections begin.
        withheld: names of the sections that held something and are gone.
    """

    value: bytes
    offsets: Offsets
    withheld: tuple[str, ...]


def cut(value: bytes, offsets: Offsets, last: str) -> Cut:
    """Withhold every section after `last`.

    Args:
        value: a framed canonical event.
        offsets: start of each section, as the codec gave them.
        last: the last section that may be seen, one of `model.event.SECTIONS`.
    """
    shown = _SHOWN[last]
    withheld = tuple(
        name
        for name, offset in zip(SECTIONS[shown:], offsets[shown:], strict=True)
        if value[offset : offset + 1] != NULL
    )
    if not withheld:
        return Cut(value, offsets, ())
    end = offsets[shown]
    rest = range(end, end + len(SECTIONS) - shown)
    kept = (*offsets[:shown], *rest)
    view = value[:end] + NULL * len(rest)
    return Cut(view, (kept[0], kept[1], kept[2], kept[3]), withheld)
