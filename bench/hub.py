"""The hub under measurement: its settings file, its loads on the broker, and it as a contender."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
from ruamel.yaml import YAML

from bench.broker import Broker
from bench.contender import Contender, Exact
from tracehub.app import topic_specs
from tracehub.avro.catalogue import bundled
from tracehub.model.event import SECTIONS
from tracehub.settings import Settings
from tracehub.testing.load import Format, Load
from tracehub.testing.load_hub import Shape, make_load, settings_tree

GROUP: Final = "exchange"
PROGRAM: Final = (sys.executable, "-m", "tracehub", "run")


class Filled(NamedTuple):
    """A load that lies on its raw topics."""

    load: Load
    events: int
    topics: tuple[str, ...]
    shape: Shape


def write_settings(path: Path, tree: Mapping[str, Any]) -> Path:
    """Write `hub.yaml` below a folder that is made when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        YAML().dump(orjson.loads(orjson.dumps(tree)), out)
    return path


def fill(broker: Broker, shape: Shape, written: Format, events: int) -> Filled:
    """Make the load and put it on the broker, once: workloads of one run share what they read."""
    if shape.publisher not in broker.loads:
        made = make_load(shape, written)
        broker.fill(made, events, shape.partitions)
        broker.loads[shape.publisher] = made
    load = broker.loads[shape.publisher]
    topics = tuple(dict.fromkeys(each.topic for each in load.templates))
    return Filled(load, events, topics, shape)


def kafka(broker: Broker, partitions: int) -> Mapping[str, Any]:
    """The `bus` section for a broker of one node."""
    return {
        "engine": "kafka",
        "servers": [broker.servers],
        "partitions": partitions,
        "replication": 1,
        "min_insync": 1,
    }


def exchange(  # noqa: PLR0913 - what tells one workload from another
    folder: Path,
    broker: Broker,
    filled: Filled,
    workload: str,
    variant: str,
    *,
    trusted: bool = False,
    cut: bool = False,
    exact: Exact = "values",
    options: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> Contender:
    """The hub's own exchange over a load.

    Args:
        folder: where its settings are written.
        broker: where the load lies.
        filled: the load.
        workload: the name of the figures.
        variant: which of them.
        trusted: its publisher is another hub.
        cut: receivers see the public section alone.
        exact: how close the outputs are looked at.
        options: further words of the command.
        env: further variables.
    """
    bus = kafka(broker, filled.shape.partitions)
    shown = SECTIONS[0] if cut else SECTIONS[-1]
    tree = settings_tree(filled.shape, bus, trusted=trusted, disclosure=shown)
    path = write_settings(folder / f"{workload}-{variant}" / "hub.yaml", tree)
    due = filled.load.due(cut=cut)
    broker.make((*due, *_quiet(tree)), filled.shape.partitions)
    command = (*PROGRAM, "exchange", "-c", str(path), *options)
    read = filled.events, due, exact, (GROUP,), env or {}, filled.topics
    return Contender(workload, variant, command, *read)


def _quiet(tree: Mapping[str, Any]) -> list[str]:
    """Topics that get nothing, so that a record there is found."""
    settings = Settings.model_validate(tree)
    kinds = ("event.", "deliver.", "dead-letter.")
    return [each.name for each in topic_specs(settings) if each.name.startswith(kinds)]


def routes_file(path: Path, filled: Filled) -> Path:
    """Write the routes that loops of others decide by, as the oracle worked them out.

    Beside the file, for other languages: routes as lines (`.tsv`), the header schema (`.avsc`).
    """
    table = {}
    dead: list[str] = []
    for each in filled.load.templates:
        truth = each.truth
        if truth.code:
            dead = list(each.due)
            continue
        category = each.topic.split(".")[1]
        words = "|".join((category, "+".join(truth.kinds), truth.origin, truth.destination))
        table[words.replace("-", "_")] = list(each.due)
    schemas = {
        schema.wire_id: schema.text for schema in bundled() if schema.subject.startswith("event.")
    }
    path.write_bytes(
        orjson.dumps(
            {"table": table, "dead": dead, "schemas": schemas}, option=orjson.OPT_NON_STR_KEYS
        )
    )
    head = next(iter(schemas.values()))["fields"][0]["type"]
    Path(f"{path}.avsc").write_bytes(orjson.dumps(head))
    lines = [f"{key}\t{','.join(topics)}" for key, topics in {**table, "dead": dead}.items()]
    Path(f"{path}.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    return path
