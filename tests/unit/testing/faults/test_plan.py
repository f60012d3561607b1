"""A plan follows from its seed alone and leaves no class out."""

from __future__ import annotations

from tracehub.testing.faults.plan import (
    BROKERS,
    CI_SIZE,
    DELIVER,
    DESTINATIONS,
    EXCHANGE,
    FLOODS,
    KILLS,
    LEFT_OUT,
    LINKS,
    plan,
    size_for,
)


def test_plan_when_made_twice_from_a_seed_is_the_same() -> None:
    first = plan(7, CI_SIZE)
    assert first == plan(7, CI_SIZE)
    assert first != plan(8, CI_SIZE)


def test_plan_when_made_holds_as_much_as_was_asked_and_every_class() -> None:
    made = plan(1, CI_SIZE)
    kinds = [fault.kind for series in made for fault in series]
    assert sum(kind in KILLS for kind in kinds) == CI_SIZE.kills == 30
    assert sum(kind in BROKERS for kind in kinds) == CI_SIZE.broker_faults == 10
    assert sum(kind in LINKS for kind in kinds) == CI_SIZE.link_faults
    assert sum(kind in (*DESTINATIONS, *FLOODS) for kind in kinds) == CI_SIZE.destination_faults
    assert set(kinds) == {*KILLS, *EXCHANGE, *DELIVER, *BROKERS, *LINKS, *DESTINATIONS, *FLOODS}


def test_plan_when_bounded_by_time_has_enough_for_it() -> None:
    seconds = 600
    made = plan(1, size_for(seconds))
    for series in (made.brokers, made.links, made.destinations):
        assert sum(fault.hold_s + fault.rest_s for fault in series) > seconds


def test_plan_when_made_leaves_a_service_to_its_own_series() -> None:
    made = plan(1, CI_SIZE)
    assert {each.kind for each in made.exchange} == {"kill-exchange", *EXCHANGE}
    assert {each.kind for each in made.deliver} == {"kill-deliver", *DELIVER}


def test_classes_when_left_out_say_why() -> None:
    assert all(reason for reason in LEFT_OUT.values())
