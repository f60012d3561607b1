"""A SQLite file that several processes use, and may make, at the same time."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

BUSY_S: Final = 10.0
"""How long a write waits for another process's, and whoever opens a file for who makes it."""
_STEP_S: Final = 0.05
_TRIES: Final = round(BUSY_S / (2 * _STEP_S))
"""Of opening; each waits for at most two steps."""
_PRIMARY: Final = 0xFF
"""Of an error's code: the rest says more of the same error."""


def open_file(path: str | Path, tables: str, **options: Any) -> sqlite3.Connection:
    """Open a file, or make it, durable: an acknowledged write survives a loss of power.

    SQLite waits for others before it writes, but not before it changes how a file is written
    (sqlite.org/rescode.html, SQLITE_BUSY): of two that make a file one is refused at once.

    Raises:
        sqlite3.Error: the file can't be used.
    """
    connection: sqlite3.Connection = sqlite3.connect(path, timeout=_STEP_S, **options)
    for number in range(_TRIES):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(tables)
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or number == _TRIES - 1:
                connection.close()
                raise
            with suppress(sqlite3.OperationalError):  # waits for who writes now
                connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    connection.execute(f"PRAGMA busy_timeout = {round(BUSY_S * 1000)}")
    return connection
