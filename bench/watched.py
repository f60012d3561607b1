"""What metrics, tracing that is off and an index cost the exchange: instructions, by callgrind."""

from __future__ import annotations

from collections.abc import Sequence

from bench.bench import Bench
from bench.figures import Figures
from bench.instructions import UnavailableError, counted
from bench.overhead import shares
from bench.rounds import show


def watched(_bench: Bench) -> Sequence[Figures]:
    """The share of each, in hundredths of what an event costs in all."""
    try:
        found = shares(counted("pump"))
    except UnavailableError as error:
        show(f"watched: not counted: {error}")
        return []
    for name, share in found.items():
        show(f"watched: {name}: {share:.2%}")
    return [
        Figures("watched", name, more={"percent": round(share * 100, 2)})
        for name, share in found.items()
    ]
