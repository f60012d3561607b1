"""Deliver: events of one receiver's topic into one HTTP destination that takes batches of 100."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bench.bench import Bench
from bench.contender import Contender, Round, perform
from bench.figures import Figures, spread, void
from bench.hub import PROGRAM, exchange, fill, kafka, write_settings
from bench.process import running, until
from bench.rounds import show
from tracehub.testing.load import Tally
from tracehub.testing.load_hub import FOUR, Shape, eight, settings_tree

_RECEIVER: Final = "central/national"
_TOPIC: Final = "deliver.central.national"
_RECEIPTS: Final = "receipt.central.national"
_BATCH: Final = 100


def delivering(bench: Bench) -> Sequence[Figures]:
    """What one delivered event costs the service."""
    shape = Shape("third-party/out", FOUR, eight())
    filled = fill(bench.broker, shape, "canonical", bench.few)
    hub = exchange(bench.folder, bench.broker, filled, "deliver", "prepare", trusted=True)
    log = bench.folder / "deliver.log"
    bench.broker.drop(bench.broker.ends(hub.due))
    prepared = perform(hub, bench.broker, log, keep=True)
    if prepared.wrong:
        return [void("deliver", "http", prepared.wrong)]
    due = {_RECEIPTS: Tally(hub.due[_TOPIC].count)}
    bench.broker.make(due, shape.partitions)
    with running((sys.executable, "-m", "bench.loops.sink"), {}, bench.folder / "sink") as sink:
        rounds = _rounds(bench, _contender(bench, shape, due))
        sink.end()
    wrong = next((each.wrong for each in rounds if each.wrong), "")
    if wrong:
        return [void("deliver", "http", wrong)]
    cost = spread([each.cpu_us for each in rounds])
    return [
        Figures(
            "deliver",
            "http",
            cpu_us=cost,
            events_per_s=round(spread([each.events_per_s for each in rounds]).median),
            rss_mib=round(max(each.rss_mib for each in rounds), 1),
            rounds=len(rounds),
            more={"events_per_core_s": round(1e6 / cost.median)},
        )
    ]


def _contender(bench: Bench, shape: Shape, due: Mapping[str, Tally]) -> Contender:
    """The deliver service of one receiver, which the sink plays."""
    told = bench.folder / "sink"
    until(lambda: told.read_text("ascii").strip(), seconds=20)
    tree = _tree(bench, shape, int(told.read_text("ascii")))
    path = write_settings(bench.folder / "deliver" / "hub.yaml", tree)
    return Contender(
        "deliver",
        "http",
        (*PROGRAM, "deliver", "--connection", _RECEIVER, "-c", str(path)),
        due[_RECEIPTS].count,
        due,
        "counts",
        (_TOPIC,),
        {"BENCH_TOKEN": "bench-token"},
        (_TOPIC,),
    )


def _rounds(bench: Bench, contender: Contender) -> list[Round]:
    found = []
    for number in range(bench.rounds):
        found.append(perform(contender, bench.broker, bench.folder / "deliver.log"))
        show(f"deliver {number}: {found[-1].wrong or f'{found[-1].cpu_us:.1f} us'}")
    return found


def _tree(bench: Bench, shape: Shape, port: int) -> dict[str, Any]:
    tree = settings_tree(shape, kafka(bench.broker, shape.partitions), trusted=True)
    tree["connections"][_RECEIVER] |= {
        "url": f"http://127.0.0.1:{port}",
        "secrets": {"token": {"env": "BENCH_TOKEN"}},
        "limits": {"rate_per_s": 100_000.0, "batch": _BATCH},
    }
    return tree
