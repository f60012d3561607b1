from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracehub.testing.systems.ledger import Applied, Counts, Item, Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


def item(key: str, body: bytes = b"{}") -> Item:
    return Item(key, f"event-{key}", body, body)


def apply(ledger: Ledger, *items: Item, deduplicate: bool = True) -> list[str]:
    found = ledger.apply("central/a", items, deduplicate=deduplicate, now_ms=7)
    return [each.status for each in found]


def test_item_when_known_is_not_applied_again(ledger: Ledger) -> None:
    assert apply(ledger, item("a"), item("b"), item("a")) == ["accepted", "accepted", "repeated"]
    assert apply(ledger, item("b")) == ["repeated"]
    assert ledger.counts() == Counts(2, 2)
    assert ledger.counts().duplicate_effects == 0


def test_item_when_known_with_another_content_is_a_conflict(ledger: Ledger) -> None:
    apply(ledger, item("a"))
    (applied,) = ledger.apply("central/a", [item("a", b"{1}")], deduplicate=True, now_ms=8)
    assert applied == Applied("conflict", 1)
    assert ledger.counts() == (1, 1)


def test_effects_when_not_deduplicated_are_counted_twice(ledger: Ledger) -> None:
    apply(ledger, item("a"), item("a"), item("b"), deduplicate=False)
    assert ledger.counts().duplicate_effects == 1
    assert [each.applications for each in ledger.entries()] == [2, 1]


def test_key_when_two_systems_hold_it_are_two_effects(ledger: Ledger) -> None:
    for connection in ("central/a", "credit/b"):
        ledger.apply(connection, [item("a")], deduplicate=True, now_ms=1)
    assert ledger.counts() == (2, 2)
    assert ledger.counts("credit/b") == (1, 1)
    assert [each.connection for each in ledger.entries("credit/b")] == ["credit/b"]


def test_entries_when_read_by_another_process_hold_what_was_sent(ledger: Ledger) -> None:
    apply(ledger, item("b", b'{"x":1}'), item("a"))
    reader = Ledger(ledger.path)
    first, second = reader.entries("central/a")
    assert first == ("central/a", "b", "event-b", b'{"x":1}', 7, 1, 1)
    assert second.effect_key == "a"
    reader.close()


def test_pages_when_read_go_on_after_a_number_and_know_their_system(ledger: Ledger) -> None:
    ledger.publish("inspection/a", [b"1", b"2"])
    ledger.publish("credit/b", [b"x"])
    ledger.publish("inspection/a", [b"3"])
    first = ledger.page("inspection/a", 0, 2)
    assert [document for _, document in first] == [b"1", b"2"]
    assert ledger.page("inspection/a", first[-1][0], 2) == ((4, b"3"),)
    assert ledger.page("inspection/a", 4, 2) == ()


@given(st.lists(st.lists(st.sampled_from("abcde"), max_size=5), max_size=8))
def test_effects_when_anything_is_repeated_are_as_many_as_keys(batches: list[list[str]]) -> None:
    ledger = Ledger(Path(":memory:"))
    for batch in batches:
        apply(ledger, *map(item, batch))
    keys = {key for batch in batches for key in batch}
    assert ledger.counts() == (len(keys), len(keys))
    ledger.close()


def test_ledger_when_a_system_lied_knows_what_it_withheld(ledger: Ledger) -> None:
    assert len(set(ledger.lie("central/a", [item("a"), item("b")]))) == 2
    assert ledger.counts() == (0, 0)
    assert ledger.withheld() == 2
    apply(ledger, item("a"))
    assert ledger.withheld() == 1
    assert ledger.lies() == {("central/a", "a"), ("central/a", "b")}
