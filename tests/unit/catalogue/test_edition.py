"""Lists in force together: what they add, what they may not do, and when they hold."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.unit.catalogue.lists import NATIONAL, local, national
from tracehub.catalogue.edition import bundled, compose, load_edition
from tracehub.catalogue.load import load_list
from tracehub.errors import ConfigError


def at(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


NOW = at("2026-07-01")
TIGHTER = """\
category: food
obligation: key
event_types: {only: [ObjectEvent], level: refuse, source: s}
identifiers: [{name: serial, level: refuse, source: s}, {name: batch, level: refuse, source: s}]
sensitive: [{field: price, section: personal, source: s}]
"""


def asked(edition_lists: list[str], category: str, region: str, day: int = NOW) -> list[str]:
    made = compose([national(), *(local(each) for each in edition_lists)])
    found = made.terms(category, region, day, "shipping")
    return [f"{name}:{each.asked}:{each.level}" for each, name in found.requirements]


def test_local_list_when_it_adds_and_tightens_holds_in_its_region_alone() -> None:
    own = ["national@1:event-type:note", "national@1:identifier:refuse"]
    added = [f"330000@1:{each}" for each in ("event-type:refuse", *["identifier:refuse"] * 2)]
    assert asked([TIGHTER], "food", "330106") == own + added
    assert asked([TIGHTER], "food", "440305") == own
    assert asked([TIGHTER], "food", "") == own


def test_local_category_when_a_region_lists_it_is_active_there_alone() -> None:
    made = compose([national(), local("category: local-specialty", "330100")])
    active = {
        region: made.terms("local-specialty", region, NOW, "").active
        for region in ("330106", "330200", "330000", "440305", "")
    }
    assert [region for region, each in active.items() if each] == ["330106"]
    assert made.terms("food", "", NOW, "").active
    assert not made.terms("drug", "330106", NOW, "").active


@pytest.mark.parametrize(
    ("day", "active"),
    [
        ("2020-12-31T15:59:59", False),
        ("2020-12-31T16:00:00", True),
        ("2025-12-31T15:59:59", True),
        ("2025-12-31T16:00:00", False),
    ],
)
def test_entry_when_it_has_days_holds_on_these_in_china(day: str, active: bool) -> None:
    entry = "category: local-specialty\nvalid_from: 2021-01-01\nvalid_until: 2026-01-01"
    made = compose([national(), local(entry)])
    assert made.terms("local-specialty", "330106", at(day), "").active == active


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (
            "category: food\nobligation: encouraged",
            "330000.yaml:6:5: food is encouraged, but by national.yaml:6:5: key",
        ),
        (
            "category: food\nevent_types: {only: [TransactionEvent], level: note, source: s}",
            "330000.yaml:9:5: event-type TransactionEvent is allowed, but by national.yaml:10:5",
        ),
        (
            "category: food\nidentifiers: [{name: batch, level: note, source: s}]",
            "330000.yaml:9:19: identifier batch has the level note, but by national.yaml:12:9",
        ),
        (
            "category: food\nsensitive: [{field: price, section: public, source: s}]",
            "330000.yaml:9:17: price is public, but by national.yaml:14:9: trade_secret",
        ),
    ],
)
def test_local_list_when_it_contradicts_is_refused_with_both_entries(
    entry: str, fault: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        compose([national(), local(entry)])
    assert fault in str(caught.value)
    assert "may add and tighten, never contradict" in str(caught.value)


def test_list_of_a_city_when_it_contradicts_its_province_is_refused() -> None:
    province = local("category: food\nidentifiers: [{name: serial, level: refuse, source: s}]")
    loose = "category: food\nidentifiers: [{name: serial, level: note, source: s}]"
    with pytest.raises(ConfigError, match=r"330100.yaml:9:19.*330000.yaml:9:19"):
        compose([national(), province, local(loose, "330100")])
    assert len(compose([national(), province, local(loose, "440100")]).lists) == 3


def test_requirement_when_at_other_steps_or_days_is_no_contradiction() -> None:
    other_step = (
        "category: food\nidentifiers: [{name: batch, at: [loading], level: note, source: s}]"
    )
    assert len(compose([national(), local(other_step)]).lists) == 2
    ended = NATIONAL.replace("obligation: key", "obligation: key\n    valid_until: 2020-01-01")
    later = "category: food\nobligation: encouraged\nvalid_from: 2020-01-01"
    assert len(compose([national(ended), local(later)]).lists) == 2


def test_edition_when_a_list_is_missing_or_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="there is no national list"):
        compose([local("category: food")])
    with pytest.raises(ConfigError, match=r"second list of 330000 beside 330000\.yaml"):
        compose([national(), local("category: food"), local("category: food", version="2")])


def test_edition_when_dumped_and_loaded_is_the_same() -> None:
    made = compose([bundled(), local("category: local-specialty")])
    again = load_edition(made.dump())
    assert (again.version, again.lists) == (made.version, made.lists)
    assert compose([bundled()]).version != made.version


def test_version_when_lists_come_in_another_order_is_the_same() -> None:
    one, two = local("category: food"), local("category: food", "440000")
    assert compose([national(), one, two]).version == compose([two, one, national()]).version


def test_product_when_listed_is_of_the_category_with_the_longest_beginning() -> None:
    text = NATIONAL.replace("obligation: key", "obligation: key\n    products: ['01/0690']")
    made = compose(
        [
            load_list(text, "n"),
            local("category: local-specialty\nproducts: ['01/06901028']"),
        ]
    )
    assert made.category_of("01/06901028075831/21/1", "330106", NOW) == "local-specialty"
    assert made.category_of("01/06901028075831/21/1", "440305", NOW) == "food"
    assert made.category_of("01/09501028075831/21/1", "330106", NOW) == ""
