"""`codes`: what a code is, whether its check holds, and which schemes there are."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from tracehub.app import code_tables, region_table
from tracehub.cli.options import AsJson, OptionalConfigFile
from tracehub.cli.screen import NO, console, ends_well, print_json, print_rows
from tracehub.clock import SystemClock
from tracehub.codes.assess import Assessment, assess
from tracehub.codes.recognise import readings
from tracehub.codes.schemes import SCHEMES
from tracehub.errors import ConfigError
from tracehub.model.instant import utc
from tracehub.settings import Settings
from tracehub.settings_load import load_settings

app = typer.Typer(help="Say what a code is and whether its check holds.", no_args_is_help=True)

On = Annotated[
    str, typer.Option("--on", help="The day that validity is asked for, YYYY-MM-DD; today without.")
]
Value = Annotated[str, typer.Argument(help="The code, bare or as a URI.")]


@app.command("check")
def check(
    scheme: Annotated[str, typer.Argument(help="One of `tracehub codes list`.")],
    value: Value,
    on: On = "",
    config: OptionalConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Check one code. Exit 1 when it is no code of the scheme or its check fails."""
    with ends_well():
        if scheme not in SCHEMES:
            raise ConfigError(f"SCHEME {scheme!r}: there is none; see `tracehub codes list`")
        settings = load_settings(config) if config else Settings()
        found = assess(scheme, value, _day(on), region_table(settings), code_tables(settings))
        if as_json:
            print_json(_line(found))
        else:
            _show(found)
    if not found.good:
        raise typer.Exit(NO)


@app.command("parse")
def parse(
    value: Value,
    on: On = "",
    config: OptionalConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Say which schemes a code may be of, the likeliest first. Exit 1 when it is of none."""
    with ends_well():
        settings = load_settings(config) if config else Settings()
        tables = code_tables(settings)
        day = _day(on).isoformat()
        found = readings(value, tables)
        rows = []
        for code in found:
            home = tables.home(code, day)
            known = SCHEMES.get(code.scheme)
            rows.append(
                {
                    "scheme": code.scheme,
                    "what": known.en if known else "",
                    "check": code.check,
                    "normal": code.normal,
                    "uri": code.uri,
                    "home": home.connection if home else "",
                }
            )
        print_rows(rows, as_json=as_json, title=f"Readings of {value}")
    if found[0].scheme == "opaque":
        raise typer.Exit(NO)


@app.command("list")
def list_schemes(as_json: AsJson = False) -> None:
    """List every scheme, what it rests on and how sure that is."""
    with ends_well():
        rows = [
            {
                "scheme": each.id,
                "en": each.en,
                "zh": each.zh,
                "standard": each.basis.standard,
                "certainty": each.basis.certainty,
                "check": each.check,
            }
            for each in SCHEMES.values()
        ]
        print_rows(rows, as_json=as_json, title="Schemes")


def _day(text: str) -> date:
    if not text:
        return utc(SystemClock().now_ms()).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--on {text}: no such day; write YYYY-MM-DD") from None


def _line(found: Assessment) -> dict[str, Any]:
    return {
        "scheme": found.scheme,
        "source": found.source,
        "verdict": found.verdict,
        "normal": found.normal,
        "uri": found.uri,
        "parts": dict(found.parts),
        "home": found.home._asdict() if found.home else None,
        "urn": found.urn,
        "remarks": [each._asdict() for each in found.remarks],
    }


def _show(found: Assessment) -> None:
    out = console()
    lines = [f"{found.scheme} {found.verdict}"]
    for name, value in (("normal", found.normal), ("uri", found.uri), ("urn", found.urn or "")):
        if value:
            lines.append(f"    {name}: {value}")
    lines += [f"    {name}: {value}" for name, value in found.parts.items()]
    if found.home:
        home = found.home
        lines.append(f"    home: {home.connection} by prefix {home.prefix} ({home.source})")
    for each in found.remarks:
        lines += [f"    {each.rule}: {each.text}", f"        {each.text_zh}"]
    for line in lines:
        out.print(line, markup=False)
