"""What a reference loop is told, by the environment. Must not know any client."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

OUTPUTS: Final = ("copy.first", "copy.second", "copy.some")


class Task(NamedTuple):
    """Where to read and what for.

    Attributes:
        servers: bootstrap server.
        topics: raw topics.
        group: consumer group.
        every: the copy writes every record twice, and each `every`th a third time.
        routes: file of the routes for loops that decide; empty for those that copy.
    """

    servers: str
    topics: tuple[str, ...]
    group: str
    every: int
    routes: str


def environment(task: Task) -> Mapping[str, str]:
    """The task as the environment of a process."""
    return {
        "BENCH_SERVERS": task.servers,
        "BENCH_TOPICS": ",".join(task.topics),
        "BENCH_GROUP": task.group,
        "BENCH_EVERY": str(task.every),
        "BENCH_ROUTES": task.routes,
    }


def task() -> Task:
    """The task of this process."""
    return Task(
        os.environ["BENCH_SERVERS"],
        tuple(os.environ["BENCH_TOPICS"].split(",")),
        os.environ["BENCH_GROUP"],
        int(os.environ["BENCH_EVERY"]),
        os.environ["BENCH_ROUTES"],
    )


class Routes(NamedTuple):
    """Where events go, by what their headers say; worked out by the oracle beforehand."""

    table: Mapping[str, tuple[str, ...]]
    dead: tuple[str, ...]
    schemas: Mapping[int, Any]

    def of(self, header: Mapping[str, object]) -> tuple[str, ...]:
        """The topics for a decoded header."""
        kinds = header["kinds"]
        assert isinstance(kinds, list)
        key = (
            f"{header['category']}|{'+'.join(kinds)}|"
            f"{header['origin_region']}|{header['destination_region']}"
        )
        return self.table[key]


def routes(path: str) -> Routes:
    """Read the file of routes."""
    found = orjson.loads(Path(path).read_bytes())
    return Routes(
        {key: tuple(topics) for key, topics in found["table"].items()},
        tuple(found["dead"]),
        {int(wire_id): schema for wire_id, schema in found["schemas"].items()},
    )
