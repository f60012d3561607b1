"""A counted model: how work spreads over 2 to 64 partitions and processes, and what ends it.

The keys of a load are placed by Kafka's own hash, partitions are dealt to members as the group's
round robin does, and the busiest member is counted: all others wait for it. Nothing is timed.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from bench.bench import Bench
from bench.figures import Figures
from tracehub.bus.partition import partition_for
from tracehub.testing.load_hub import FOUR, Shape, eight, make_load

_EVENTS: Final = 60_000
_SIZES: Final = (2, 4, 8, 16, 32, 64)
_OBJECTS: Final = 20_000
_FLAT: Final = 1.1
"""Exponent of the skewed keys' shares (Zipf): some firms publish far more than others."""

Placed = Mapping[tuple[str, int], int]
"""Events on each topic and partition."""


def model(bench: Bench) -> Sequence[Figures]:
    """The gain over one process, for even and for skewed keys."""
    del bench
    records = _keys()
    chance = random.Random(1)  # noqa: S311 - a model's own dice
    shares = [1 / (rank + 1) ** _FLAT for rank in range(_OBJECTS)]
    drawn = chance.choices(range(_OBJECTS), shares, k=_EVENTS)
    skewed = [(topic, b"object-%d" % drawn[at]) for at, (topic, _) in enumerate(records)]
    found = []
    for name, keys in (("a key for each product", records), ("skewed keys", skewed)):
        placed = {count: place(keys, count) for count in _SIZES}
        found += [_figures(f"{n} processes, {n} partitions, {name}", n, placed[n]) for n in _SIZES]
    even = place(records, _SIZES[0])
    found += [
        _figures(f"{n} processes, 2 partitions, 4 topics", n, even) for n in (*_SIZES[1:4], 12)
    ]
    return found


def place(records: Sequence[tuple[str, bytes]], partitions: int) -> Placed:
    """Count (topic, key) pairs by where Kafka's hash puts them."""
    return Counter((topic, partition_for(key, partitions)) for topic, key in records)


def gain(placed: Placed, members: int) -> float:
    """All work over the busiest member's, when partitions are dealt in turn."""
    dealt = [0] * members
    for index, each in enumerate(sorted(placed)):
        dealt[index % members] += placed[each]
    return sum(dealt) / max(dealt)


def _figures(variant: str, members: int, placed: Placed) -> Figures:
    times = gain(placed, members)
    more = {"times_one": round(times, 2), "efficiency": round(times / members, 3)}
    return Figures("model", variant, more=more)


def _keys() -> list[tuple[str, bytes]]:
    load = make_load(Shape("third-party/hub", FOUR, eight()), "canonical")
    return [
        (load.templates[written.template].topic, written.key) for written in load.records(_EVENTS)
    ]
