"""Plan: which fault happens to whom, in which order, for how long. Pure; a seed decides.

Must not know how a fault is caused.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final, NamedTuple

from tracehub.testing.systems import DEMO

KILLS: Final = ("kill-exchange", "kill-deliver")
MEMBERS: Final = (
    "pause-exchange",
    "pause-deliver",
    "end-exchange",
    "end-deliver",
    "grow-and-shrink",
)
BROKERS: Final = ("kill-broker", "pause-broker", "restart-broker", "kill-two-brokers")
DESTINATIONS: Final = (
    "destination-503",
    "destination-busy",
    "destination-stalls",
    "destination-hangs-up",
    "destination-stalls-after",
    "destination-garbles",
    "destination-short-answer",
    "destination-drips",
)
FLOODS: Final = ("poison-flood",)
LEFT_OUT: Final = {
    "disk full on the hub's side": "on Kafka the hub writes to no disk of its own",
    "network cut, slow and half-open links": "brokers are paused and killed instead, no proxy yet",
    "clock step": "no output reads a clock; a stepped clock needs a preloaded library",
    "config reload": "the hub reads its settings when it starts",
    "rules, key and ACL changes under load": "rules are read at start; this cluster has no ACLs",
    "files and databases as destinations": "every destination here speaks HTTP",
    "upgrade and downgrade": "there is one version",
}
"""Classes of the delivery contract that this run does not cause, each with the reason."""


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
    """Three series that run side by side."""

    members: tuple[Fault, ...]
    brokers: tuple[Fault, ...]
    destinations: tuple[Fault, ...]


def plan(seed: int, *, kills: int, broker_faults: int, destination_faults: int) -> Plan:
    """The same arguments give the same plan; every class comes about equally often."""
    chance = random.Random(seed)  # noqa: S311 - a test generator
    members = [
        *_shuffled(chance, KILLS, kills, hold=(0.0, 0.0), rest=(0.5, 4.0)),
        *_shuffled(
            chance, MEMBERS, max(len(MEMBERS), kills // 5), hold=(6.5, 9.0), rest=(0.5, 3.0)
        ),
    ]
    chance.shuffle(members)
    return Plan(
        tuple(members),
        tuple(_shuffled(chance, BROKERS, broker_faults, hold=(1.0, 6.0), rest=(5.0, 9.0))),
        tuple(
            _shuffled(
                chance,
                (*DESTINATIONS, *FLOODS),
                destination_faults,
                hold=(0.5, 4.0),
                rest=(1.0, 5.0),
            )
        ),
    )


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
