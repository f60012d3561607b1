"""Which contenders of others can take part here, and how each is started."""

from __future__ import annotations

from bench.bench import Bench
from bench.contender import Contender
from bench.hub import Filled


def contenders(bench: Bench, filled: Filled) -> list[Contender]:
    """Those that were asked for and whose tools are here; the others are named."""
    del bench, filled
    return []
