"""Every metric, declared once. Labels come from closed sets: never an id, a code of a product.

Incremented per batch, never per event on the hot path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import prometheus_client as plain
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics import MetricWrapperBase

_AGES_S = (1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400, 259_200, 604_800, 2_592_000)
_DELAYS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)


class _Found(MetricWrapperBase):
    """A metric that finds what it has by its labels: the library checks them anew each time."""

    def labels(self, *values: str) -> Any:  # type: ignore[override]  # by their order alone
        """The one with these labels, made at the first call."""
        return self._metrics.get(values) or super().labels(*values)


class Counter(_Found, plain.Counter):
    """Only grows."""


class Gauge(_Found, plain.Gauge):
    """Goes up and down."""


class Histogram(_Found, plain.Histogram):
    """Counts by size."""


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.events = Counter(
            "tracehub_events",
            "Events read from raw topics, by verdict (accept, accept-normalised, quarantine).",
            ["category", "connection", "verdict"],
            registry=registry,
        )
        self.rejects = Counter(
            "tracehub_rejects",
            "Dead letters written, by first reason.",
            ["stage", "connection", "code"],
            registry=registry,
        )
        self.routes = Counter(
            "tracehub_routes",
            "Routes chosen, by the rule that chose them.",
            ["rule", "connection"],
            registry=registry,
        )
        self.deliveries = Counter(
            "tracehub_deliveries",
            "Deliveries, by outcome (delivered, repeated, refused, retry).",
            ["connection", "category", "status"],
            registry=registry,
        )
        self.flood = Gauge(
            "tracehub_flood",
            "1 while a publisher rests because most of what it sent was refused.",
            ["connection"],
            registry=registry,
        )
        self.repeats = Counter(
            "tracehub_repeats",
            "Records of a deliver topic that repeat an earlier one, passed over.",
            ["connection"],
            registry=registry,
        )
        self.gap = Gauge(
            "tracehub_gap",
            "1 while a partition waits behind a gap in its log.",
            ["connection", "partition"],
            registry=registry,
        )
        self.delivery_delay = Histogram(
            "tracehub_delivery_delay_seconds",
            "From the raw record's append to the receiver's answer.",
            ["connection"],
            buckets=_DELAYS_S,
            registry=registry,
        )
        self.event_age = Histogram(
            "tracehub_event_age_seconds",
            "From when an event occurred, as its publisher says, to the receiver's answer.",
            ["connection"],
            buckets=_AGES_S,
            registry=registry,
        )
        self.due = Counter(
            "tracehub_due_events",
            "Events that had to be accounted for, once the log had what was made of them.",
            ["stage", "connection"],
            registry=registry,
        )
        self.settled = Counter(
            "tracehub_settled_events",
            "Events accounted for in the log, by fate (canonical, answered, dead-letter).",
            ["stage", "connection", "fate"],
            registry=registry,
        )
        self.unaccounted = Gauge(
            "tracehub_unaccounted_events",
            "Events due less events settled since the process started; anything but 0 is a loss.",
            ["stage", "connection"],
            registry=registry,
        )
        self.gateway_requests = Counter(
            "tracehub_gateway_requests",
            "Requests answered by the gateway, by route and HTTP status.",
            ["route", "status"],
            registry=registry,
        )
        self.gateway_delay = Histogram(
            "tracehub_gateway_request_seconds",
            "From a request's arrival at the gateway to its answer.",
            ["route"],
            buckets=_DELAYS_S,
            registry=registry,
        )
        self.gateway_waiting = Gauge(
            "tracehub_gateway_waiting_bytes",
            "Bytes that were taken in and wait for the log.",
            registry=registry,
        )
        self.batches = Histogram(
            "tracehub_batch_seconds",
            "Time of one batch, by step (stage, publish, commit).",
            ["service", "step"],
            buckets=_DELAYS_S,
            registry=registry,
        )
        self.held = Gauge(
            "tracehub_held_records",
            "Records of the batch in hand that wait to be tried again.",
            ["service"],
            registry=registry,
        )
        self.oldest = Gauge(
            "tracehub_oldest_record_timestamp_seconds",
            "When the oldest record in hand was appended, Unix time; 0 with none in hand.",
            ["service"],
            registry=registry,
        )
        self.publish_failures = Counter(
            "tracehub_publish_failures",
            "Batches for which the log did not answer in time; each is run again.",
            ["service"],
            registry=registry,
        )
        self.lag = Gauge(
            "tracehub_lag_records",
            "Records not yet finished by the group that reads a topic.",
            ["topic"],
            registry=registry,
        )
        self.connection_state = Gauge(
            "tracehub_connection_state",
            "1 for the state that a connection's breaker is in (closed, open, half-open).",
            ["connection", "state"],
            registry=registry,
        )
        self.stage_cpu = Counter(
            "tracehub_stage_cpu_seconds",
            "CPU time by what it went into, sampled: read, codec, judge, route, build, publish, "
            "commit, wire (sockets), send (other systems), turn (the loop itself), threads, other.",
            ["stage"],
            registry=registry,
        )
        self.workers = Gauge(
            "tracehub_workers",
            "Worker processes that run now; 0 in a process that has none.",
            registry=registry,
        )
        self.worker_deaths = Counter(
            "tracehub_worker_deaths",
            "Worker processes that ended by themselves; each was replaced.",
            registry=registry,
        )
        self.build = Gauge(
            "tracehub_build_info",
            "Always 1: which version runs which rules and catalogue with which codec engine, and "
            "whether the compiled parts read and write batches of records.",
            ["version", "rules", "catalogue", "codec", "batches"],
            registry=registry,
        )

    def look_in_hand(self, service: str, look: Callable[[], tuple[int, int]]) -> None:
        """Ask when somebody looks what a service has in hand: records held, oldest append in ms."""
        self.held.labels(service).set_function(lambda: look()[0])
        self.oldest.labels(service).set_function(lambda: look()[1] / 1000)

    def show_state(self, connection: str, state: str) -> None:
        """Set a connection's breaker state."""
        for each in ("closed", "open", "half-open"):
            self.connection_state.labels(connection, each).set(float(each == state))

    def show_lag(self, lag: Mapping[str, int]) -> None:
        """Set the lag of each topic."""
        for topic, records in lag.items():
            self.lag.labels(topic).set(records)

    def exposition(self) -> bytes:
        """All metrics in the text format that Prometheus scrapes."""
        return generate_latest(self.registry)
