"""Checker: which promises a history breaks. Pure; routing truth comes from the oracle.

For every event and every receiver that it is due to there is exactly one end: an effect and a
receipt, or a dead letter with the right code. Repeats on topics are allowed. Where a system lied,
its receipt is the end: nobody but the system can know more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tracehub.model.connection import Connection
from tracehub.model.sequence import NONE
from tracehub.testing.account import due as receivers_of
from tracehub.testing.faults.history import History, Place

ANOMALIES: Final = {
    "lost": "acknowledged, and no end state",
    "duplicate-effect": "a second effect at a system",
    "phantom": "an effect or an event that nobody published",
    "mutated": "bytes that differ from what was said of them",
    "g1a": "refused, yet delivered",
    "torn-fanout": "only some of the due receivers",
    "reorder": "first effects of one key against the order of the log",
    "leak": "a receiver that the event was not due to",
    "wrong-code": "refused for another reason than the fault in it",
    "secret": "a secret on a topic or in a log",
    "unmarked": "an end of an output that no marker tells: its loss would be silent",
    "gap-alarm": "a gap was reported though the log lost nothing",
    "stuck": "no progress after the last fault was healed",
    "bound": "more memory than a process may have",
}
"""Every anomaly that is decided, and what it means."""


@dataclass(slots=True)
class _Due:
    """What must have come of everything."""

    accepted: dict[Place, str] = field(default_factory=dict)
    refused: dict[Place, str] = field(default_factory=dict)
    receivers: dict[str, frozenset[str]] = field(default_factory=dict)
    first: dict[str, tuple[str, int, bytes, int, int]] = field(default_factory=dict)


def anomalies(history: History, connections: Sequence[Connection]) -> Mapping[str, Sequence[str]]:
    """What is wrong, by anomaly, in words that name the place; all empty when nothing is."""
    found: dict[str, list[str]] = {name: [] for name in ANOMALIES}
    due = _due(history, connections, found)
    _check_topics(history, due, found)
    _check_effects(history, due, found)
    found["reorder"] += _reordered(history, due)
    found["mutated"] += history.mutated
    found["unmarked"] += [
        f"{topic}/{partition}: {place} from {source}"
        for (topic, partition, source), place in history.ends.items()
        if history.told.get((topic, partition, source), NONE) < place
    ]
    found["secret"] += history.secrets
    return found


def _due(history: History, connections: Sequence[Connection], found: dict[str, list[str]]) -> _Due:
    due = _Due()
    landed = set(history.raw.values())
    found["lost"] += [
        f"record {number} was acknowledged and is not in the log"
        for number in range(len(history.sent))
        if number not in landed
    ]
    for position, number in sorted(history.raw.items()):
        sending = history.sent[number]
        for item, truth in enumerate(sending.truths):
            place = (*position, item)
            if truth.code:
                due.refused[place] = truth.code
                continue
            key, receivers = receivers_of(sending.category, sending.connection, truth, connections)
            due.accepted[place] = key
            due.receivers[key] = receivers
            due.first.setdefault(key, (position[0], position[1], sending.key, position[2], item))
    return due


def _check_topics(history: History, due: _Due, found: dict[str, list[str]]) -> None:
    for place, key in due.accepted.items():
        if place not in history.canonical:
            found["lost"].append(f"{place}: no canonical event")
        elif history.canonical[place] != key:
            found["mutated"].append(f"{place}: another event's effect key")
        found["lost"] += [
            f"{place}: no receipt of {receiver}"
            for receiver in due.receivers[key]
            if (place, receiver) not in history.receipts
        ]
    for place in history.canonical.keys() - due.accepted.keys():
        name = "g1a" if place in due.refused else "phantom"
        found[name].append(f"{place}: on event.*, and should not be")
    _check_refusals(history, due, found)


def _check_refusals(history: History, due: _Due, found: dict[str, list[str]]) -> None:
    for place, code in due.refused.items():
        given = history.refused.get(place) or history.refused.get((*place[:3], -1))
        if given is None:
            found["lost"].append(f"{place}: no dead letter")
        elif given != code:
            found["wrong-code"].append(f"{place}: {given} instead of {code}")
    for place, given in history.refused.items():
        if place not in due.refused and (*place[:3], 0) not in due.refused:
            found["wrong-code"].append(f"{place}: refused for {given}, and is good")


def _check_effects(history: History, due: _Due, found: dict[str, list[str]]) -> None:
    had: dict[str, set[str]] = defaultdict(set)
    for receiver, key in history.effects:
        if key not in due.receivers:
            found["phantom"].append(f"{receiver}: effect {key} was never published")
        elif receiver not in due.receivers[key]:
            found["leak"].append(f"{receiver}: effect {key} is not for it")
        had[key].add(receiver)
    for key, receivers in due.receivers.items():
        lied_to = {receiver for receiver in receivers if (receiver, key) in history.lies}
        missing = receivers - had[key] - lied_to
        found["lost"] += [f"{receiver}: no effect {key}" for receiver in sorted(missing)]
        if missing and missing != receivers - lied_to:
            found["torn-fanout"].append(f"effect {key} is missing at {sorted(missing)}")
    for (receiver, key), times in history.applications.items():
        found["duplicate-effect"].append(f"{receiver}: effect {key} was applied {times} times")


def _reordered(history: History, due: _Due) -> Iterator[str]:
    """First effects of one key at one receiver must come in the order of their raw partition."""
    last: dict[tuple[str, str, int, bytes], tuple[int, int]] = {}
    for receiver, key in history.effects:
        if key not in due.first or (receiver, key) in history.lies:
            continue
        topic, partition, record_key, offset, item = due.first[key]
        lane = (receiver, topic, partition, record_key)
        if last.get(lane, (-1, -1)) > (offset, item):
            yield f"{receiver}: {topic}/{partition}/{offset} came after {last[lane]}"
        else:
            last[lane] = (offset, item)
