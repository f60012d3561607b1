"""Row: one line of a field table.

Must not know YAML, documents or events, nor how rows are run (that is `mapping_emit.py`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tracehub.normalise.conversions import Conversion
from tracehub.normalise.mapping_path import Path
from tracehub.normalise.mapping_value import Text


class Row(NamedTuple):
    """One line of a table: a place to fill and where its value comes from.

    Attributes:
        to: the place in the target.
        at: the row's path in the foreign document, for reasons: `.name` below the object at hand,
            or `$.name`.
        paths: where the value is; the first that holds something counts. None of them for a
            constant, a text, or an object of `rows` at the same source.
        texts: what the value is put together as; the first whose fields are all there counts.
        constant: the value, when it is always the same.
        each: the value is a list, and every element is taken.
        rows: what the object is made of; empty for a single value.
        when: the place without whose value the row is left out.
        convert: applied in this order.
        unit: the place of the word for the unit that the value is measured in.
        default: taken when the value is absent.
        required: an absent value is a fault.
        secret: what it holds is not for every reader of a reason.
        back: undoes `convert`, in a table for both directions; None in another.
    """

    to: Path
    at: str
    paths: tuple[Path, ...] = ()
    texts: tuple[Text, ...] = ()
    constant: Any = None
    each: bool = False
    rows: tuple[Row, ...] = ()
    when: Path | None = None
    convert: tuple[Conversion, ...] = ()
    unit: Path | None = None
    default: Any = None
    required: bool = False
    secret: bool = False
    back: tuple[Conversion, ...] | None = None

    @property
    def read(self) -> tuple[Path, ...]:
        """Every place that the value is read from, in its texts too."""
        return (*self.paths, *(path for text in self.texts for path in text.paths))
