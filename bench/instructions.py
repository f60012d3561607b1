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
import pickle
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from bench.engines import engines
from bench.overhead import LIMITS, NO_INDEX, NO_METRICS, NO_TRACING, WHOLE, Driven, shares
from tracehub.model.record import Received
from tracehub.settings import Settings
from tracehub.testing.load_hub import Shape, make_load, settings_tree
from tracehub.testing.offline import Offline, batches
from tracehub.testing.price import LANES

BASELINE: Final = Path(__file__).with_name("instructions.json")
ALLOWED: Final = 0.10
_EVENTS: Final = 60
_PUMPED: Final = 500
"""A batch under load that the pace has cut."""
_WARM: Final = 3
_TURNS: Final = 2000
_BY_ENGINE: Final = ("pass", "canonical-untrusted")
_PURE: Final = "generated"
_PAIRS: Final = {"lane": 1, "all": 2, "pump": 4}
"""How often one batch is taken and then two, of a lane, and of a pump in either part.

What a batch more or less costs is the figure; the pump's tasks may come to their end in another
order, so the median counts.
"""
_GUARDED: Final = (WHOLE, NO_METRICS)
_PUMPS: Final = (*_GUARDED, NO_TRACING, NO_INDEX)
"""That a stage without tracing is the stage itself, a test shows; this needs no guard."""
_PARTS: Final = ("all", "pump")
_LOOP: Final = "plain"
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
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
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
        out, loads = Path(folder) / "out", Path(folder) / "loads"
        loads.write_bytes(pickle.dumps(_loads(part)))
        command = (
            *("valgrind", "--tool=callgrind", "--instr-atstart=no", f"--dump-before={_MARK}"),
            *(f"--callgrind-out-file={out}", sys.executable, "-m", "bench.instructions"),
            *("--inside", str(loads)),
        )
        env = {**os.environ, "PYTHONHASHSEED": "0"}
        done = subprocess.run(  # noqa: S603 - our own program
            command, capture_output=True, text=True, timeout=_DEADLINE_S, check=False, env=env
        )
        if done.returncode:
            raise UnavailableError(done.stderr[-400:])
        taken = json.loads(done.stdout.splitlines()[-1])
        totals = [_total(Path(f"{out}.{n}")) for n in range(2, len(taken) + 2)]
    return _counts(taken, totals)


def _counts(taken: Sequence[tuple[str, int]], totals: Sequence[int]) -> Counts:
    """What one event costs, from steps of one batch more or less than the step before."""
    found: dict[str, list[float]] = {}
    for (name, count), (other, before), total, less in zip(
        taken[1:], taken, totals[1:], totals, strict=False
    ):
        if name == other:
            found.setdefault(name, []).append((total - less) / (count - before))
    turn = found.pop(_LOOP)[0] / _TURNS
    counts = {name: statistics.median(each) / turn for name, each in found.items()}
    for name in found.keys() & {*_PUMPS} - {WHOLE}:
        # Batches differ by more than pumps do: each is compared with the same one.
        shares_of_it = [one / whole for one, whole in zip(found[name], found[WHOLE], strict=True)]
        counts[name] = counts[WHOLE] * statistics.median(shares_of_it)
    return {name: each / (_PUMPED if name in _PUMPS else _EVENTS) for name, each in counts.items()}


def _total(dump: Path) -> int:
    if not dump.is_file():
        raise UnavailableError(f"callgrind wrote no {dump.name}")
    return int(dump.read_text("utf-8").rpartition("totals: ")[2].split()[0])


def inside(loads: Path) -> None:
    """Under callgrind: prepare everything but the loads, then count the loops alone."""
    held: Mapping[str, _Batches] = pickle.loads(loads.read_bytes())  # noqa: S301 - written above
    work = [each for name, batches_of_it in held.items() for each in _works(name, batches_of_it)]
    gc.collect()
    gc.disable()
    loop = asyncio.new_event_loop()
    steps: list[tuple[str, int, Callable[[], None]]] = [
        (_LOOP, 1, _plain),
        (_LOOP, 2, _plain_twice),
    ]
    for each in work:
        first = _WARM
        for count in (1, 2) * ((len(each.work) - _WARM) // 3):
            steps.append((each.name, count, _taking(loop, each, first, count)))
            first += count
    for each in work:
        _taking(loop, each, 0, _WARM)()
    _plain()
    _control("on")
    for _, _, step in steps:
        os.sched_get_priority_max(0)
        step()
    os.sched_get_priority_max(0)
    _control("off")
    loop.close()
    sys.stdout.write(json.dumps([step[:2] for step in steps]) + "\n")


def _taking(
    loop: asyncio.AbstractEventLoop, work: _Work, first: int, count: int
) -> Callable[[], None]:
    async def take() -> None:
        await work.take(work.work[first : first + count])

    return lambda: loop.run_until_complete(take())


def _loads(part: str) -> Mapping[str, _Batches]:
    """What each lane and each pump takes, by name; made where counting slows nothing down."""
    found: dict[str, _Batches] = {}
    for name, lane in LANES.items() if part == _PARTS[0] else ():
        load = make_load(_one_category(lane.shape), lane.written)
        found[name] = list(batches(load, _EVENTS * (_WARM + 3 * _PAIRS["lane"]), _EVENTS))
    load = make_load(_one_category(LANES["pass"].shape), "canonical")
    pumped = list(batches(load, _PUMPED * (_WARM + 3 * _PAIRS[part]), _PUMPED))
    return {**found, **dict.fromkeys(_GUARDED if found else _PUMPS, pumped)}


def _works(name: str, work: _Batches) -> Iterator[_Work]:
    """A lane with each engine that it is counted with, or a pump."""
    lane = LANES.get(name, LANES["pass"])
    shape = _one_category(lane.shape)

    def settings(engine: str) -> Settings:
        bus, services = {"engine": "sqlite"}, {"codec": engine}
        tree = settings_tree(shape, bus, trusted=lane.trusted, services=services)
        return Settings.model_validate({**tree, "index": {"path": "index.db"}})

    if name in _PUMPS:
        yield _Work(name, Driven(settings(_PURE), name).take, work)
        return
    for engine in engines() if name in _BY_ENGINE else (_PURE,):
        take = partial(_one_by_one, Offline(settings(engine)))
        yield _Work(f"{name} ({engine})", take, work)


def _one_category(shape: Shape) -> Shape:
    return shape._replace(categories=("food",))


async def _one_by_one(offline: Offline, batches_of_it: _Batches) -> None:
    for batch in batches_of_it:
        await offline.take(batch)


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
