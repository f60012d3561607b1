"""The page of figures and its pictures, from the report alone.

Must not know how figures are measured.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.picture import Bar, bars
from bench.targets import TARGETS, best, by_name

_HEAD: Final = """\
# Performance · 性能

<!-- Made from docs/reports/performance.json by `make generate`. -->

Measured by `make bench` on one machine that the broker, the publisher and whoever is measured
share. CPU time comes first, because the wall clock also measures the neighbours: user and system
time of the contender's own process for one event, between 20 % and 95 % of the work. Contenders
take turns in one run; the first round warms up; a round in which the raw copy moved by more than a
tenth is discarded. What lies on the outputs is counted and compared (number, sum of keys, sum of
values), and a figure whose counts are wrong is void. Trust ratios inside one run; a difference of
less than 15 % is none. Every lane has several batches for each partition, so that first turns
are a small part of what is counted.

`tracehub bench --quick` measures the lanes on your own machine without a broker, and says how many
cores and how much disk a traffic needs.

以下数字均由 `make bench` 在同一台机器上测得；比率比绝对值可靠，计数不符的结果一律作废。
`tracehub bench --quick` 无需 Kafka 即可测出本机每个事件的开销，并给出所需的核数与磁盘。
"""
_WORKLOADS: Final = """\
## The workloads

| workload | what is done |
|---|---|
| raw-copy | the same bytes to as many outputs, nothing read: the reference |
| pass | canonical events of another hub: routed by the header, forwarded untouched |
| canonical-untrusted | canonical events of anyone else: checked in full, forwarded untouched |
| cut | as pass, and receivers see the public section alone |
| norm-json, norm-mapped, norm-xml | documents of about 1 KB: read, checked, written as Avro |
| naive | the work of pass as a first version would do it |
| peer | the work of pass (read the header, route, forward) in other engines |
| many | 300 raw topics and 60 receivers against 4 and 8 |
| workers, offline | one process and two, on Kafka and without a broker |
| latency | from the call that publishes to the arrival on `deliver.*` |
| start-up | from the start of the program (compiled) to the first delivered event, warm cluster |
| memory | one process over a million events; ten with `SUITE=full ARGS="--only memory"` |
| sqlite | the embedded log, from `raw.*` to `deliver.*` |
| deliver | one receiver's topic into one HTTP destination, batches of 100 |
| gateway | documents of ten events over HTTP; CPU for each, delays at half the rate reached |
| console | every page in turn, at 70 % of the peak of exchange and index on the embedded log |
| index | events entered into PostgreSQL, its CPU counted too; look-ups among `more` entries |
| sheet | files of 100,000 rows from `tracehub upload` to Kafka, each row judged |
| formats | in memory, each event new: the normaliser; canonical events in the exchange; hash ids |
| codec | the codec engines alone, in memory |
| model | counted: what partitions and processes give |
| watched | counted: what metrics cost, tracing that is off, and an index beside it |

The peak of `latency` is what the exchange takes while the events are published: a publisher on the
same machine keeps at most 10,000 ahead of it. What it takes of a backlog (`pass`) is more, because
nobody publishes meanwhile; 70 % of that would be more than publisher, broker and exchange can do
together on these cores, and a queue that only grows has no latency to tell.

The publisher of `latency` sends what is due every 2 ms (librdkafka, idempotent). At 2,000 events a
second each goes by itself (`linger.ms` 0), and these requests are more than half of what the broker
does; at the peak, and so at 70 % of it, what is due within 5 ms goes together (`linger.ms` 5), and
those 5 ms count. The broker's Java is started as Kafka's own scripts start it. One client follows
the topics of receivers, and an event has arrived when that client hands it out. Publisher, broker,
exchange and receiver share the two cores; the figures `…_cores` say how much of them each had.

Events are seeded and of all categories, 1 to 5 products each, 2 % repeated, 0.5 % broken; the
canonical form has about 680 bytes, the documents about 1 KB. Where an event must go is worked out
by an oracle that shares no code with the hub.

A load fills up to 40 templates for each topic with new ids, times and products. So it is with
platforms, each of which writes few kinds of events; whoever writes every event in another way gains
nothing from what the hub remembers (`docs/decisions/0011-likeness.md`). The lines `unlike any
before` of `formats` say what such an event costs the normaliser.
"""
_SCALING: Final = """\

## Where it stops being linear

The lines `model` are counted, not timed: the keys of the load are placed by Kafka's hash and the
partitions dealt to the members of the group.

- **Partitions.** Members beyond topics times partitions get nothing; when the members do not
  divide that number, all wait for those with one more. Make it a multiple of what you will run.
- **Keys.** Events of one key are judged in order by one member. With a key for each product the
  members differ by chance alone; when few keys have most of the events, the busiest key's share
  ends the gain, whatever is added.
"""
_LANES: Final = (
    "raw-copy",
    "pass",
    "cut",
    "canonical-untrusted",
    "norm-json",
    "norm-mapped",
    "norm-xml",
    "naive",
    "peer",
)
_OTHERS: Final = frozenset({"raw-copy", "naive", "peer"})
_COST: Final = "reports/performance-cpu.svg"
_COPY: Final = "reports/performance-pass.svg"


def page(report: Sequence[Mapping[str, Any]]) -> str:
    """The whole page."""
    return "\n".join(
        [
            _HEAD,
            *_host(report),
            "\n## What must hold\n",
            *_targets(report),
            *_distance(report),
            *_scaling(report),
            "\n## The lanes\n",
            f"![CPU time of one event]({_COST})\n",
            f"![The pass-through lane and others]({_COPY})\n",
            "## All figures\n",
            *_figures(report),
            "",
            _WORKLOADS,
        ]
    )


def pictures(report: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """The text of each picture, by its path below docs/."""
    good = [each for each in report if each["counts_ok"] and each["cpu_us"]]
    lanes = [each for each in good if each["workload"] in _LANES]
    side = [each for each in good if each["workload"] in {"raw-copy", "pass", "naive", "peer"}]
    lanes.sort(key=lambda each: _LANES.index(each["workload"]))
    side.sort(key=lambda each: float(each["cpu_us"]["median"]))
    found = {}
    for name, title, rows in (
        (_COST, "CPU time of one event", lanes),
        (_COPY, "The work of the pass-through lane", side),
    ):
        if rows:
            found[name] = bars(title, "µs", [_bar(each) for each in rows])
    return found


def generated(root: Path) -> Mapping[str, str]:
    """Page and pictures by their path, from the committed report."""
    report = json.loads((root / "docs/reports/performance.json").read_text("utf-8"))
    drawn = {f"docs/{name}": text for name, text in pictures(report).items()}
    return {"docs/performance.md": page(report), **drawn}


def _bar(entry: Mapping[str, Any]) -> Bar:
    cost = entry["cpu_us"]
    label = f"{entry['workload']} ({entry['variant']})"
    own = entry["workload"] not in _OTHERS
    return Bar(label, cost["median"], cost["min"], cost["max"], own)


def _host(report: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    runs = {json.dumps(each["run"], sort_keys=True): each["run"] for each in report}
    for run in runs.values():
        host, versions = run["host"], run["versions"]
        mine = sorted({each["workload"] for each in report if each["run"] == run})
        libraries = ", ".join(f"{name} {version}" for name, version in versions.items())
        yield (
            f"- {', '.join(mine)}: commit {run['commit']}, suite {run['suite']}, {host['cpu']}, "
            f"{host['cores']} cores, Python {host['python']}, {libraries}"
        )


def _targets(report: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    entries = by_name(report)
    yield "| what | bound | measured | |"
    yield "|---|---|---|---|"
    for target in TARGETS:
        found, met = target.figure(entries), target.met(entries)
        said = {True: "holds", False: "**does not hold**", None: "not measured"}[met]
        shown = "–" if found is None else f"{_number(found)} {target.unit}"
        bound = f"{target.bound} {_number(target.limit)} {target.unit}"
        yield f"| {target.text} | {bound} | {shown} | {said} |"


def _distance(report: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """How far the pass-through lane is from the same work in Go."""
    entries = by_name(report)
    mine, other = best(entries, "pass"), entries.get(("peer", "franz-go"))
    if mine is not None and other is not None:
        times = mine["ratio_to_raw_copy"] / other["ratio_to_raw_copy"]
        yield (
            f"\nThe pass-through lane takes {_number(times)} times the CPU time of a loop in Go "
            "(franz-go) that reads the header, looks the route up and forwards."
        )


def _scaling(report: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What ends linear growth, with the numbers of this report."""
    yield _SCALING
    mine = best(by_name(report), "pass")
    if mine is not None and mine["more"].get("broker_us"):
        own, broker = mine["cpu_us"]["median"], mine["more"]["broker_us"]
        yield (
            f"- **The broker's cores.** A passed event costs the exchange {own} µs and this one "
            f"broker {broker} µs (one replica; each further replica costs about as much again on "
            f"another broker): a broker's core feeds {own / broker:.1f} processes, so that "
            f"64 processes need brokers with {64 * broker / own:.0f} cores together."
        )


def _figures(report: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield (
        "| workload | variant | CPU µs (min–max) | to raw copy | events/s | p50 ms | p99 ms | "
        "RSS MiB | rounds (discarded) | more |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for each in report:
        if not each["counts_ok"]:
            yield (
                f"| {each['workload']} | {each['variant']} | void: {_cell(each['note'])} |"
                + " |" * 7
            )
            continue
        cost = each["cpu_us"]
        spent = "–" if cost is None else f"{cost['median']} ({cost['min']}–{cost['max']})"
        more = ", ".join(f"{name} {_number(value)}" for name, value in each["more"].items())
        numbers = [
            "–" if each[name] is None else _number(each[name])
            for name in ("ratio_to_raw_copy", "events_per_s", "p50_ms", "p99_ms", "rss_mib")
        ]
        rounds = f"{each['rounds']} ({each['discarded']})"
        cells = (each["workload"], each["variant"], spent, *numbers, rounds, more)
        yield f"| {' | '.join(cells)} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:,.2f}"  # noqa: PLR2004 - no fraction of thousands


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")[:120]
