"""Several who make a file at the same time all get it."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from tracehub.sqlite_file import BUSY_S, open_file

TABLES = "CREATE TABLE IF NOT EXISTS a (b TEXT); CREATE TABLE IF NOT EXISTS c (d TEXT);"
WHO = 4


def test_file_when_several_make_it_at_once_is_there_for_all(tmp_path: Path) -> None:
    together = Barrier(WHO)

    def make(path: Path) -> str:
        together.wait(60)
        connection = open_file(path, TABLES)
        try:
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            return str(mode)
        finally:
            connection.close()

    with ThreadPoolExecutor(WHO) as threads:
        for number in range(60):
            modes = threads.map(make, [tmp_path / f"{number}.db"] * WHO)
            assert [*modes] == ["wal"] * WHO


def test_file_when_it_can_not_be_made_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        open_file(tmp_path / "nowhere" / "a.db", TABLES)


def test_file_when_it_stays_locked_is_waited_for_in_short_steps_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracehub.sqlite_file._TRIES", 5)
    with closing(open_file(tmp_path / "a.db", TABLES)) as other:
        (written,) = other.execute("PRAGMA busy_timeout").fetchone()
    assert written == BUSY_S * 1000
    with closing(sqlite3.connect(tmp_path / "b.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        begun_s = time.monotonic()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            open_file(tmp_path / "b.db", TABLES)
        assert time.monotonic() - begun_s < 6 * BUSY_S
