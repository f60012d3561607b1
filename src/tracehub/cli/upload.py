"""`upload`: a CSV or Excel file to a gateway, with a bar, and every refused row by its number."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any, Final

import httpx2
import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from tracehub.cli.options import AsJson
from tracehub.cli.screen import NO, console, ends_well, print_json
from tracehub.clock import SystemClock
from tracehub.errors import ConfigError, RetryError

_TYPES: Final = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ASK_S: Final = 0.3
_TIMEOUT_S: Final = 120.0
_ACCEPTED: Final = 202
_OK: Final = 200
_AGAIN: Final = frozenset({404, 429, 502, 503, 504})
_PATIENCE_S: Final = 120.0
"""How long a file is sent again after the gateway was heard of."""


def upload(
    file: Annotated[Path, typer.Argument(help="A .csv or .xlsx file, titles first.", exists=True)],
    to: Annotated[str, typer.Option(help="The gateway's address.")],
    key_env: Annotated[
        str, typer.Option(help="Environment variable that holds the API key.")
    ] = "TRACEHUB_API_KEY",
    category: Annotated[str, typer.Option(help="Product category, if you have several.")] = "",
    charset: Annotated[str, typer.Option(help="How a .csv file is encoded.")] = "utf-8",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge, publish nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish the rows of a sheet through a gateway; 1 when any row was refused."""
    with ends_well():
        found = _upload(file, to, key_env, {"category": category, "dry_run": dry_run}, charset)
        if as_json:
            print_json(found)
        else:
            _tell(found)
    if found["refused"] or found["fault"]:
        raise typer.Exit(NO)


def _upload(
    file: Path, to: str, key_env: str, wanted: dict[str, Any], charset: str
) -> dict[str, Any]:
    media_type = _TYPES.get(file.suffix.lower())
    key = os.environ.get(key_env)
    if media_type is None:
        raise ConfigError(f"{file}: neither .csv nor .xlsx; save it as one of them")
    if not key:
        raise ConfigError(f"--key-env: environment variable {key_env} is not set")
    if media_type == _TYPES[".csv"]:
        media_type += f"; charset={charset}"
    sent = {
        "params": {name: str(value).lower() for name, value in wanted.items() if value},
        "headers": {"content-type": media_type, "content-length": str(file.stat().st_size)},
    }
    with httpx2.Client(base_url=to, timeout=_TIMEOUT_S, headers={"x-api-key": key}) as client:
        return asyncio.run(_published(client, file, sent))


async def _published(client: httpx2.Client, file: Path, sent: dict[str, Any]) -> dict[str, Any]:
    """Send the file and watch it to its end; again when the gateway was lost on the way.

    A row that is published twice has one effect (docs/guarantees.md).
    """
    clock = SystemClock()
    heard, heard_at_s = False, clock.monotonic_s()
    screen = Console(stderr=True)
    with Progress(console=screen, disable=not screen.is_terminal) as bar:
        task = bar.add_task("rows", total=None)
        while True:
            try:
                with file.open("rb") as content:
                    answer = _asked(client, "POST", "/uploads", _ACCEPTED, content=content, **sent)
                heard, heard_at_s = True, clock.monotonic_s()
                return await _watched(client, answer.headers["location"], bar, task)
            except _LostError as error:
                heard = heard or error.after_s > 0.0  # it is there, and says when it has time
                if not heard or clock.monotonic_s() > heard_at_s + _PATIENCE_S:
                    raise
                bar.update(task, completed=0, description="again")
                await clock.sleep(max(error.after_s, _ASK_S))


async def _watched(
    client: httpx2.Client, where: str, bar: Progress, task: TaskID
) -> dict[str, Any]:
    """Ask how far it is until it has ended, and show it."""
    clock = SystemClock()
    while True:
        found: dict[str, Any] = _asked(client, "GET", where, _OK).json()
        done = found["rows"]
        total = max(done, found["expected"]) if found["running"] else done
        bar.update(task, completed=done, total=total or None, description=f"{done} rows · 行")
        if not found["running"]:
            return found
        await clock.sleep(_ASK_S)


class _LostError(RetryError):
    """The gateway is gone, busy, or another one that knows nothing of the upload."""


def _asked(
    client: httpx2.Client, method: str, path: str, status: int, **request: Any
) -> httpx2.Response:
    """The answer.

    Raises:
        _LostError: sending the file again may help.
        ConfigError: the gateway refuses; says why.
    """
    try:
        answer = client.request(method, path, **request)
    except httpx2.TransportError as error:
        raise _LostError(f"{client.base_url}: the gateway does not answer ({error})") from None
    if answer.status_code == status:
        return answer
    told = answer.headers.get("content-type") == "application/problem+json"
    problem = answer.json() if told else {"title": "no gateway", "detail": answer.reason_phrase}
    text = f"{client.base_url}: {problem['title']}: {problem['detail']}"
    if answer.status_code in _AGAIN:
        raise _LostError(text, after_s=float(answer.headers.get("retry-after", 0)))
    raise ConfigError(text)


def _tell(found: dict[str, Any]) -> None:
    screen = console()
    for each in found["errors"]:
        screen.print(
            f"row {each['row']} {each['column']}: {each['rule']}: {each['text']} · "
            f"第 {each['row']} 行：{each['text_zh']}",
            markup=False,
        )
    if found["fault"]:
        screen.print(
            f"the rest could not be read: {found['fault']} · 其余内容无法读取：{found['fault_zh']}",
            markup=False,
        )
    verb = "would be published" if found["dry_run"] else "published"
    screen.print(f"{found['rows']} rows: {found['accepted']} {verb}, {found['refused']} refused")
