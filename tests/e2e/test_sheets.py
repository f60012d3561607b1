"""A long sheet from the command line: every row judged, every bad one named, in little memory."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bench.sheet import lines, write_csv, write_xlsx
from tests.e2e.conftest import services
from tests.e2e.test_gateway import KEY, ROOT, insist, published, write_hub

MAPPED = {"format": "mapped", "mapping_file": str(ROOT / "docs/examples/sheet.yaml")}
FEW, MANY = 2_000, 20_000
MOST_MORE_MIB = 48
"""For ten times the rows; the files are of 1.3 and 0.4 MB, and a workbook is unpacked whole."""


async def uploaded(path: Path, url: str) -> dict[str, Any]:
    """What the command says."""
    command = (sys.executable, "-m", "tracehub", "upload", str(path), "--to", url, "--json")
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, "TRACEHUB_API_KEY": KEY}, stdout=asyncio.subprocess.PIPE
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
