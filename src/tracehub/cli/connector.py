"""`connector`: start a connector package, and write the golden examples of its field table."""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Annotated, Any

import orjson
import typer

from tracehub.cli.screen import console, ends_well
from tracehub.connect import Mapping, batch_item, installed, load_mapping
from tracehub.errors import ConfigError
from tracehub.testing.deliveries import sample_delivery
from tracehub.testing.examples import event_of

app = typer.Typer(help="Write connector packages.", no_args_is_help=True)

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_CODE = ".txt"
"""Ends the name of a template that holds code, so that no tool takes it for code of ours."""
_STYLE = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="The type: first half of its connections' ids.")],
    into: Annotated[Path, typer.Option(help="Make the package's folder in this one.")] = Path(),
) -> None:
    """Make a connector package that passes the contract as it is, to be changed from there."""
    with ends_well():
        if not _NAME.fullmatch(name):
            raise ConfigError(f"{name}: a type is lower-case letters and digits, with single '-'")
        if name in installed():
            raise ConfigError(f"{name}: such a connector type is installed; choose another name")
        folder = into / name.replace("-", "_")
        if folder.exists():
            raise ConfigError(f"{folder}: it exists; choose another name, or --into elsewhere")
        words = {
            "name": name,
            "package": f"tracehub_{name.replace('-', '_')}",
            "cls": "".join(each.capitalize() for each in name.split("-")),
        }
        _copy(files("tracehub").joinpath("templates", "connector"), folder, words)
        _golden(folder)
        console().print(
            f"{folder} is ready: pip install ./{folder}, then pytest {folder}.\n"
            "Next: mapping.yaml says which field is which, wire.py what a document is about; "
            "tracehub connector golden shows what they make of tests/examples.",
            markup=False,
        )


@app.command("golden")
def golden(
    folder: Annotated[Path, typer.Argument(help="A connector package.", exists=True)],
) -> None:
    """Write what the field table makes of every example in tests/examples, to be read by you.

    `<name>.json` becomes `<name>.plain.json`, `<name>.canonical.json` becomes `<name>.wire.json`,
    and the sample event of the contract `failed-test.request.json`.
    """
    with ends_well():
        for path in _golden(folder):
            console().print(str(path), markup=False)


def _copy(source: Traversable, target: Path, words: dict[str, str]) -> None:
    target.mkdir(parents=True)
    for each in source.iterdir():
        name = Template(each.name).substitute(words)
        if each.is_dir():
            _copy(each, target / name, words)
        else:
            text = Template(each.read_text("utf-8")).substitute(words)
            (target / name.removesuffix(_CODE)).write_text(text, "utf-8")


def _golden(folder: Path) -> list[Path]:
    """Every golden file of a package, written."""
    (table,) = folder.glob("src/*/mapping.yaml")
    mapping = load_mapping(table.read_text("utf-8"), str(table))
    examples = folder / "tests" / "examples"
    made: dict[str, Any] = {}
    if mapping.writes:
        made["failed-test.request.json"] = [batch_item(sample_delivery(), mapping)]
    for path in sorted(examples.glob("*.json")):
        name, *ending = path.name.removesuffix(".json").split(".")
        if ending == ["canonical"] and mapping.writes:
            event = event_of(orjson.loads(path.read_bytes()))
            made[f"{name}.wire.json"] = mapping.write(event)
        elif not ending and mapping.reads:
            made[f"{name}.plain.json"] = _read(mapping, path)
    for name, value in made.items():
        (examples / name).write_bytes(orjson.dumps(value, option=_STYLE))
    return [examples / name for name in made]


def _read(mapping: Mapping, path: Path) -> list[Any]:
    document = path.read_bytes()
    category = str(orjson.loads(document).get("category", "food"))
    found = mapping.read(document, category)
    faults = [f"{path.name}: {each.path}: {each.text}" for one in found for each in one.faults]
    if faults:
        raise ConfigError("\n".join(faults))
    return [each.event for each in found]
