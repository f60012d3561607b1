"""`normalise` and `explain`: judge documents without touching a log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tracehub.app import Judgement, judgement
from tracehub.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile, Files, OptionalConfigFile
from tracehub.cli.screen import NO, console, ends_well, print_json
from tracehub.errors import ConfigError, Reason, RejectError
from tracehub.model.connection import Connection
from tracehub.model.event import CATEGORIES
from tracehub.normalise.normaliser import Source
from tracehub.normalise.rule_book import RULES
from tracehub.normalise.verdict import Accepted, Quarantined
from tracehub.route.explain import Explanation
from tracehub.route.explain import explain as explain_routes
from tracehub.settings import Settings
from tracehub.settings_load import load_settings

DRY_RUN = "third-party/dry-run"
Language = Annotated[
    Literal["en", "zh"], typer.Option("--lang", help="In which language reasons are told.")
]
Category = Annotated[str, typer.Option(help="The product category they are published under.")]
ConnectionId = Annotated[str, typer.Option("--connection", help="Who publishes them.")]


def normalise(
    files: Files,
    category: Category = "food",
    connection: ConnectionId = DRY_RUN,
    config: OptionalConfigFile = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say what would become of documents. Exit 0 when nothing is quarantined, else 1."""
    with ends_well():
        judged = judgement(load_settings(config) if config else Settings())
        source = _source(judged, category, connection)
        good = True
        for path in files:
            for line in _judged(judged, path, source):
                good = good and line["verdict"] != "quarantine"
                _show(line, lang, as_json=as_json)
    if not good:
        raise typer.Exit(NO)


def explain(
    files: Files,
    config: ConfigFile = DEFAULT_CONFIG,
    category: Category = "food",
    connection: ConnectionId = DRY_RUN,
    all_rules: Annotated[
        bool, typer.Option("--all", help="Also say why the other rules did not fire.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say where each event of the documents would go, and by which rule."""
    with ends_well():
        judged = judgement(load_settings(config))
        source = _source(judged, category, connection)
        for path in files:
            for item in judged.normaliser.normalise(path.read_bytes(), source):
                if isinstance(item, Quarantined):
                    _show(_line(path, item), "en", as_json=as_json)
                    continue
                header = item.event.header
                found = explain_routes(judged.table, header, connection, all_rules=all_rules)
                _show_routes(path, item, found, as_json=as_json)


def _source(judged: Judgement, category: str, connection: str) -> Source:
    if category not in CATEGORIES:
        raise ConfigError(f"--category {category}: not one of {', '.join(CATEGORIES)}")
    known = judged.connections.get(connection)
    if known is None and connection != DRY_RUN:
        raise ConfigError(
            f"--connection {connection}: not in the configuration; give it with --config, or "
            f"one of {', '.join(judged.connections) or 'none'}"
        )
    return Source(category, known or Connection(DRY_RUN))


def _judged(judged: Judgement, path: Path, source: Source) -> Iterator[dict[str, Any]]:
    try:
        items = judged.normaliser.normalise(path.read_bytes(), source)
    except RejectError as error:
        yield _refused(path, None, "", error)
        return
    for item in items:
        yield _line(path, item)


def _line(path: Path, item: Accepted | Quarantined) -> dict[str, Any]:
    if isinstance(item, Quarantined):
        return _refused(path, item.item, item.event_id, item.error)
    return {
        "file": str(path),
        "index": item.item,
        "event_id": item.event.header.event_id,
        "verdict": item.verdict,
        "reasons": [_told(reason) for reason in item.reasons],
    }


def _told(reason: Reason) -> dict[str, Any]:
    """A reason with all that is known of its rule."""
    rule = RULES[reason.rule]
    return {**reason._asdict(), "severity": rule.severity, "source": rule.source}


def _refused(path: Path, index: int | None, event_id: str, error: RejectError) -> dict[str, Any]:
    return {
        "file": str(path),
        "index": index,
        "event_id": event_id,
        "verdict": "quarantine",
        "reasons": [_told(reason) for reason in error.reasons],
    }


def _show(line: dict[str, Any], lang: str, *, as_json: bool) -> None:
    if as_json:
        print_json(line)
        return
    index = "-" if line["index"] is None else line["index"]
    out = console()
    out.print(f"{line['file']}[{index}] {line['verdict']} {line['event_id']}", markup=False)
    for reason in line["reasons"]:
        value = f" ({reason['value']})" if reason["value"] else ""
        text = reason["text_zh" if lang == "zh" else "text"] or reason["text"]
        where = f"{reason['rule']} at {reason['path']}{value}"
        out.print(f"    {where}: {text} [{reason['source']}]", markup=False)


def _show_routes(path: Path, item: Accepted, found: Explanation, *, as_json: bool) -> None:
    event_id = item.event.header.event_id
    if as_json:
        where = {"file": str(path), "index": item.item, "event_id": event_id}
        print_json({**where, **found.to_dict()})
        return
    out = console()
    out.print(f"{path}[{item.item}] {event_id}", markup=False)
    for line in found.lines():
        out.print(f"    {line}", markup=False)
