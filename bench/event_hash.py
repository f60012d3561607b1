"""Event hash ids: our speed beside the reference generator's, on documents that both can read.

`python -m bench.event_hash CORPUS` makes an environment for the reference (it pulls Flask and PyLD,
which the hub must not), runs both in turns, each in a process of its own, and prints CPU time for
each event and the ratio. Reading the document is part of both.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

REFERENCE = "epcis-event-hash-generator==1.9.3"
ROUNDS = 5
OURS = """
import sys, time, json
from pathlib import Path
from tracehub.normalise.event_hash import event_hash
from tracehub.normalise.reading import left_out, read, without
def hashes(value):
    names = left_out(value)
    return [event_hash(without(found.event, names)) for found in read(value)]
paths = [Path(each) for each in sys.argv[1:]]
for path in paths: hashes(path.read_bytes())
began, count = time.process_time(), 0
for _ in range(20):
    for path in paths: count += len(hashes(path.read_bytes()))
print(json.dumps({"us": (time.process_time() - began) / count * 1e6, "events": count // 20}))
"""
THEIRS = """
import sys, time, json, logging
logging.disable(logging.CRITICAL)
from epcis_event_hash_generator.hash_generator import epcis_hashes_from_events
from epcis_event_hash_generator.events_from_file_reader import event_list_from_file
def hashes(path):
    return epcis_hashes_from_events(event_list_from_file(path))
if sys.argv[1] == "--which":
    good = []
    for path in sys.argv[2:]:
        try:
            wanted = open(path.rsplit(".", 1)[0] + ".hashes").read().split()
            if hashes(path) == wanted: good.append(path)
        except Exception:
            pass
    print(json.dumps(good))
    raise SystemExit
paths = sys.argv[1:]
for path in paths: hashes(path)
began, count = time.process_time(), 0
for _ in range(3):
    for path in paths: count += len(hashes(path))
print(json.dumps({"us": (time.process_time() - began) / count * 1e6, "events": count // 3}))
"""


def main() -> int:
    """Print the figures; 1 when the ratio is below 5."""
    examples = Path(sys.argv[1]) / "event-hash" / "examples"
    documents = [
        str(path)
        for each in sorted(examples.glob("*.hashes"))
        for ending in (".jsonld", ".xml")
        if (path := each.with_suffix(ending)).exists()
    ]
    with tempfile.TemporaryDirectory() as folder:
        python = _environment(Path(folder))
        both = _run([python, "-c", THEIRS, "--which", *documents])
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(_run([sys.executable, "-c", OURS, *both])["us"])
            theirs.append(_run([python, "-c", THEIRS, *both])["us"])
    ratio = median(theirs) / median(ours)
    figures = {
        "documents": len(both),
        "ours_us_per_event": round(median(ours), 1),
        "reference_us_per_event": round(median(theirs), 1),
        "ratio": round(ratio, 1),
        "reference": REFERENCE,
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return int(ratio < 5)  # noqa: PLR2004 - what the event hash must show


def _environment(folder: Path) -> str:
    """The interpreter of a fresh environment with the reference in it."""
    subprocess.run(["uv", "venv", "-q", str(folder / "reference")], check=True)  # noqa: S603, S607 - our own words
    python = str(folder / "reference" / "bin" / "python")
    subprocess.run(["uv", "pip", "install", "-q", "--python", python, REFERENCE], check=True)  # noqa: S603, S607 - the same
    return python


def _run(command: list[str]) -> Any:
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
