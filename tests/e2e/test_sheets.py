"""A long sheet from the command line: every row judged, every bad one named, in little memory."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bench.sheet import lines, write_csv, write_xlsx
from tests.e2e.conftest import Section, services
from tests.e2e.test_gateway import KEY, ROOT, insist, published, write_hub

MAPPED = {"format": "mapped", "mapping_file": str(ROOT / "docs/examples/sheet.yaml")}
FEW, MANY = 2_000, 20_000
MOST_MORE_MIB = 48
"""For ten times the rows; the files are of 1.3 and 0.4 MB, and a workbook is unpacked whole."""


async def uploaded(path: Path, url: str, screen: int | None = None) -> dict[str, Any]:
    """What the command says, with a terminal for its bar when there is one."""
    command = (sys.executable, "-m", "tracehub", "upload", str(path), "--to", url, "--json")
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, "TRACEHUB_API_KEY": KEY, "TERM": "xterm", "COLUMNS": "80"},
        stdout=asyncio.subprocess.PIPE,
        stderr=screen,
    )
    said, _ = await process.communicate()
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
async def test_sheet_when_ten_times_as_long_is_taken_whole_and_takes_no_more_memory(
    tmp_path: Path, write: Callable[[Path, Sequence[Sequence[str]]], None]
) -> None:
    log = {"engine": "sqlite", "path": "hub.db", "partitions": 2}
    path, url = write_hub(tmp_path, log, mapped=MAPPED)
    suffix = write.__name__.removeprefix("write_")
    held = []
    async with services(path, "gateway") as running:
        async with httpx2.AsyncClient(base_url=url) as client:
            await insist(client, "/capture", content=b"", headers={"content-type": "text/csv"})
        for count in (FEW, MANY):
            sheet = tmp_path / f"{count}.{suffix}"
            write(sheet, lines(f"{count}-", count))
            told = await uploaded(sheet, url)
            bad = set(range(2, count + 2, 1000))
            assert (told["rows"], told["accepted"], told["fault"]) == (count, count - len(bad), "")
            assert {each["row"] for each in told["errors"]} == bad
            assert all(each["text"] and each["text_zh"] for each in told["errors"])
            held.append(running.memory_mib("gateway"))
    assert held[1] - held[0] < MOST_MORE_MIB, held
    async with published(path) as found:
        assert len(found) == len(set(found)) == FEW + MANY - (FEW + MANY) // 1000


def read_all(screen: int) -> str:
    """What was written on a terminal."""
    found = b""
    with suppress(OSError):  # Linux says EIO when nobody holds the other side
        while part := os.read(screen, 65536):
            found += part
    return found.decode("utf-8", "replace")


async def test_sheet_when_the_gateway_is_killed_on_the_way_is_sent_again_and_loses_no_row(
    tmp_path: Path, log_section: Section
) -> None:
    path, url = write_hub(tmp_path, log_section, mapped=MAPPED)
    sheet = tmp_path / "sheet.csv"
    rows = lines("k-", MANY)
    write_csv(sheet, rows)
    seen, screen = pty.openpty()
    async with services(path, "gateway") as running, asyncio.TaskGroup() as group:
        async with httpx2.AsyncClient(base_url=url) as client:
            await insist(client, "/capture", content=b"", headers={"content-type": "text/csv"})
        reading = group.create_task(asyncio.to_thread(read_all, seen))
        sending = group.create_task(uploaded(sheet, url, screen))
        while not await count(path):
            await asyncio.sleep(0.02)
        await running.kill("gateway")
        told = await sending
        os.close(screen)
        shown = await reading
    os.close(seen)
    bad = MANY // 1000
    assert (told["rows"], told["accepted"], told["fault"]) == (MANY, MANY - bad, "")
    assert "rows · 行" in shown
    assert "100%" in shown
    async with published(path) as found:
        assert len({json.loads(each)["批次"] for each in found}) == MANY - bad


async def count(path: Path) -> int:
    """How many raw records there are."""
    async with published(path) as found:
        return len(found)
