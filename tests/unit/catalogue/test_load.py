"""A product list that is read, and one that is refused with the line of every fault."""

from __future__ import annotations

import pytest

from tests.unit.catalogue.lists import NATIONAL, local, national
from tracehub.catalogue.edition import bundled
from tracehub.catalogue.load import load_list
from tracehub.errors import ConfigError
from tracehub.model.event import CATEGORIES, LOCAL_CATEGORIES


def test_list_when_read_has_what_was_written() -> None:
    found = national()
    food, specialty = found.entries
    assert (found.name, food.category, food.obligation) == ("national@1", "food", "key")
    assert (food.scope, specialty.scope) == ("national", "local")
    types, batch = food.requirements
    assert (types.asked, types.level) == ("event-type", "note")
    assert (batch.names, batch.at, batch.source) == (
        ("batch",),
        frozenset({"shipping"}),
        "a standard",
    )
    assert batch.where == "national.yaml:12:9"


def test_local_category_when_a_local_list_has_it_is_in_force_there() -> None:
    (entry,) = local("category: local-specialty").entries
    assert (entry.scope, entry.obligation) == ("national", "")


def test_list_when_shipped_covers_every_category_and_says_every_source() -> None:
    found = bundled()
    assert [each.category for each in found.entries] == list(CATEGORIES)
    for each in found.entries:
        assert (each.scope == "local") == (each.category in LOCAL_CATEGORIES)
        assert all(one.source for one in each.requirements)
        assert all(one.source for one in each.sensitive)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("list: national", "list: [", "n.yaml:3:1: not YAML"),
        ("list: national", "list: 33", "n.yaml:1:1 list: write 'national', or six digits"),
        ('version: "1"\n', "", "n.yaml:1:1: version is missing"),
        ("title: t\nsource", "titel: t\nsource", "n.yaml:1:1: title is missing"),
        ("title: t\nsource", "titel: t\nsource", "n.yaml:3:1: there is no key 'titel'"),
        ("category: food", "category: foods", "n.yaml:6:5 category: there is no category 'foods'"),
        ("obligation: key", "obligation: keys", "n.yaml:8:5 obligation: give an obligation"),
        ("    obligation: key\n", "", "n.yaml:6:5 category: give an obligation"),
        ("[ObjectEvent, Agg", "[Object, Agg", "n.yaml:10:5: there is no event-type 'Object'"),
        ("name: batch", "name: bunch", "n.yaml:12:9: there is no identifier 'bunch'"),
        ("level: refuse", "level: reject", "n.yaml:12:39 level: write one of note, refuse"),
        ("section: trade_secret", "section: secret", "n.yaml:14:24 section: write one of"),
        (
            "obligation: key",
            "obligation: key\n    valid_from: soon",
            "n.yaml:9:5 valid_from: 'soon'",
        ),
        ("    identifiers:\n      -", "    identifiers:\n      x:", "identifiers: write a list"),
        ("source: a standard", "source: ''", "n.yaml:12:9: source is missing"),
        ("{field: price,", "{field: price, fields: 1,", "there is no key 'fields'"),
    ],
)
def test_list_when_at_fault_is_refused_with_every_place(old: str, new: str, fault: str) -> None:
    assert old in NATIONAL
    with pytest.raises(ConfigError) as caught:
        load_list(NATIONAL.replace(old, new, 1), "n.yaml")
    assert fault in str(caught.value)


def test_list_when_no_mapping_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"n\.yaml:1:1: write the keys list, version"):
        load_list("- 1", "n.yaml")
