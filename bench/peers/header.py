"""The header of a canonical event read by fastavro's prefix schema, for engines in Python.

Self-contained but for fastavro: it runs in environments where tracehub is not.
"""

from __future__ import annotations

import json
import os
from io import BytesIO
from pathlib import Path

from fastavro import parse_schema, schemaless_reader

_FRAME = 5
FILES = os.environ["BENCH_ROUTES"]
SERVERS = os.environ["BENCH_SERVERS"]
TOPICS = os.environ["BENCH_TOPICS"].split(",")
GROUP = os.environ["BENCH_GROUP"]
_HEAD = parse_schema(json.loads(Path(f"{FILES}.avsc").read_text("utf-8")))
_LINES = [line.split("\t") for line in Path(f"{FILES}.tsv").read_text("utf-8").splitlines()]
_TABLE = {key: tuple(topics.split(",")) for key, topics in _LINES}
ALL = sorted({topic for topics in _TABLE.values() for topic in topics})


def topics_of(value: bytes) -> tuple[str, ...]:
    """Where an event goes; a broken one to the dead letters."""
    source = BytesIO(value)
    source.seek(_FRAME)
    try:
        head = schemaless_reader(source, _HEAD, None)
    except (EOFError, ValueError, IndexError, KeyError, TypeError):
        return _TABLE["dead"]
    key = "|".join(
        (
            head["category"],
            "+".join(head["kinds"]),
            head["origin_region"],
            head["destination_region"],
        )
    )
    return _TABLE.get(key, _TABLE["dead"])
