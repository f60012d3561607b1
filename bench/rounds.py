"""Rounds: contenders take turns, so that what the machine does to one it does to all.

The first round warms up and is dropped; the order is rotated; a round in which the reference moved
by more than a tenth is discarded, and said so.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bench.broker import Broker
from bench.contender import Contender, Round, perform
from bench.figures import Figures, spread, void

REFERENCE: Final = ("raw-copy", "aiokafka")
_MOVED: Final = 0.10
_EXTRA: Final = 2

Show = Callable[[str], None]


def show(line: str) -> None:
    """Progress, for whoever waits."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def interleave(
    contenders: Sequence[Contender], broker: Broker, rounds: int, folder: Path
) -> list[Figures]:
    """Measure contenders against the reference, which must be among them.

    Args:
        contenders: who takes turns.
        broker: where their loads lie.
        rounds: how many shall count; up to two more are made for those that are discarded.
        folder: for their logs.
    """
    found: dict[tuple[str, str], list[Round]] = {_name(each): [] for each in contenders}
    number = 0
    while number <= rounds + _EXTRA and (number <= rounds or len(kept(found)) < rounds):
        turn = number % len(contenders)
        for contender in (*contenders[turn:], *contenders[:turn]):
            if any(each.wrong for each in found[_name(contender)]):
                continue  # one wrong count voids its figures; it need not be waited for again
            result = perform(contender, broker, folder / "contender.log")
            if number:
                found[_name(contender)].append(result)
            label = f"round {number}" if number else "warm-up"
            show(f"{label}: {contender.name}: {result.wrong or f'{result.cpu_us:.1f} us'}")
        number += 1
    good = kept(found)
    return [figures(name, rounds_of, found[REFERENCE], good) for name, rounds_of in found.items()]


def kept(found: dict[tuple[str, str], list[Round]]) -> list[int]:
    """The rounds in which the reference stayed within a tenth of its median."""
    copies = [each.cpu_us for each in found[REFERENCE]]
    middle = statistics.median(copies) if copies else 0.0
    return [i for i, each in enumerate(copies) if abs(each - middle) <= _MOVED * middle]


def figures(
    name: tuple[str, str], mine: Sequence[Round], copies: Sequence[Round], good: Sequence[int]
) -> Figures:
    """The figures of one contender over the rounds that count."""
    wrong = next((each.wrong for each in mine if each.wrong), "")
    if wrong or not good:
        return void(*name, wrong or "the reference moved in every round")
    counted = [mine[i] for i in good]
    ratios = [mine[i].cpu_us / copies[i].cpu_us for i in good]
    return Figures(
        *name,
        cpu_us=spread([each.cpu_us for each in counted]),
        ratio_to_raw_copy=round(statistics.median(ratios), 3),
        events_per_s=round(statistics.median([each.events_per_s for each in counted])),
        rss_mib=round(max(each.rss_mib for each in counted), 1),
        rounds=len(good),
        discarded=len(mine) - len(good),
        more={"broker_us": round(statistics.median([each.broker_us for each in counted]), 2)},
    )


def _name(contender: Contender) -> tuple[str, str]:
    return contender.workload, contender.variant
