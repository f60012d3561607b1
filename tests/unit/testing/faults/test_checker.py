"""The checker can fail: each damage to a clean history is named, and a clean one never is."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.unit.services.conftest import CONNECTIONS
from tracehub.app import judgement
from tracehub.bus import topics
from tracehub.bus.partition import partition_for
from tracehub.model.connection import Connection
from tracehub.model.facts import effect_key
from tracehub.settings import Settings
from tracehub.testing.faults.checker import anomalies
from tracehub.testing.faults.history import History
from tracehub.testing.oracle import Facts, expected
from tracehub.testing.traffic import traffic

SEEDS = range(15)
EXTRA = {"provincial/sichuan": {"tier": "province", "region": "510000"}}
KNOWN = {key: value for key, value in CONNECTIONS.items() if key != "provincial/trusted"}


@pytest.fixture(scope="module")
def connections() -> tuple[Connection, ...]:
    settings = Settings.model_validate({"connections": {**KNOWN, **EXTRA}})
    return tuple(judgement(settings).connections.values())


def clean(seed: int, connections: tuple[Connection, ...]) -> History:
    """What a hub without a fault leaves behind."""
    history = History()
    ends: dict[tuple[str, int], int] = {}
    done: set[tuple[str, str]] = set()
    for number, sent in enumerate(traffic(120, seed)):
        history.sent.append(sent._replace(value=b""))
        topic = topics.raw(sent.category, sent.connection)
        partition = partition_for(sent.key, 4)
        offset = ends.get((topic, partition), 0)
        ends[topic, partition] = offset + 1
        history.raw[topic, partition, offset] = number
        for item, truth in enumerate(sent.truths):
            place = (topic, partition, offset, item)
            if truth.code:
                history.refused[(*place[:3], -1)] = truth.code
                continue
            key = effect_key(sent.connection, truth.event_id, 0).hex()
            history.canonical[place] = key
            history.ends[topics.event(sent.category), partition, topic] = (offset, item)
            facts = Facts(sent.category, truth.kinds, truth.origin, truth.destination)
            for receiver in sorted(expected(facts, sent.connection, connections)):
                history.receipts[place, receiver].add("delivered")
                if (receiver, key) not in done:
                    history.effects.append((receiver, key))
                    done.add((receiver, key))
    history.told = dict(history.ends)
    return history


def lose_a_record(history: History, chance: random.Random) -> None:
    del history.raw[chance.choice(list(history.raw))]


def lose_an_event(history: History, chance: random.Random) -> None:
    del history.canonical[chance.choice(list(history.canonical))]


def lose_a_letter(history: History, chance: random.Random) -> None:
    del history.refused[chance.choice(list(history.refused))]


def lose_an_effect(history: History, chance: random.Random) -> None:
    history.effects.remove(chance.choice(history.effects))


def lose_a_receipt(history: History, chance: random.Random) -> None:
    del history.receipts[chance.choice(list(history.receipts))]


def apply_twice(history: History, chance: random.Random) -> None:
    history.applications[chance.choice(history.effects)] = 2


def invent_an_effect(history: History, chance: random.Random) -> None:
    history.effects.append(("central/national", f"{chance.getrandbits(256):064x}"))


def invent_an_event(history: History, chance: random.Random) -> None:
    topic, partition, offset, _ = chance.choice(list(history.canonical))
    history.canonical[topic, partition, offset, 99] = "00"


def exchange_two_events(history: History, chance: random.Random) -> None:
    one, other = chance.sample(list(history.canonical), 2)
    if history.canonical[one] == history.canonical[other]:
        history.canonical[one] = "00"
    else:
        both = history.canonical[other], history.canonical[one]
        history.canonical[one], history.canonical[other] = both


def deliver_a_refused_one(history: History, chance: random.Random) -> None:
    place = chance.choice(list(history.refused))
    history.canonical[(*place[:3], 0)] = "00"


def refuse_for_another_reason(history: History, chance: random.Random) -> None:
    history.refused[chance.choice(list(history.refused))] = "json/other"


def deliver_to_a_stranger(history: History, chance: random.Random) -> None:
    history.effects.append(("credit/national", chance.choice(history.effects)[1]))


def deliver_the_last_first(history: History, chance: random.Random) -> None:
    """Turn the effects of a receiver round, which turns those of one key round too."""
    receiver = chance.choice(history.effects)[0]
    mine = [each for each in history.effects if each[0] == receiver]
    history.effects[:] = [each for each in history.effects if each[0] != receiver] + mine[::-1]


def tell_no_end(history: History, chance: random.Random) -> None:
    del history.told[chance.choice(list(history.told))]


def tell_an_end_too_early(history: History, chance: random.Random) -> None:
    end = chance.choice(list(history.told))
    history.told[end] = (history.told[end][0] - 1, 0)


DAMAGES: dict[Callable[[History, random.Random], None], str] = {
    lose_a_record: "lost",
    lose_an_event: "lost",
    lose_a_letter: "lost",
    lose_an_effect: "lost",
    lose_a_receipt: "lost",
    apply_twice: "duplicate-effect",
    invent_an_effect: "phantom",
    invent_an_event: "phantom",
    exchange_two_events: "mutated",
    deliver_a_refused_one: "g1a",
    refuse_for_another_reason: "wrong-code",
    deliver_to_a_stranger: "leak",
    deliver_the_last_first: "reorder",
    tell_no_end: "unmarked",
    tell_an_end_too_early: "unmarked",
}


@pytest.mark.parametrize("seed", range(300))
def test_history_when_nothing_is_wrong_shows_no_anomaly(
    seed: int, connections: tuple[Connection, ...]
) -> None:
    found = anomalies(clean(seed, connections), connections)
    assert not any(found.values()), found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda each: each.__name__)
def test_history_when_damaged_shows_the_anomaly(
    damage: Callable[[History, random.Random], None],
    seed: int,
    connections: tuple[Connection, ...],
) -> None:
    # lost documents are about one in fifty: a seed without one has nothing to be damaged
    history = clean(seed + 1000, connections)
    if not history.refused:
        history = clean(4, connections)
    damage(history, random.Random(seed))  # noqa: S311 - a test's choice
    assert anomalies(history, connections)[DAMAGES[damage]]


@pytest.mark.parametrize("seed", SEEDS)
def test_fan_out_when_only_some_receivers_have_the_event_is_torn(
    seed: int, connections: tuple[Connection, ...]
) -> None:
    history = clean(seed, connections)
    keys = [key for _, key in history.effects]
    torn = next(each for each in history.effects if keys.count(each[1]) > 1)
    history.effects.remove(torn)
    assert anomalies(history, connections)["torn-fanout"]


@pytest.mark.parametrize("seed", SEEDS)
def test_effect_when_its_system_lied_is_not_missed_but_its_receipt_would_be(
    seed: int, connections: tuple[Connection, ...]
) -> None:
    history = clean(seed, connections)
    lie = random.Random(seed).choice(history.effects)  # noqa: S311 - a test's choice
    history.effects.remove(lie)
    history.lies = frozenset({lie})
    assert not any(anomalies(history, connections).values())
    history.receipts = {pair: said for pair, said in history.receipts.items() if pair[1] != lie[0]}
    assert anomalies(history, connections)["lost"]
