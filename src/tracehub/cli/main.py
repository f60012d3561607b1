"""The command tree; each command lives in the file of its subject, loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import version as version_of
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

COMMANDS: Final[Mapping[str, str]] = {
    "demo": "demo:demo",
    "run": "running:run",
    "check": "hub:check",
    "feed": "hub:feed",
    "topics": "hub:topics",
    "rights": "rights:rights",
    "conformance": "conformance:conformance",
    "conformance-verify": "conformance:conformance_verify",
    "receipts": "receipts:receipts",
    "story": "story:story",
    "upload": "upload:upload",
    "normalise": "documents:normalise",
    "explain": "documents:explain",
    "convert": "convert:convert",
    "bench": "bench:bench",
    "hash": "hashes:hash_events",
    "connector": "connector:app",
    "connections": "connections:app",
    "dead-letters": "dead_letters:app",
    "codes": "codes:app",
    "catalogue": "catalogue:app",
    "regions": "regions:app",
}
"""Name -> module of this package, and what of it: a function, or commands of its own."""


class _Loaded(Mapping[str, Any]):
    """Commands by name. A start loads one subject, not the libraries of all of them."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = _load(name, COMMANDS[name])
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _load(name: str, place: str) -> Any:
    module, _, attribute = place.partition(":")
    found = getattr(import_module(f"tracehub.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        command: Any = typer.main.get_group(found)
        command.name = name
        return command
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)


class _Commands(TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Loaded()  # type: ignore[assignment]  # it is only read


app = typer.Typer(
    name="tracehub",
    cls=_Commands,
    help="The open exchange hub between traceability platforms.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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
