"""Sheets: files of 100,000 rows from `tracehub upload` through the gateway to the log.

Every thousandth row is bad and must be named by its number; every other one must lie on the raw
topic as it stood in the file.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import openpyxl

from bench.bench import Bench
from bench.figures import ROOT, Figures, spread, void
from bench.gateway import KEY, RAW, serving
from bench.rounds import show
from tracehub.testing.load import Tally

ROWS: Final = 100_000
_TITLES: Final = ("批次", "日期", "条码", "数量", "企业")
_GOOD, _BAD = "6901028075831", "6901028075832"
_BAD_EVERY: Final = 1000
_MAPPED: Final = {"format": "mapped", "mapping_file": str(ROOT / "docs/examples/sheet.yaml")}


class _Round(NamedTuple):
    """What one file came to; `wrong` says why it is void."""

    gateway_us: float
    uploader_us: float
    per_s: float
    rss_mib: float
    wrong: str


def sheet(bench: Bench) -> Sequence[Figures]:
    """What a row costs the gateway and whoever sends it, in both formats."""
    count = min(ROWS, bench.events)
    return [_figures(bench, suffix, write, count) for suffix, write in _WRITERS.items()]


def lines(name: str, count: int) -> list[tuple[str, ...]]:
    """The rows below the titles; `name` keeps those of two files apart."""
    return [
        (
            f"{name}{number}",
            "2026-11-02 08:00:00",
            _BAD if number % _BAD_EVERY == 0 else _GOOD,
            "12.5",
            "91350100M000100Y43",
        )
        for number in range(count)
    ]


def write_csv(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """As a firm's program writes it."""
    text = "\r\n".join(",".join(each) for each in (_TITLES, *rows))
    path.write_text(text, "utf-8", newline="")


def write_xlsx(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """As a spreadsheet saves it."""
    book = openpyxl.Workbook(write_only=True)
    written = book.create_sheet()
    for each in (_TITLES, *rows):
        written.append(each)
    book.save(path)


_WRITERS: Final[dict[str, Callable[[Path, Sequence[Sequence[str]]], None]]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
}


def _figures(
    bench: Bench, suffix: str, write: Callable[[Path, Sequence[Sequence[str]]], None], count: int
) -> Figures:
    rounds = []
    for number in range(bench.rounds):
        rows = lines(f"{suffix}{number}-", count)
        path = bench.folder / f"sheet-{number}.{suffix}"
        write(path, rows)
        rounds.append(_round(bench, path, rows))
        path.unlink()
    wrong = next((each.wrong for each in rounds if each.wrong), "")
    if wrong:
        return void("sheet", suffix, wrong)
    cost = spread([each.gateway_us for each in rounds])
    sent = spread([each.uploader_us for each in rounds])
    return Figures(
        "sheet",
        suffix,
        cpu_us=cost,
        events_per_s=round(spread([each.per_s for each in rounds]).median),
        rss_mib=round(max(each.rss_mib for each in rounds), 1),
        rounds=len(rounds),
        more={
            "rows_per_core_s": round(1e6 / cost.median),
            "uploader_us": sent.median,
            "uploader_rows_per_core_s": round(1e6 / sent.median),
        },
    )


def _round(bench: Bench, path: Path, rows: Sequence[Sequence[str]]) -> _Round:
    due = Tally()
    for each in rows:
        if each[2] == _GOOD:
            cells = dict(zip(_TITLES, each, strict=True))
            text = json.dumps(cells, ensure_ascii=False, separators=(",", ":"))
            due.add(b"", text.encode())
    with serving(bench, _MAPPED, f"gateway-{path.name}") as (process, port):
        first = bench.broker.ends([RAW])
        spent, begun = process.cpu_s(), time.perf_counter()
        told, uploader_s = _upload(path, port)
        took = time.perf_counter() - begun
        spent = process.cpu_s() - spent
        found = bench.broker.count(first, bench.broker.ends([RAW]))[RAW]
    wrong = _wrong(told, len(rows))
    if (found.count, found.values) != (due.count, due.values):
        wrong = wrong or f"{RAW}: {found.count} records, {due.count} are due, or others"
    count = len(rows)
    each_us = spent / count * 1e6
    show(f"{path.name}: {wrong or f'{each_us:.1f} us a row, {count / took:.0f} rows/s'}")
    return _Round(each_us, uploader_s / count * 1e6, count / took, process.peak_mib, wrong)


def _upload(path: Path, port: int) -> tuple[dict[str, Any], float]:
    """What the command says, and the CPU time of its process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    to = f"http://127.0.0.1:{port}"
    said = subprocess.run(  # noqa: S603 - our own program
        (sys.executable, "-m", "tracehub", "upload", str(path), "--to", to, "--json"),
        env={**os.environ, "TRACEHUB_API_KEY": KEY},
        capture_output=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(said.stdout), spent


def _wrong(told: dict[str, Any], count: int) -> str:
    """What the answer says that it should not."""
    bad = {number + 2 for number in range(0, count, _BAD_EVERY)}
    if (told["rows"], told["refused"], told["fault"]) != (count, len(bad), ""):
        return f"{told['rows']} rows, {told['refused']} refused, {told['fault']}"
    return "" if {each["row"] for each in told["errors"]} == bad else "other rows are named"
