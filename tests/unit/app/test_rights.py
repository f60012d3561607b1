"""Rights are the least that each part needs, and every name is of one connection."""

from __future__ import annotations

from typing import Any

from tracehub.app import Right, rights, topic_specs
from tracehub.app.rights import used
from tracehub.settings import ConsoleSettings, IndexSettings, Settings

FOOD = {"categories": ["food"]}
CONNECTIONS: dict[str, Any] = {
    "provincial/a": {**FOOD, "url": "http://a"},
    "provincial/a-b": FOOD,
    "central/n": {**FOOD, "url": "http://n", "direction": "out"},
    "lab/c": {**FOOD, "direction": "in", "collect_every_s": 1},
}


def settings() -> Settings:
    return Settings.model_validate({"connections": CONNECTIONS})


def names(found: tuple[Right, ...], operation: str) -> set[str]:
    return {each.name for each in found if operation in each.operations}


def test_principals_when_derived_are_those_that_somebody_is() -> None:
    assert set(rights(settings())) == {
        "exchange",
        "gateway",
        "operator",
        "deliver.provincial.a",
        "publisher.provincial.a",
        "destination.provincial.a-b",
        "publisher.provincial.a-b",
        "deliver.central.n",
        "collect.lab.c",
    }


def test_deliver_topics_when_written_are_written_by_exchange_alone() -> None:
    writers = {
        user
        for user, found in rights(settings()).items()
        if any(each.startswith("deliver.") for each in names(found, "Write"))
    }
    assert writers == {"exchange"}


def test_part_of_a_connection_when_it_has_rights_has_them_on_its_own_alone() -> None:
    for user, found in rights(settings()).items():
        part, _, connection = user.partition(".")
        if connection:
            own = [each for each in found if each.name != "control.connections"]
            assert all(each.name.rstrip(".").endswith(f".{connection}") for each in own), part
            assert not names(found, "Write") & {"control.connections"}, part


def test_topics_that_a_process_uses_are_those_it_has_rights_on() -> None:
    chosen = settings()
    models = {each.id: each for each in chosen.models()}
    deliver = {each.name for each in used(chosen, ["deliver"], [models["central/n"]])}
    assert deliver == {
        "deliver.central.n",
        "receipt.central.n",
        "dead-letter.central.n",
        "state.deliver.central.n",
        "state.connection.central.n",
        "control.connections",
    }
    everything = used(chosen, ["exchange", "deliver", "collect"], chosen.models())
    unused = {each.name for each in topic_specs(chosen)} - {each.name for each in everything}
    assert unused == {
        "receipt.provincial.a-b",
        "state.deliver.provincial.a-b",
        "state.connection.provincial.a-b",
    }


def test_index_and_console_when_kept_change_nothing_for_the_path_of_the_events() -> None:
    plain = settings()
    watched = plain.model_copy(
        update={"index": IndexSettings(), "console": ConsoleSettings()}, deep=True
    )
    with_both, without = rights(watched), rights(plain)
    assert with_both.keys() - without.keys() == {"index", "console"}
    assert {user: with_both[user] for user in without} == without
    models = plain.models()
    for services in (["exchange"], ["deliver"], ["collect"]):
        assert used(watched, services, models) == used(plain, services, models)
    groups = [each.name for each in with_both["index"] if each.kind == "group"]
    assert groups == ["index"]
    assert names(with_both["index"], "Write") == set()
