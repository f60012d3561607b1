"""`convert`: documents in another format, never with less in them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tracehub.app import judgement
from tracehub.avro.codec import Codec
from tracehub.cli.documents import Category
from tracehub.cli.screen import NO, console, ends_well
from tracehub.clock import SystemClock
from tracehub.errors import ConfigError
from tracehub.model.connection import Connection
from tracehub.model.event import CATEGORIES, Event
from tracehub.model.instant import utc
from tracehub.normalise.convert import CANONICAL, FORMATS, to_canonical, to_epcis, to_mapped
from tracehub.normalise.mapping_shipped import shipped, shipped_names
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import Quarantined
from tracehub.settings import Settings

_ENDINGS = {"epcis-json": "json", "epcis-xml": "xml", CANONICAL: "avro"}


def convert(
    file: Annotated[Path, typer.Argument(help="A document.", exists=True, dir_okay=False)],
    to: Annotated[
        str, typer.Option(help=f"{', '.join(FORMATS)}, or a shipped field table.", metavar="FORMAT")
    ],
    given: Annotated[
        str, typer.Option("--from", help="Field table of the document, when it is no EPCIS.")
    ] = "",
    syntax: Annotated[str, typer.Option(help="json or xml, for a field table with both.")] = "",
    category: Category = "food",
    out: Annotated[Path | None, typer.Option(help="Write into this folder.")] = None,
) -> None:
    """Convert a document; what the format has no place for is refused, never dropped.

    What is written was read back and says the same. Without --out one document goes to standard
    output. Exit 1 when an event is quarantined or can't be expressed.
    """
    with ends_well():
        if category not in CATEGORIES:
            raise ConfigError(f"--category {category}: not one of {', '.join(CATEGORIES)}")
        judged = judgement(Settings())
        events = _events(file, given, category, judged.codec)
        if to == CANONICAL:
            documents, ending = to_canonical(events, judged.codec), _ENDINGS[to]
        elif to in FORMATS:
            created = utc(SystemClock().now_ms()).isoformat(timespec="seconds")
            documents, ending = [to_epcis(events, to, created)], _ENDINGS[to]
        elif to in shipped_names():
            mapping = shipped(to)
            documents = to_mapped(events, mapping, syntax)
            ending = syntax or mapping.form.syntaxes[0]
        else:
            known = ", ".join((*FORMATS, *shipped_names()))
            raise ConfigError(f"--to {to}: there is no such format; choose from {known}")
        _write(documents, file.stem, ending, out)


def _events(file: Path, given: str, category: str, codec: Codec) -> list[Event]:
    """The events of a document, all of which must be good."""
    connection = Connection("third-party/document", format="mapped" if given else "epcis")
    mappings = {connection.id: shipped(given, "--from")} if given else {}
    normaliser = Normaliser(codec, Tables(mappings=mappings))
    events = []
    for item in normaliser.normalise(file.read_bytes(), Source(category, connection)):
        if isinstance(item, Quarantined):
            raise item.error
        events.append(item.event)
    return events


def _write(documents: list[bytes], stem: str, ending: str, out: Path | None) -> None:
    if out is None and len(documents) != 1:
        text = f"{len(documents)} documents come of it; give a folder with --out"
        console().print(text)
        raise typer.Exit(NO)
    if out is None:
        sys.stdout.buffer.write(documents[0])
        return
    out.mkdir(parents=True, exist_ok=True)
    for number, document in enumerate(documents):
        name = f"{stem}.{ending}" if len(documents) == 1 else f"{stem}.{number}.{ending}"
        (out / name).write_bytes(document)
        console().print(str(out / name), markup=False)
