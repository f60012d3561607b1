"""A plan follows from its seed alone and leaves no class out."""

from __future__ import annotations

from tracehub.testing.faults.plan import (
    BROKERS,
    DESTINATIONS,
    FLOODS,
    KILLS,
    LEFT_OUT,
    MEMBERS,
    plan,
)


def test_plan_when_made_twice_from_a_seed_is_the_same() -> None:
    first = plan(7, kills=30, broker_faults=10, destination_faults=18)
    assert first == plan(7, kills=30, broker_faults=10, destination_faults=18)
    assert first != plan(8, kills=30, broker_faults=10, destination_faults=18)


def test_plan_when_made_holds_as_much_as_was_asked_and_every_class() -> None:
    made = plan(1, kills=30, broker_faults=10, destination_faults=18)
    kinds = [fault.kind for series in made for fault in series]
    assert sum(kind in KILLS for kind in kinds) == 30
    assert sum(kind in BROKERS for kind in kinds) == 10
    assert sum(kind in (*DESTINATIONS, *FLOODS) for kind in kinds) == 18
    assert set(kinds) == {*KILLS, *MEMBERS, *BROKERS, *DESTINATIONS, *FLOODS}


def test_classes_when_left_out_say_why() -> None:
    assert all(reason for reason in LEFT_OUT.values())
