"""`regions`: the table of region codes, and putting another in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracehub.app import region_table
from tracehub.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile, OptionalConfigFile
from tracehub.cli.screen import NO, console, ends_well, print_json, print_rows
from tracehub.codes.region import RegionTable, dump_regions, load_regions
from tracehub.errors import ConfigError
from tracehub.settings import Settings
from tracehub.settings_load import load_settings

app = typer.Typer(help="The table of region codes (GB/T 2260).", no_args_is_help=True)


@app.command("show")
def show(
    code: Annotated[str, typer.Argument(help="Six digits.")],
    config: OptionalConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show every stretch of time of a code. Exit 1 when the table never held it."""
    with ends_well():
        spans = region_table(load_settings(config) if config else Settings()).spans(code)
        print_rows([span._asdict() for span in spans], as_json=as_json, title=f"Region {code}")
    if not spans:
        raise typer.Exit(NO)


@app.command("import")
def import_table(
    file: Annotated[Path, typer.Argument(help="The new table, CSV.", exists=True, dir_okay=False)],
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Check a table of regions and put it in the place that the setting `regions` names."""
    with ends_well():
        settings = load_settings(config)
        if settings.regions is None:
            raise ConfigError(
                f"{config}: regions is not set, so the bundled table is in use; name the file that "
                "shall hold the table"
            )
        try:
            spans = load_regions(file.read_text("utf-8"), str(file))
        except UnicodeDecodeError as error:
            raise ConfigError(
                f"{file}: not UTF-8 at byte {error.start}; save it as UTF-8"
            ) from None
        table = RegionTable(spans)
        written = settings.regions.with_name(settings.regions.name + ".new")
        written.write_text(dump_regions(spans), "utf-8")
        written.replace(settings.regions)
        found = {
            "table": str(settings.regions),
            "codes": len(table),
            "stretches": len(spans),
            "version": table.version.hex(),
        }
        if as_json:
            print_json(found)
        else:
            console().print(
                f"{settings.regions}: {found['codes']} codes in {found['stretches']} stretches of "
                f"time, version {found['version']}. Services take it at their next start."
            )
