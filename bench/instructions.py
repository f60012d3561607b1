"""A guard against growing costs: instructions of one event's inner loop, counted by callgrind.

    python -m bench.instructions [--renew]

Counts do not move with the load of a machine. Each lane is driven without a log over a batch of N
events and over 2 N; the difference is the events' own. Counts are held against those of a loop of
plain Python in the same run, so that another build of the same Python changes little. They see no
sockets and no caches: they guard, and never support a rate.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from bench.engines import engines
from bench.overhead import LIMITS, NO_METRICS, NO_TRACING, WHOLE, Driven, shares
from tracehub.model.record import Received
from tracehub.settings import Settings
from tracehub.testing.load_hub import make_load, settings_tree
from tracehub.testing.offline import Offline, batches
from tracehub.testing.price import LANES

BASELINE: Final = Path(__file__).with_name("instructions.json")
ALLOWED: Final = 0.10
_EVENTS: Final = 60
_PUMPED: Final = 500
"""A batch under load: one of `batch_records` that the pace has cut in half."""
_WARM: Final = 3
_TURNS: Final = 2000
_BY_ENGINE: Final = ("pass", "canonical-untrusted")
_PURE: Final = "generated"
_PAIRS: Final = 3
"""The pump's tasks may come to their end in another order: the median counts."""
_PUMPS: Final = (WHOLE, NO_METRICS, NO_TRACING)
_PARTS: Final = ("all", "pump")
_MARK: Final = "sched_get_priority_max"
"""A function of the C library that nobody else calls: callgrind writes its counts before it."""
_DEADLINE_S: Final = 300

Counts = Mapping[str, float]
"""Instructions of one event by lane and engine, in turns of the plain loop."""


class UnavailableError(Exception):
    """Instructions can't be counted here; the text says why."""


_Batches: TypeAlias = Sequence[Sequence[Received]]


class _Work(NamedTuple):
    name: str
    take: Callable[[_Batches], Awaitable[None]]
    work: _Batches


def main() -> int:
    """0 when no count has changed by more than a tenth."""
    parser = argparse.ArgumentParser(prog="bench.instructions", description=__doc__)
    parser.add_argument("--renew", action="store_true", help="write the counts as the baseline")
    parser.add_argument("--inside", choices=_PARTS, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        inside(chosen.inside)
        return 0
    try:
        found = counted()
    except UnavailableError as error:
        sys.stdout.write(f"instructions are not counted: {error}\n")
        return int(os.environ.get("TRACEHUB_REQUIRE") == "all")
    known = json.loads(BASELINE.read_text("utf-8")) if BASELINE.is_file() else {}
    python = ".".join(platform.python_version_tuple()[:2])
    if chosen.renew:
        rounded = {name: round(each, 2) for name, each in found.items() if name not in _PUMPS}
        text = json.dumps({**known, python: rounded}, indent=1, sort_keys=True)
        BASELINE.write_text(text + "\n", "utf-8")
        return 0
    lines = [*changed(known.get(python), found), *too_dear(found)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return int(bool(lines) and python in known)


def changed(baseline: Counts | None, found: Counts) -> list[str]:
    """What a person must know: counts that moved, or that cannot be compared."""
    if baseline is None:
        return ["there are no counts for this Python: make baseline"]
    lines = []
    for name, count in found.items():
        if name in _PUMPS:
            continue  # it is held against itself
        if name not in baseline:
            lines.append(f"{name}: not in the baseline: make baseline")
            continue
        moved = count / baseline[name] - 1
        if abs(moved) > ALLOWED:
            word = "more" if moved > 0 else "fewer"
            lines.append(
                f"{name}: {abs(moved):.0%} {word} instructions than the baseline "
                f"({count:.1f}, {baseline[name]:.1f}); if that is meant: make baseline"
            )
    return lines


def too_dear(found: Counts) -> list[str]:
    """What watches the exchange at more than its due."""
    return [
        f"{name}: {share:.1%} of the exchange's instructions, {LIMITS[name][1]:.1%} may be; "
        "count per batch, not per event"
        for name, share in shares(found).items()
        if share > LIMITS[name][1]
    ]


def counted(part: str = _PARTS[0]) -> Counts:
    """Count in a process of its own, everything or the pump alone.

    Raises:
        UnavailableError: there is no valgrind, or it gives no counts.
    """
    if shutil.which("valgrind") is None or shutil.which("callgrind_control") is None:
        raise UnavailableError("no valgrind on the PATH")
    with tempfile.TemporaryDirectory(prefix="tracehub-instructions-") as folder:
        out = Path(folder) / "out"
        command = (
            *("valgrind", "--tool=callgrind", "--instr-atstart=no", f"--dump-before={_MARK}"),
            *(f"--callgrind-out-file={out}", sys.executable, "-m", "bench.instructions"),
            *("--inside", part),
        )
        env = {**os.environ, "PYTHONHASHSEED": "0"}
        done = subprocess.run(  # noqa: S603 - our own program
            command, capture_output=True, text=True, timeout=_DEADLINE_S, check=False, env=env
        )
        if done.returncode:
            raise UnavailableError(done.stderr[-400:])
        names = json.loads(done.stdout.splitlines()[-1])
        totals = [_total(Path(f"{out}.{n}")) for n in range(2, 2 * len(names) + 2)]
    events = [after - before for before, after in zip(totals[::2], totals[1::2], strict=True)]
    turn = events[0] / _TURNS
    found: dict[str, list[float]] = {}
    for name, each in zip(names[1:], events[1:], strict=True):
        found.setdefault(name, []).append(each / (_PUMPED if name in _PUMPS else _EVENTS) / turn)
    return {name: statistics.median(each) for name, each in found.items()}


def _total(dump: Path) -> int:
    if not dump.is_file():
        raise UnavailableError(f"callgrind wrote no {dump.name}")
    return int(dump.read_text("utf-8").rpartition("totals: ")[2].split()[0])


def inside(part: str) -> None:
    """Under callgrind: prepare everything, then count the loops alone."""
    work = [*(_lanes() if part == _PARTS[0] else ()), *_pumped()]
    gc.collect()
    gc.disable()
    loop = asyncio.new_event_loop()
    steps: list[Callable[[], None]] = [_plain, _plain_twice]
    names = ["plain"]
    for each in work:
        for first in range(_WARM, len(each.work) - 2, 3):
            steps += [_taking(loop, each, first, 1), _taking(loop, each, first + 1, 2)]
            names.append(each.name)
    for each in work:
        _taking(loop, each, 0, _WARM)()
    _plain()
    _control("on")
    for step in steps:
        os.sched_get_priority_max(0)
        step()
    os.sched_get_priority_max(0)
    _control("off")
    loop.close()
    sys.stdout.write(json.dumps(names) + "\n")


def _taking(
    loop: asyncio.AbstractEventLoop, work: _Work, first: int, count: int
) -> Callable[[], None]:
    async def take() -> None:
        await work.take(work.work[first : first + count])

    return lambda: loop.run_until_complete(take())


def _lanes() -> Sequence[_Work]:
    found = []
    for lane_name, lane in LANES.items():
        shape = lane.shape._replace(categories=("food",))
        load = make_load(shape, lane.written)
        work = list(batches(load, _EVENTS * (_WARM + 3), _EVENTS))
        for engine in engines() if lane_name in _BY_ENGINE else (_PURE,):
            services = {"codec": engine}
            tree = settings_tree(
                shape, {"engine": "sqlite"}, trusted=lane.trusted, services=services
            )
            take = partial(_one_by_one, Offline(Settings.model_validate(tree)))
            found.append(_Work(f"{lane_name} ({engine})", take, work))
    return found


async def _one_by_one(offline: Offline, batches_of_it: _Batches) -> None:
    for batch in batches_of_it:
        await offline.take(batch)


def _pumped() -> Sequence[_Work]:
    shape = LANES["pass"].shape._replace(categories=("food",))
    work = list(batches(make_load(shape, "canonical"), _PUMPED * (_WARM + 3 * _PAIRS), _PUMPED))
    services = {"codec": _PURE}
    tree = settings_tree(shape, {"engine": "sqlite"}, trusted=True, services=services)
    return [_Work(name, Driven(Settings.model_validate(tree), name).take, work) for name in _PUMPS]


def _plain() -> None:
    """What the hub's own code is made of: slices, tuples, look-ups, joins."""
    known: dict[bytes, tuple[int, bytes]] = {}
    for number in range(_TURNS):
        key = b"%d" % (number % 97)
        found = known.get(key)
        if found is None:
            found = known[key] = (number, key[:1])
        b"".join((found[1], key, b"x"))


def _plain_twice() -> None:
    _plain()
    _plain()


def _control(word: str) -> None:
    """Switch counting on or off from outside: it has no other switch that needs no compiler."""
    command = ("callgrind_control", "-i", word, str(os.getpid()))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - fixed words
        while process.poll() is None:
            # It is heard while Python runs; a process that waits would have to be stopped for it.
            sum(range(1000))
    if process.returncode:
        sys.exit("callgrind_control can't reach this process")


if __name__ == "__main__":
    sys.exit(main())
