"""Plan: which fault happens to whom, in which order, for how long. Pure; a seed decides.

Must not know how a fault is caused.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final, NamedTuple

from tracehub.testing.systems import DEMO

EXCHANGE: Final = (
    "pause-exchange",
    "end-exchange",
    "clock-step-exchange",
    "grow-and-shrink",
    "rebalance-storm",
)
DELIVER: Final = ("pause-deliver", "end-deliver", "clock-step-deliver")
KILLS: Final = ("kill-exchange", "kill-deliver")
BROKERS: Final = (
    "kill-leader",
    "kill-coordinator",
    "kill-controller",
    "kill-broker",
    "pause-broker",
    "restart-broker",
    "kill-two-brokers",
)
_LINKS: Final = ("cut", "stall", "slow", "half-open", "one-way")
LINKS: Final = tuple(
    f"{mode}-link-{service}" for mode in _LINKS for service in ("exchange", "deliver")
)
DESTINATIONS: Final = (
    "destination-503",
    "destination-busy",
    "destination-stalls",
    "destination-hangs-up",
    "destination-stalls-after",
    "destination-garbles",
    "destination-short-answer",
    "destination-drips",
    "destination-answers-huge",
    "destination-answers-bomb",
    "destination-lies",
    *(f"{mode}-link-destination" for mode in _LINKS),
)
FLOODS: Final = ("poison-flood",)
LEFT_OUT: Final = {
    "disk full on the hub's side": "on Kafka the hub writes to no disk of its own; for the "
    "embedded log it is a test of its own",
    "config reload": "the hub follows its settings file; that is a test of its own",
    "rules, key and ACL changes under load": "a list that is published under load is a test of its "
    "own; this cluster has no ACLs",
    "files and databases as destinations": "every destination here speaks HTTP",
    "partitions between brokers": "only what the hub's processes reach goes through proxies",
    "upgrade and downgrade": "there is one version",
}
"""Classes of the delivery contract that this run does not cause, each with the reason."""


class Size(NamedTuple):
    """How much of everything a run has."""

    events: int
    kills: int
    broker_faults: int
    link_faults: int
    destination_faults: int


CI_SIZE: Final = Size(100_000, 30, 10, 10, 20)
"""What every change has to stand."""


def size_for(seconds: int) -> Size:
    """More of everything than fits into so many seconds: the time ends the run."""
    return Size(3000 * seconds, seconds // 3, seconds // 8, seconds // 5, seconds // 4)


class Fault(NamedTuple):
    """One fault.

    Attributes:
        kind: its class.
        target: number of the process, broker or system it happens to, counted modulo theirs.
        hold_s: how long it lasts.
        rest_s: quiet time after it.
    """

    kind: str
    target: int
    hold_s: float
    rest_s: float


class Plan(NamedTuple):
    """Series that run side by side; those of services and brokers wait for progress in between."""

    exchange: tuple[Fault, ...]
    deliver: tuple[Fault, ...]
    brokers: tuple[Fault, ...]
    links: tuple[Fault, ...]
    destinations: tuple[Fault, ...]


def plan(seed: int, size: Size) -> Plan:
    """The same arguments give the same plan; every class comes about equally often."""
    chance = random.Random(seed)  # noqa: S311 - a test generator
    exchange = _of_service(chance, "kill-exchange", EXCHANGE, size.kills - size.kills // 2)
    deliver = _of_service(chance, "kill-deliver", DELIVER, size.kills // 2)
    brokers = _shuffled(chance, BROKERS, size.broker_faults, hold=(1.0, 6.0), rest=(3.0, 6.0))
    links = _shuffled(chance, LINKS, size.link_faults, hold=(1.0, 8.0), rest=(2.0, 6.0))
    destinations = _shuffled(
        chance,
        (*DESTINATIONS, *FLOODS),
        size.destination_faults,
        hold=(0.5, 4.0),
        rest=(1.0, 5.0),
    )
    return Plan(*map(tuple, (exchange, deliver, brokers, links, destinations)))


def _of_service(chance: random.Random, kill: str, others: Sequence[str], kills: int) -> list[Fault]:
    found = [
        *_shuffled(chance, (kill,), kills, hold=(0.0, 0.0), rest=(0.2, 1.5)),
        *_shuffled(chance, others, max(len(others), kills // 3), hold=(6.5, 9.0), rest=(0.2, 1.5)),
    ]
    chance.shuffle(found)
    return found


def _shuffled(
    chance: random.Random,
    kinds: Sequence[str],
    count: int,
    *,
    hold: tuple[float, float],
    rest: tuple[float, float],
) -> list[Fault]:
    found = [
        Fault(
            kinds[number % len(kinds)],
            chance.randrange(len(DEMO) * 60),
            round(chance.uniform(*hold), 2),
            round(chance.uniform(*rest), 2),
        )
        for number in range(count)
    ]
    chance.shuffle(found)
    return found
