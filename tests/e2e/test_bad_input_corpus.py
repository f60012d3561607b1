"""Ten thousand cases of bad input: each its code, no harm, and the good ones as if alone."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.test_bad_input import RAW, good
from tracehub.app import Edges, judgement, run
from tracehub.bus.limit import fault
from tracehub.model.record import Record
from tracehub.normalise.rule_book import RULES
from tracehub.telemetry.log import silent
from tracehub.testing.bad_input import CLASSES, Case, corpus
from tracehub.testing.bad_input.__main__ import fates
from tracehub.testing.rehearsal import stage

SEED = 20_261_124
SQLITE = {"engine": "sqlite", "path": "hub.db", "partitions": 4}


@pytest.mark.timeout(120)
def test_corpus_when_judged_in_little_memory_gets_its_codes_and_changes_nothing_good() -> None:
    command = [sys.executable, "-m", "tracehub.testing.bad_input", str(SEED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["wrong"] == []
    assert found["cases"] >= 10_000
    assert found["good"] >= 1_000
    assert found["changed"] == 0
    assert found["slowest_ms"] < 2_000
    assert found["slowest_good_ms"] < 1_000
    assert found["peak_mib"] < 512


def test_corpus_when_made_twice_is_the_same_and_names_documented_codes() -> None:
    cases = list(corpus(SEED, share=0.1))
    assert cases == list(corpus(SEED, share=0.1))
    assert all(case.codes and case.codes <= {"", *RULES} for case in cases)
    assert {case.name.split("/")[0] for case in cases} == set(CLASSES)
    assert all(case.why for case in cases if "" in case.codes)


@pytest.mark.timeout(120)
async def test_corpus_when_published_is_dead_letters_and_good_records_arrive(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, SQLITE) as rehearsal:
        judged = judgement(rehearsal.settings)
        expected: Counter[str] = Counter()
        records: list[Record] = []
        for number, case in enumerate(corpus(SEED, share=0.1)):
            if fault(case.key, case.value, case.headers) is not None:
                continue  # met where records are read from Kafka
            records += [_record(case), Record(RAW, b"", good(number), (), 0)]
            expected.update(["", *fates(judged.normaliser, case)])
        await rehearsal.bus.publish(records)
        edges = Edges(silent())
        hub = asyncio.create_task(run(rehearsal.settings, ["exchange"], edges))
        seen = rehearsal.observer.seen
        async with asyncio.timeout(100):
            while seen.published < expected.total() and not hub.done():
                await rehearsal.observer.look()
                await asyncio.sleep(0.05)
        edges.stopping.set()
        await hub
    arrived = expected.pop("")
    assert Counter(seen.refused.values()) == expected
    assert seen.published == arrived + expected.total()


def _record(case: Case) -> Record:
    return Record(RAW, case.key, case.value, case.headers, 0)
