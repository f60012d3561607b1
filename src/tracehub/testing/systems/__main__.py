"""Simulated systems as a process: prints one JSON line with their addresses, then serves.

    python -m tracehub.testing.systems --directory D central/moc provincial/zhejiang=8101

SIGTERM and SIGINT end it. What was received lies in `D/ledger.db`, whatever happens to the process.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

import orjson

from tracehub.testing.systems.ledger import Ledger
from tracehub.testing.systems.server import running_all
from tracehub.testing.systems.system import DEMO, System, secret_of, simulated

LEDGER = "ledger.db"


def main() -> None:
    """Serve until a signal."""
    parser = argparse.ArgumentParser(prog="python -m tracehub.testing.systems")
    parser.add_argument("--directory", type=Path, required=True, help="where the ledger is kept")
    parser.add_argument(
        "--no-deduplicate", action="store_true", help="apply a known effect key again"
    )
    parser.add_argument(
        "systems", nargs="*", default=DEMO, metavar="CONNECTION[=PORT]", help="default: the demo's"
    )
    chosen = parser.parse_args()
    chosen.directory.mkdir(parents=True, exist_ok=True)
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    asyncio.run(_serve(chosen.directory, chosen.systems, deduplicate=not chosen.no_deduplicate))


async def _serve(directory: Path, names: list[str], *, deduplicate: bool) -> None:
    ledger = Ledger(directory / LEDGER)
    systems = [_system(name, ledger, deduplicate=deduplicate) for name in names]
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stopping.set)
    async with running_all(systems) as urls:
        ready = {
            "ledger": str(ledger.path),
            "urls": urls,
            "secrets": {connection: secret_of(connection) for connection in urls},
        }
        sys.stdout.write(orjson.dumps(ready).decode() + "\n")
        sys.stdout.flush()
        await stopping.wait()
    ledger.close()


def _system(name: str, ledger: Ledger, *, deduplicate: bool) -> tuple[System, int]:
    connection, _, port = name.partition("=")
    return simulated(connection, ledger, deduplicate=deduplicate), int(port or 0)


if __name__ == "__main__":
    main()
