"""What commands print and how they end.

Exit codes: 0 done; 1 the answer is no (something was refused, lost or differs); 2 the command line
or the configuration is wrong; 3 the log or another server did not answer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import orjson
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tracehub.errors import ConfigError, RejectError, RetryError

NO: Final = 1
WRONG: Final = 2
UNREACHABLE: Final = 3
_WIDE: Final = 240


def console() -> Console:
    """Standard output for people; plain and wide when it is no terminal."""
    out = Console(highlight=False, soft_wrap=True)
    return out if out.is_terminal else Console(highlight=False, soft_wrap=True, width=_WIDE)


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on one line."""
    sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")
    sys.stdout.flush()


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, title: str) -> None:
    """Rows of equal shape: a JSON object each, or one table."""
    if as_json:
        for row in rows:
            print_json(row)
        return
    if not rows:
        console().print(f"{title}: none")
        return
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    console().print(table)


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


@contextmanager
def ends_well() -> Iterator[None]:
    """Turn the hub's own errors into a message on standard error and an exit code."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        yield
    except* ConfigError as group:
        _print_all(errors, group)
        raise typer.Exit(WRONG) from None
    except* RejectError as group:
        _print_all(errors, group)
        raise typer.Exit(NO) from None
    except* RetryError as group:
        _print_all(errors, group)
        raise typer.Exit(UNREACHABLE) from None


def _print_all(errors: Console, group: BaseExceptionGroup[Exception]) -> None:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            _print_all(errors, error)
        else:
            errors.print(str(error), markup=False)
