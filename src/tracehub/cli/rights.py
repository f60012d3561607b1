"""`rights`: what each principal may do on the log, for whoever keeps the broker's ACLs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from tracehub.app import Right
from tracehub.app import rights as rights_of
from tracehub.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from tracehub.cli.screen import console, ends_well, print_rows
from tracehub.settings_load import load_settings


def rights(
    commands: Annotated[
        bool, typer.Option("--commands", help="Print arguments of kafka-acls.sh, a line each.")
    ] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List what each principal may do on the log; whatever is not listed is denied."""
    with ends_well():
        held = rights_of(load_settings(config))
        if commands:
            for user, found in held.items():
                for each in found:
                    console().print(" ".join(_command(user, each)), markup=False)
            return
        rows = [_row(user, each) for user, found in held.items() for each in found]
        print_rows(rows, as_json=as_json, title="Rights")


def _row(user: str, right: Right) -> dict[str, Any]:
    return {
        "principal": user,
        "kind": right.kind,
        "name": right.name,
        "pattern": _pattern(right),
        "operations": list(right.operations),
    }


def _command(user: str, right: Right) -> Iterator[str]:
    yield f"--add --allow-principal User:{user}"
    yield from (f"--operation {each}" for each in right.operations)
    yield f"--{right.kind} {right.name} --resource-pattern-type {_pattern(right)}"


def _pattern(right: Right) -> str:
    return "prefixed" if right.prefixed else "literal"
