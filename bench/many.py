"""Many publishers and receivers against few: 300 raw topics and 60 receivers, 4 and 8.

Twice: a backlog of the same size read at full speed, and events published at the same total rate,
when every batch is small. The raw copy does the same once, which shows what is Kafka's own price of
many topics. What a topic costs once, when it is first read, lies before what is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bench.bench import Bench
from bench.broker import broker
from bench.contender import Contender, Round, perform
from bench.figures import Figures, spread, void
from bench.hub import Filled, exchange, fill
from bench.lanes import copies
from bench.paced import announce, perform_paced
from bench.rounds import show
from tracehub.model.event import CATEGORIES
from tracehub.testing.load_hub import FOUR, Shape, eight, make_load

_PUBLISHERS: Final = 30
"""Times ten categories: 300 raw topics."""
RATE: Final = 4000.0
_PACED_S: Final = 8
_ROUNDS: Final = 2
_TIMEOUT_S: Final = 240.0
"""A member asks for each raw partition's own tables before it judges it for the first time."""
_LEAST: Final = 60_000
"""Events of a backlog: 200 of each topic, so that its first batch is not most of it."""
_PROVINCES: Final = (
    *("13", "14", "15", "21", "22", "23", "32", "33", "34", "35", "36", "37", "41", "42"),
    *("43", "44", "45", "46", "51", "52", "53", "54", "61", "62", "63", "64", "65"),
)
_ELSEWHERE: Final = ("110101", "110102", "120101", "120102", "310101", "500101")


def few_shape(name: str) -> Shape:
    """4 raw topics and 8 receivers, one partition each."""
    return Shape(f"third-party/{name}", FOUR, eight(), partitions=1)


def many_shape(name: str) -> Shape:
    """300 raw topics and 60 receivers, with about as many outputs for each event."""
    cities = [f"{province}0{n}00" for n in (1, 2) for province in _PROVINCES]
    cities += [f"{province}0300" for province in _PROVINCES[:4]]
    receivers: Mapping[str, Mapping[str, Any]] = {
        **{f"municipal/at-{each}": {"tier": "city", "region": each} for each in cities},
        "inspection/laboratory": {},
        "third-party/portal": {},
    }
    return Shape(
        f"third-party/{name}",
        CATEGORIES[:10],
        receivers,
        publishers=_PUBLISHERS,
        regions=(*cities, *_ELSEWHERE, *_ELSEWHERE[:4]),
        partitions=1,
    )


def many(bench: Bench) -> Sequence[Figures]:
    """Few and many, at full speed and at a rate, on a broker where topics have one partition."""
    with broker() as own:
        return _measured(bench._replace(broker=own, rounds=min(bench.rounds, _ROUNDS)))


def _measured(bench: Bench) -> Sequence[Figures]:
    found: dict[tuple[str, str], list[Round]] = {}
    full = [
        (label, fill(bench.broker, shape, "canonical", max(_LEAST, bench.events)))
        for label, shape in (("4+8", few_shape("few")), ("300+60", many_shape("many")))
    ]
    count = int(RATE * _PACED_S)
    rated = [
        (label, announce(bench.broker, shape, make_load(shape, "canonical"), count))
        for label, shape in (("4+8", few_shape("slow")), ("300+60", many_shape("slows")))
    ]
    log = bench.folder / "many.log"
    for number in range(bench.rounds):
        for label, filled in full:
            for each in _contenders(bench, filled, f"{label} at full speed", number):
                _note(found, each, perform(each, bench.broker, log), number)
        for label, filled in rated:
            for each in _contenders(bench, filled, f"{label} at {RATE:.0f}/s", number):
                result = perform_paced(each, bench.broker, filled.load, RATE, log)
                _note(found, each, result, number)
    return [_figures(name, rounds) for name, rounds in found.items()]


def _contenders(bench: Bench, filled: Filled, variant: str, number: int) -> list[Contender]:
    """The exchange, and in the first round the raw copy over the same load."""
    hub = exchange(bench.folder, bench.broker, filled, "many", variant, trusted=True)
    hub = replace(hub, timeout_s=_TIMEOUT_S)
    if number:
        return [hub]
    copy = copies(bench, filled, workload="many-copy")[0]
    return [hub, replace(copy, variant=variant)]


def _note(
    found: dict[tuple[str, str], list[Round]], contender: Contender, result: Round, number: int
) -> None:
    show(f"round {number}: {contender.name}: {result.wrong or f'{result.cpu_us:.1f} us'}")
    found.setdefault((contender.workload, contender.variant), []).append(result)


def _figures(name: tuple[str, str], rounds: Sequence[Round]) -> Figures:
    wrong = next((each.wrong for each in rounds if each.wrong), "")
    if wrong:
        return void(*name, wrong)
    return Figures(
        *name,
        cpu_us=spread([each.cpu_us for each in rounds]),
        events_per_s=round(spread([each.events_per_s for each in rounds]).median),
        rss_mib=round(max(each.rss_mib for each in rounds), 1),
        rounds=len(rounds),
    )
