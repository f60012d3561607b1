"""Which contenders of others can take part here, and how each is made and started."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.bench import Bench
from bench.contender import Contender
from bench.hub import Filled, routes_file
from bench.loops.task import Task, environment
from bench.rounds import show
from tracehub.testing.kafka_jars import VERSION, UnavailableError, fetched

_HERE: Final = Path(__file__).parent
_MAKE_S: Final = 300
_SLOW_S: Final = 150.0
_STREAMS: Final = (
    ("org.apache.kafka", "kafka-streams", VERSION),
    ("org.apache.avro", "avro", "1.12.1"),
    ("org.slf4j", "slf4j-nop", "1.7.36"),
)
_PYTHON: Final = {
    "faststream": ("faststream_route.py", ("faststream[kafka]==0.7.8", "fastavro==1.13.1")),
    "quix-streams": ("quix_route.py", ("quixstreams==3.28.1", "fastavro==1.13.1")),
    "bytewax": ("bytewax_route.py", ("bytewax[kafka]==0.21.1", "fastavro==1.13.1")),
}
"""Program and packages; each has an environment of its own."""


def contenders(bench: Bench, filled: Filled) -> list[Contender]:
    """Those that were asked for and whose tools are here; the others are named."""
    found = []
    for name in bench.peers:
        try:
            command = _command(name, bench.folder)
        except UnavailableError as error:
            show(f"peer {name} takes no part: {error}")
            continue
        found.append(_contender(bench, filled, name, command))
    return found


def _contender(bench: Bench, filled: Filled, name: str, command: Sequence[str]) -> Contender:
    path = routes_file(bench.folder / f"{name}.json", filled)
    task = Task(bench.broker.servers, filled.topics, f"peer.{name}", 1, str(path))
    due = filled.load.due()
    bench.broker.make(due, filled.shape.partitions)
    made = Contender(
        "peer",
        name,
        command,
        filled.events,
        due,
        groups=(task.group,),
        env=environment(task),
    )
    return replace(made, timeout_s=_SLOW_S) if name in _PYTHON else made


def _command(name: str, folder: Path) -> Sequence[str]:
    """Make the program of a contender.

    Raises:
        UnavailableError: what it is made with is not here.
    """
    return _MAKERS[name](name, folder)


def _streams(_name: str, folder: Path) -> Sequence[str]:
    if shutil.which("javac") is None:
        raise UnavailableError("no javac on the PATH")
    libs = fetched(f"kafka-streams-{VERSION}", _STREAMS)
    out = folder / "streams"
    _made("javac", "-cp", f"{libs}/*", "-d", str(out), str(_HERE / "streams/Route.java"))
    return ("java", "-Xmx1g", "-XX:+UseG1GC", "-cp", f"{out}:{libs}/*", "Route")


def _franz(_name: str, folder: Path) -> Sequence[str]:
    if shutil.which("go") is None:
        raise UnavailableError("no go on the PATH")
    out = folder / "franz"
    _made("go", "-C", str(_HERE / "franz"), "build", "-o", str(out), ".")
    return (str(out),)


def _python(name: str, folder: Path) -> Sequence[str]:
    program, packages = _PYTHON[name]
    uv = shutil.which("uv") or str(_HERE.parents[1] / ".uv/bin/uv")
    if not Path(uv).is_file():
        raise UnavailableError("no uv to make its environment with")
    home = folder / f"venv-{name}"
    _made(uv, "venv", "--quiet", "--python", "3.11", str(home))
    _made(uv, "pip", "install", "--quiet", "--python", str(home / "bin/python"), *packages)
    return (str(home / "bin/python"), str(_HERE / program))


def _made(*command: str) -> None:
    env = {**os.environ, "GOFLAGS": "-mod=readonly"}
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            command, capture_output=True, text=True, timeout=_MAKE_S, check=False, env=env
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"{command[0]} takes too long") from None
    if done.returncode:
        raise UnavailableError(f"{command[0]}: {(done.stderr or done.stdout)[-300:].strip()}")


_MAKERS: Final[Mapping[str, Callable[[str, Path], Sequence[str]]]] = {
    "kafka-streams": _streams,
    "franz-go": _franz,
    **dict.fromkeys(_PYTHON, _python),
}
