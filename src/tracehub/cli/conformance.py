"""`conformance`, `conformance-verify`: does another system's test endpoint keep the contract?"""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from tracehub.app import Edges, Judgement, judgement
from tracehub.app.connections import line
from tracehub.app.edges import read_secret
from tracehub.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from tracehub.cli.screen import NO, console, ends_well, print_json, print_rows
from tracehub.conformance import Target, junit, perform, read_report, sign_report
from tracehub.conformance.report import report_of
from tracehub.conformance.run import ability_of
from tracehub.connect.load import load_type
from tracehub.connect.secret import Scrub, secrets_of
from tracehub.errors import ConfigError
from tracehub.model.instant import utc
from tracehub.normalise.normaliser import Source
from tracehub.settings import SecretReference, Settings
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent


def conformance(
    connection: Annotated[str, typer.Argument(help="Whose test endpoint is asked.")],
    config: ConfigFile = DEFAULT_CONFIG,
    report: Annotated[Path | None, typer.Option(help="Write the signed report here.")] = None,
    key_env: Annotated[str, typer.Option(help="Variable with the Ed25519 key, base64url.")] = "",
    key_file: Annotated[Path | None, typer.Option(help="File with the key.")] = None,
    junit_file: Annotated[
        Path | None, typer.Option("--junit", help="Write JUnit XML here.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a system's test endpoint scenario by scenario; 1 when it fails any.

    The sample events are real effects there. The report is signed, so that it can be filed:
    `tracehub conformance-verify` checks it.
    """
    with ends_well():
        key = _key(key_env, key_file) if report else ""
        settings = load_settings(config)
        found = asyncio.run(ask(settings, judgement(settings), connection))
        if report is not None:
            signed = orjson.dumps(sign_report(found, key), option=orjson.OPT_INDENT_2)
            report.write_bytes(signed + b"\n")
        if junit_file is not None:
            junit_file.write_text(junit(found), "utf-8")
        _show(found, as_json=as_json)
    if not found["passed"]:
        raise typer.Exit(NO)


def conformance_verify(
    report: Annotated[Path, typer.Argument(help="A signed report.", exists=True, dir_okay=False)],
    public_key: Annotated[
        str, typer.Option(help="Who must have signed it; without it the key that it names.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check the signature of a conformance report and show it; 1 when it is not good."""
    with ends_well():
        found, good = read_report(report, public_key)
        if good:
            _show(found, as_json=as_json)
        else:
            console().print(f"{report}: the signature is not good; it was changed or is another's")
    if not good:
        raise typer.Exit(NO)


async def ask(settings: Settings, judged: Judgement, connection: str) -> dict[str, Any]:
    """Every scenario of one connection: the report without its signature.

    Raises:
        ConfigError: there is no such connection, or none that could be asked.
    """
    target = _target(settings, judged, connection)
    clock = target.line.clock
    began = clock.now_ms()
    scrub = Scrub(secrets_of(target.line.config))
    findings = [each._replace(text=scrub(each.text)) for each in await perform(target)]
    facts = {
        "connection": connection,
        "type": target.type,
        "protocol": target.ability._asdict(),
        "url": settings.connections[connection].url,
        "tracehub": version("tracehub"),
        "rules_version": judged.version.hex(),
        "began_at": utc(began).isoformat(timespec="seconds"),
        "ended_at": utc(clock.now_ms()).isoformat(timespec="seconds"),
    }
    return report_of(facts, findings)


def _target(settings: Settings, judged: Judgement, connection: str) -> Target:
    known = judged.connections.get(connection)
    if known is None or not settings.connections[connection].url:
        raise ConfigError(
            f"{connection}: the configuration has no such connection with a url; "
            "see `tracehub connections`"
        )
    settled = settings.connections[connection]
    kind = load_type(known.type)
    if kind.open is None:
        raise ConfigError(f"{connection}: nothing is delivered to systems of type {kind.name}")
    lined = line(known, settled, kind, Edges(silent()))
    ability = ability_of(kind, lined.config)
    return Target(
        kind.name,
        lined,
        ability,
        kind.open,
        kind.open_collector if settled.collect_every_s and ability.publishes else None,
        judged.normaliser,
        Source(known.categories[0], known),
    )


def _key(key_env: str, key_file: Path | None) -> str:
    if bool(key_env) == bool(key_file):
        raise ConfigError("--report: give the signing key by either --key-env or --key-file")
    return read_secret(SecretReference(env=key_env, file=key_file), "--key-env/--key-file")


def _show(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(report)
        return
    rows = [
        {
            "scenario": each["id"],
            "outcome": each["outcome"],
            "what a conforming system does": each["title"],
            "场景": each["title_zh"],
            "seen": each["text"],
        }
        for each in report["scenarios"]
    ]
    print_rows(rows, as_json=False, title=f"Conformance of {report['connection']}")
    verdict = "passed" if report["passed"] else "failed"
    console().print(f"{report['connection']}: {verdict}")
