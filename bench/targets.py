"""What must hold: each demand on the figures, and what a report says to it.

Must not know how figures are measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

Entries = Mapping[tuple[str, str], Mapping[str, Any]]
"""The report's entries by workload and variant."""


LEAST: Final = "≥"
MOST: Final = "≤"


class Target(NamedTuple):
    """One demand.

    Attributes:
        text: for people.
        bound: the figure must be at least (`≥`) or at most (`≤`) the limit.
        limit: the number.
        figure: reads it; None when it was not measured.
        unit: of both.
    """

    text: str
    bound: str
    limit: float
    figure: Callable[[Entries], float | None]
    unit: str = "×"

    def met(self, entries: Entries) -> bool | None:
        """None when it was not measured."""
        found = self.figure(entries)
        if found is None:
            return None
        return found >= self.limit if self.bound == LEAST else found <= self.limit


def by_name(report: Sequence[Mapping[str, Any]]) -> Entries:
    """The entries whose counts were right, by name."""
    return {(each["workload"], each["variant"]): each for each in report if each["counts_ok"]}


def best(entries: Entries, workload: str, *, pure: bool = False) -> Mapping[str, Any] | None:
    """The variant with the least CPU time; without the compiled ones when `pure`."""
    found = [
        each
        for (name, variant), each in entries.items()
        if name == workload and each["cpu_us"] and not (pure and "compiled" in variant)
    ]
    return min(found, key=_cost, default=None)


def _cost(entry: Mapping[str, Any]) -> float:
    return float(entry["cpu_us"]["median"])


def _ratio(workload: str, *, pure: bool = False) -> Callable[[Entries], float | None]:
    def figure(entries: Entries) -> float | None:
        found = best(entries, workload, pure=pure)
        return None if found is None else found["ratio_to_raw_copy"]

    return figure


def _compiled(workload: str) -> Callable[[Entries], float | None]:
    def figure(entries: Entries) -> float | None:
        found = entries.get((workload, "compiled"))
        return None if found is None else found["ratio_to_raw_copy"]

    return figure


def _above(workload: str, variant: str) -> Callable[[Entries], float | None]:
    """How many times the pass-through lane's cost another one's is."""

    def figure(entries: Entries) -> float | None:
        mine, other = best(entries, "pass"), entries.get((workload, variant))
        if mine is None or other is None or not other["cpu_us"]:
            return None
        return _cost(other) / _cost(mine)

    return figure


def _cut(entries: Entries) -> float | None:
    """What one cut output costs more, in raw copies."""
    cut = best(entries, "cut")
    whole = entries.get(("pass", cut["variant"])) if cut else None
    if whole is None or cut is None:
        return None
    more = cut["ratio_to_raw_copy"] - whole["ratio_to_raw_copy"]
    return max(0.0, float(more / cut["more"]["cut_outputs"]))


def _many(how: str) -> Callable[[Entries], float | None]:
    def figure(entries: Entries) -> float | None:
        few = entries.get(("many", f"4+8 {how}"))
        many = entries.get(("many", f"300+60 {how}"))
        return None if few is None or many is None else _cost(many) / _cost(few)

    return figure


def _more(workload: str, variant: str, name: str) -> Callable[[Entries], float | None]:
    def figure(entries: Entries) -> float | None:
        found = entries.get((workload, variant))
        return None if found is None else found["more"].get(name)

    return figure


def _field(workload: str, variant: str, name: str) -> Callable[[Entries], float | None]:
    def figure(entries: Entries) -> float | None:
        found = entries.get((workload, variant))
        return None if found is None else found[name]

    return figure


def _micro(variant: str) -> Callable[[Entries], float | None]:
    def figure(entries: Entries) -> float | None:
        found = entries.get(("formats", variant))
        return None if found is None else _cost(found)

    return figure


TARGETS: Final = (
    Target("pass-through, pure Python, to the raw copy", MOST, 2.0, _ratio("pass", pure=True)),
    Target("pass-through, compiled, to the raw copy", MOST, 1.5, _compiled("pass")),
    Target(
        "naive loop to pass-through", LEAST, 10.0, _above("naive", "aiokafka-fastavro-pydantic")
    ),
    Target("Kafka Streams to pass-through", LEAST, 1.8, _above("peer", "kafka-streams")),
    Target(
        "canonical, not trusted, pure Python, to the raw copy",
        MOST,
        3.5,
        _ratio("canonical-untrusted", pure=True),
    ),
    Target(
        "canonical, not trusted, compiled, to the raw copy",
        MOST,
        2.2,
        _compiled("canonical-untrusted"),
    ),
    Target("each output that is cut, more, to the raw copy", MOST, 0.3, _cut),
    Target("EPCIS JSON to the raw copy", MOST, 8.0, _ratio("norm-json")),
    Target("mapped JSON to the raw copy", MOST, 6.0, _ratio("norm-mapped")),
    Target("EPCIS XML to the raw copy", MOST, 15.0, _ratio("norm-xml")),
    Target("300 raw and 60 receivers to 4 and 8, full speed", MOST, 1.5, _many("at full speed")),
    Target("the same at 4,000 events/s", MOST, 1.5, _many("at 4000/s")),
    Target(
        "two processes to one, offline", LEAST, 1.9, _more("offline", "2 processes", "times_one")
    ),
    Target("p50 at 2,000 events/s", MOST, 8.0, _field("latency", "2000/s", "p50_ms"), "ms"),
    Target("p99 at 2,000 events/s", MOST, 40.0, _field("latency", "2000/s", "p99_ms"), "ms"),
    Target("p99 at 70 % of peak", MOST, 150.0, _field("latency", "70 % of peak", "p99_ms"), "ms"),
    Target("memory of one process", MOST, 200.0, _field("memory", "exchange", "rss_mib"), "MiB"),
    Target(
        "growth of memory for a million events",
        MOST,
        2.0,
        _more("memory", "exchange", "slope_mib_per_million"),
        "MiB",
    ),
    Target(
        "start to first delivered event",
        MOST,
        2000.0,
        _field("start-up", "exchange", "p50_ms"),
        "ms",
    ),
    Target(
        "embedded log, raw to deliver",
        LEAST,
        15_000,
        _field("sqlite", "exchange", "events_per_s"),
        "/s",
    ),
    Target(
        "deliver over HTTP, for one core",
        LEAST,
        5_000,
        _more("deliver", "http", "events_per_core_s"),
        "/s",
    ),
    *(
        target
        for behaviour in ("proceed", "rollback")
        for target in (
            Target(
                f"captures of ten events, {behaviour}, for one core",
                LEAST,
                1_000,
                _more("gateway", behaviour, "captures_per_core_s"),
                "/s",
            ),
            Target(
                f"p99 of captures at half load, {behaviour}",
                MOST,
                250.0,
                _field("gateway", behaviour, "p99_ms"),
                "ms",
            ),
        )
    ),
    Target(
        "the console's slowest page at 70 % of peak, p95",
        MOST,
        200.0,
        _more("console", "all pages", "p95_ms"),
        "ms",
    ),
    Target(
        "entering events into the index, for one core",
        LEAST,
        5_000,
        _more("index", "postgresql", "events_per_core_s"),
        "/s",
    ),
    Target(
        "a look-up in the index, p99", MOST, 50.0, _field("index", "postgresql", "p99_ms"), "ms"
    ),
    Target(
        "metrics, of the exchange's instructions",
        MOST,
        3.0,
        _more("watched", "metrics", "percent"),
        "%",
    ),
    Target(
        "tracing that is off, of the same",
        MOST,
        0.3,
        _more("watched", "tracing that is off", "percent"),
        "%",
    ),
    Target(
        "an index beside it, of the same", MOST, 0.3, _more("watched", "the index", "percent"), "%"
    ),
    *(
        Target(
            f"rows of a {name} sheet, for one core of the {side}",
            LEAST,
            10_000,
            _more("sheet", name, figure),
            "/s",
        )
        for name in ("csv", "xlsx")
        for side, figure in (
            ("gateway", "rows_per_core_s"),
            ("uploader", "uploader_rows_per_core_s"),
        )
    ),
    *(
        Target(
            f"rows of a {name} sheet, from the command to the log",
            LEAST,
            10_000,
            _field("sheet", name, "events_per_s"),
            "/s",
        )
        for name in ("csv", "xlsx")
    ),
    Target("normalising EPCIS JSON", MOST, 60.0, _micro("epcis-json"), "µs"),
    Target("normalising mapped JSON", MOST, 40.0, _micro("mapped"), "µs"),
    Target("normalising EPCIS XML", MOST, 120.0, _micro("epcis-xml"), "µs"),
)
"""In the order of the page."""
