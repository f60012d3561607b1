"""`hash`: the event hash ids of the events in documents."""

from __future__ import annotations

from typing import Annotated

import typer

from tracehub.cli.options import AsJson, Files
from tracehub.cli.screen import console, ends_well, print_json
from tracehub.errors import ConfigError, RejectError
from tracehub.normalise.event_hash import PINNED, Algorithm, Version, event_hash, pre_hash
from tracehub.normalise.reading import left_out, read, without


def hash_events(
    files: Files,
    algorithm: Annotated[Algorithm, typer.Option(help="The digest.")] = "sha-256",
    version: Annotated[Version, typer.Option(help="The rules; CBV2.1 is experimental.")] = PINNED,
    show_text: Annotated[
        bool, typer.Option("--text", help="Also print the text that is hashed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the event hash id (CBV section 8.9) of every event, in the documents' order."""
    with ends_well():
        for path in files:
            try:
                value = path.read_bytes()
                names = left_out(value)
                events = read(value)
            except RejectError as error:
                raise ConfigError(f"{path}: {error}") from None
            for found in events:
                event = without(found.event, names)
                line = {"path": found.path, "hash": event_hash(event, algorithm, version)}
                if show_text:
                    line["text"] = pre_hash(event, version)
                _print(line, as_json=as_json)


def _print(line: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        print_json(line)
        return
    for text in (line["hash"], *([line["text"]] if "text" in line else [])):
        console().print(text, soft_wrap=True, markup=False, highlight=False)
