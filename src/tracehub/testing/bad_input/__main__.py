"""Judges the whole corpus in this process, within 512 MiB and 5 s a case, and says how it went.

Good records stand between the bad ones; what becomes of them is compared with what became of them
alone. Must not know how cases are made.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from collections.abc import Iterator

from tracehub.avro.catalogue import bundled
from tracehub.avro.codec import Codec
from tracehub.bus.limit import fault
from tracehub.clock import SystemClock
from tracehub.errors import RejectError
from tracehub.model.connection import Connection
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import Accepted, Quarantined
from tracehub.testing.bad_input.case import ACCEPTED, Case, good
from tracehub.testing.bad_input.corpus import corpus, seeded
from tracehub.testing.memory import peak_mib

_MEMORY = 512 * 1024 * 1024
_DEADLINE_S = 5
_BETWEEN = 10
_CATEGORY = "food"
_PUBLISHER = Connection("provincial/zhejiang", region="330000")


def fates(normaliser: Normaliser, case: Case, category: str = _CATEGORY) -> Iterator[str]:
    """The code of each event of a case; one code when the record is refused whole."""
    error = fault(case.key, case.value, case.headers)
    if error is not None:
        yield error.code
        return
    try:
        items = normaliser.normalise(case.value, Source(category, _PUBLISHER))
    except RejectError as refusal:
        yield refusal.code
        return
    for item in items:
        yield item.error.code if isinstance(item, Quarantined) else ACCEPTED


def _written(normaliser: Normaliser, number: int) -> bytes:
    (item,) = normaliser.normalise(good(seeded(0, "good", number)), Source(_CATEGORY, _PUBLISHER))
    assert isinstance(item, Accepted)
    return item.value


def main(seed: int) -> None:
    """Print `cases, good, wrong, changed, slowest_ms, slowest_good_ms, peak_mib` as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    clock = SystemClock()
    normaliser = Normaliser(Codec(bundled()), Tables())
    count = sum(1 for _ in corpus(seed))
    alone = [_written(normaliser, number) for number in range(count // _BETWEEN)]
    wrong, changed, slow, slow_good = [], 0, 0.0, 0.0
    for number, case in enumerate(corpus(seed)):
        signal.setitimer(signal.ITIMER_REAL, _DEADLINE_S)
        begun_s = clock.monotonic_s()
        first = next(fates(normaliser, case))
        slow = max(slow, clock.monotonic_s() - begun_s)
        if first not in case.codes:
            wrong.append(f"{case.name}: {first}, not {sorted(case.codes)}")
        if number % _BETWEEN == 0 and number // _BETWEEN < len(alone):
            begun_s = clock.monotonic_s()
            changed += _written(normaliser, number // _BETWEEN) != alone[number // _BETWEEN]
            slow_good = max(slow_good, clock.monotonic_s() - begun_s)
    signal.setitimer(signal.ITIMER_REAL, 0)
    found = {
        "cases": count,
        "good": len(alone),
        "wrong": wrong,
        "changed": changed,
        "slowest_ms": round(1000 * slow, 1),
        "slowest_good_ms": round(1000 * slow_good, 1),
        "peak_mib": round(peak_mib()),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
