"""Give the newest folder of schemas its ids: `python -m deploy.schemas`, in a checkout.

Every subject whose text is not that of its last version gets a line in `catalogue.json`, when the
gate lets all of them pass. Must not know what a schema says.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Final

from tracehub.avro.catalogue import SHARED, Schema, fingerprint, load, read, resolve
from tracehub.avro.compatible import refusals

HOME: Final = Path(__file__).parents[1] / "schemas" / "avro"


def main() -> int:
    """0 when every subject that changed has its id; 1 when the gate refuses one."""
    published = list(load(HOME))
    new = list(unpublished(HOME, published))
    faults = [
        fault
        for each in new
        for fault in refusals(each, [old for old in published if old.subject == each.subject])
    ]
    if not faults:
        _publish(HOME / "catalogue.json", new)
    told = faults or [f"{each.subject} version {each.version}: id {each.wire_id}" for each in new]
    sys.stdout.write("".join(f"{each}\n" for each in told))
    return int(bool(faults))


def unpublished(home: Path, published: Sequence[Schema]) -> Iterator[Schema]:
    """What is new in the newest folder, each under the next free id of its kind."""
    version = max(int(each.name.removeprefix("v")) for each in home.glob("v*"))
    newest = {each.subject: each for each in sorted(published, key=lambda each: each.version)}
    taken = {each.wire_id for each in published}
    for path in sorted((home / f"v{version}").glob("*.avsc")):
        subject = f"{path.stem}-value"
        if path.name in SHARED:
            continue
        known = newest.get(subject)
        if known and known.fingerprint == fingerprint(resolve(home, subject, version)):
            continue
        schema = read(home, subject, version, 0)
        alike = [each.wire_id for each in published if bool(each.head) == bool(schema.head)]
        wire_id = next(each for each in count(max(alike) + 1) if each not in taken)
        taken.add(wire_id)
        yield schema._replace(wire_id=wire_id)


def _publish(path: Path, new: Sequence[Schema]) -> None:
    listed = json.loads(path.read_text("utf-8"))
    listed["schemas"] += [
        {
            "subject": each.subject,
            "version": each.version,
            "id": each.wire_id,
            "fingerprint": each.fingerprint,
        }
        for each in new
    ]
    path.write_text(json.dumps(listed, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
