"""Ten thousand cases of bad input: each its code, no harm, and the good ones as if alone."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.conftest import services
from tests.e2e.test_bad_input import RAW, good
from tracehub.app import judgement
from tracehub.bus.limit import fault
from tracehub.model.record import Record
from tracehub.normalise.rule_book import RULES
from tracehub.testing.bad_input import CLASSES, Case, corpus
from tracehub.testing.bad_input.__main__ import fates
from tracehub.testing.rehearsal import stage

SEED = 20_261_124
GOOD_EVERY, BATCH = 4, 500
SQLITE = {"engine": "sqlite", "path": "hub.db", "partitions": 4}


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


async def test_corpus_when_published_is_dead_letters_and_its_reader_stays_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nearly all that this publisher sends is refused, and it is not to rest here.
    monkeypatch.setenv("TRACEHUB_SERVICES__FLOOD_REST_S", "0")
    async with (
        stage(tmp_path, SQLITE) as rehearsal,
        services(rehearsal.settings_file, "exchange") as running,
    ):
        judged = judgement(rehearsal.settings)
        expected: Counter[str] = Counter()
        batch: list[Record] = []
        for number, case in enumerate(corpus(SEED)):
            if fault(case.key, case.value, case.headers) is not None:
                continue  # met where records are read from Kafka
            batch.append(_record(case))
            expected.update(fates(judged.normaliser, case))
            if number % GOOD_EVERY == 0:
                batch.append(Record(RAW, b"", good(number), (), 0))
                expected[""] += 1
            if len(batch) >= BATCH:
                await rehearsal.bus.publish(batch)
                batch = []
        await rehearsal.bus.publish(batch)
        seen = rehearsal.observer.seen
        async with asyncio.timeout(200):
            while seen.published < expected.total():
                await rehearsal.observer.look()
                await asyncio.sleep(0.2)
        held = running.memory_mib("exchange")
    arrived = expected.pop("")
    assert Counter(seen.refused.values()) == expected
    assert seen.published == arrived + expected.total()
    assert held < 512, f"{held:.0f} MiB"


def _record(case: Case) -> Record:
    return Record(RAW, case.key, case.value, case.headers, 0)
