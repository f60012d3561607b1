"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[
    Path, typer.Option("--config", "-c", help="The hub's settings.", show_default=True)
]
OptionalConfigFile = Annotated[
    Path | None, typer.Option("--config", "-c", help="Take rules, tables and connections from it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]
Files = Annotated[list[Path], typer.Argument(help="Documents.", exists=True, dir_okay=False)]
DEFAULT_CONFIG = Path("hub.yaml")
