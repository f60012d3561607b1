"""`bench`: what this machine can do, and what a given traffic needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer
import uvloop

from tracehub.cli.options import AsJson
from tracehub.cli.screen import console, ends_well, print_json, print_rows
from tracehub.testing.price import Price, prices
from tracehub.testing.sizing import Demand, need

_QUICK: Final = 20_000
_LONG: Final = 100_000


def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer events: seconds.")] = False,
    events: Annotated[
        int, typer.Option(min=0, help="Events of the fastest lane; 0 = as many as fit.")
    ] = 0,
    mean: Annotated[float, typer.Option(min=0, help="Expected events a second, mean.")] = 10_000,
    peak: Annotated[float, typer.Option(min=0, help="Expected events a second, peak.")] = 50_000,
    retention_days: Annotated[float, typer.Option(min=0, help="How long the log keeps.")] = 14,
    replication: Annotated[int, typer.Option(min=1, help="How many brokers keep it.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Measure the exchange on this machine without a broker; say what a traffic needs.

    The cost of an event holds the embedded log's share; a Kafka client's is less.
    """
    demand = Demand(mean, peak, retention_days, replication)
    count = events or (_QUICK if quick else _LONG)

    def show(name: str) -> None:
        if not as_json:
            console().print(f"measuring {name}", style="dim")

    with ends_well():
        found, log_us = uvloop.run(prices(count, show))
    rows = [_row(name, each, log_us, demand) for name, each in found.items()]
    if as_json:
        for row in rows:
            print_json({**row, **demand._asdict()})
        return
    print_rows(rows, as_json=False, title="The exchange on this machine")
    console().print(
        f"cores: for a mean of {mean:,.0f} and a peak of {peak:,.0f} events/s; gib: on all "
        f"brokers, {retention_days:g} days, {replication} replicas, not compressed."
    )


def _row(name: str, price: Price, log_us: float, demand: Demand) -> Mapping[str, Any]:
    cost_us = price.decide_us + log_us
    needed = need(demand, cost_us, price.stored_bytes)
    return {
        "lane": name,
        "decide_us": round(price.decide_us, 1),
        "log_us": round(log_us, 1),
        "events_per_core_s": round(1e6 / cost_us),
        "bytes_stored": round(price.stored_bytes),
        "cores": needed.cores,
        "gib": round(needed.gib),
    }
