"""The whole corpus: every class of bad input in its size, from one seed.

Must not know how cases are judged.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Final

from tracehub.testing.bad_input import (
    avro_binary,
    chinese_text,
    json_text,
    kafka_records,
    meaning,
    xml_text,
)
from tracehub.testing.bad_input.case import Case, Kind

CLASSES: Final[Mapping[str, tuple[int, tuple[Kind, ...]]]] = {
    "json": (2_000, json_text.KINDS),
    "avro": (2_600, avro_binary.KINDS),
    "xml": (2_100, xml_text.KINDS),
    "records": (800, kafka_records.KINDS),
    "chinese": (1_300, chinese_text.KINDS),
    "meaning": (1_700, meaning.KINDS),
}
"""How many cases of each class, and its kinds, which take turns."""


def corpus(seed: int, *, share: float = 1.0) -> Iterator[Case]:
    """The cases, the same for one seed; `share` of each class."""
    for name, (count, kinds) in CLASSES.items():
        for number in range(int(count * share)):
            kind = kinds[number % len(kinds)]
            case = kind(seeded(seed, name, number))
            yield case._replace(name=f"{name}/{kind.__name__.lstrip('_')}/{number}")


def seeded(seed: int, name: str, number: int) -> random.Random:
    """The chance of one case, the same each time."""
    return random.Random(f"{seed}/{name}/{number}")  # noqa: S311 - cases are repeated, not secret
