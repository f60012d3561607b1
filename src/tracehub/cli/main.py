"""The command tree; each command lives in the file of its subject."""

from __future__ import annotations

from importlib.metadata import version as version_of
from typing import Annotated

import typer

from tracehub.cli import (
    bench,
    catalogue,
    codes,
    conformance,
    connections,
    connector,
    convert,
    dead_letters,
    demo,
    documents,
    hashes,
    hub,
    receipts,
    regions,
    rights,
    running,
    story,
    upload,
)

app = typer.Typer(
    name="tracehub",
    help="The open exchange hub between traceability platforms.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("run")(running.run)
app.command("check")(hub.check)
app.command("feed")(hub.feed)
app.command("topics")(hub.topics)
app.command("rights")(rights.rights)
app.command("conformance")(conformance.conformance)
app.command("conformance-verify")(conformance.conformance_verify)
app.command("receipts")(receipts.receipts)
app.command("story")(story.story)
app.command("upload")(upload.upload)
app.command("normalise")(documents.normalise)
app.command("explain")(documents.explain)
app.command("convert")(convert.convert)
app.command("bench")(bench.bench)
app.command("hash")(hashes.hash_events)
app.add_typer(connector.app, name="connector")
app.add_typer(connections.app, name="connections")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(codes.app, name="codes")
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(regions.app, name="regions")


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"tracehub {version_of('tracehub')}")
        raise typer.Exit


@app.callback()
def _program(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Say the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """The open exchange hub between traceability platforms."""


def main() -> None:
    """Entry point of the `tracehub` program."""
    app()
