"""The page about field tables: every example on it is run, and nothing is left out of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from tracehub.avro.catalogue import bundled, event_subject
from tracehub.errors import RejectError
from tracehub.model.event import Header, Product
from tracehub.normalise import rules_mapping
from tracehub.normalise.body_fields import layout_of
from tracehub.normalise.build import build
from tracehub.normalise.conversions import CONVERSIONS
from tracehub.normalise.mapping_load import load_mapping
from tracehub.normalise.mapping_rows import ROW
from tracehub.normalise.mapping_shipped import shipped, shipped_names
from tracehub.normalise.units import UNITS
from tracehub.testing.examples import event_of

PAGE = (Path(__file__).parents[2] / "docs" / "mappings.md").read_text("utf-8")
BLOCK = r".*?```{0}\n(.*?)```"
EXAMPLE = "<!-- example: {0} -->" + BLOCK.format("yaml") + BLOCK.format("json") * 2
NOWHERE = Header(
    *("", "food", "", "none", "", "", ("trace",), "none", 0, 0, "", "none", "", "none"),
    (),
    Product("", ""),
    (),
)
CONVERSION = re.compile(r"^\| `([a-z0-9-]+)` \| `(.+)` \| `(.+)` \|$", re.MULTILINE)


def example(name: str) -> tuple[str, bytes, Any]:
    """The table, what it is given and what it makes."""
    found = re.search(EXAMPLE.replace("{0}", name), PAGE, re.DOTALL)
    assert found, f"the page has no example '{name}'"
    table, given, made = found.groups()
    return table, given.encode(), orjson.loads(made)


def test_example_of_reading_when_run_gives_what_the_page_says() -> None:
    table, given, made = example("read")
    found = load_mapping(table, "mapping.yaml").read(given, "agri-food")
    assert [each.event for each in found] == made
    assert [each.faults for each in found] == [()] * len(made)


def test_example_of_both_when_run_gives_what_the_page_says_and_comes_back() -> None:
    table, given, made = example("both")
    mapping = load_mapping(table, "mapping.yaml")
    for document in (given, mapping.bytes_of(orjson.loads(given))):
        (found,) = mapping.read(document, "agri-food")
        assert (found.event, found.faults) == (made[0], ())
    header = NOWHERE._replace(event_type="ObjectEvent", biz_step="receiving", action="OBSERVE")
    event = build(found.event, header, layout_of(bundled().newest(event_subject("food"))))
    assert mapping.documents([event]) == [orjson.loads(given)]


def test_page_when_read_lists_every_shipped_table() -> None:
    for name in shipped_names():
        label = shipped(name).label
        assert f"| `{name}` | {label.title} | {label.source} |" in PAGE


def test_units_when_listed_on_the_page_are_all_there_are() -> None:
    missing = [word for word in UNITS if word not in PAGE and not word.isascii()]
    assert missing == []


def test_example_of_writing_when_run_gives_what_the_page_says() -> None:
    table, given, made = example("write")
    assert load_mapping(table, "mapping.yaml").write(event_of(orjson.loads(given))) == made


def test_example_when_a_required_field_is_taken_away_fails() -> None:
    table, given, _ = example("write")
    event = event_of(orjson.loads(given))
    with pytest.raises(RejectError):
        load_mapping(table, "").write(event._replace(header=event.header._replace(event_id="")))


@pytest.mark.parametrize(("name", "given", "made"), CONVERSION.findall(PAGE))
def test_conversion_when_run_gives_what_the_page_says(name: str, given: str, made: str) -> None:
    assert CONVERSIONS[name](orjson.loads(given)) == orjson.loads(made)


def test_page_when_conversions_or_keys_are_added_names_them() -> None:
    assert {name for name, _, _ in CONVERSION.findall(PAGE)} == set(CONVERSIONS)
    assert [key for key in ROW if f"`{key}" not in PAGE] == []


def test_page_when_read_names_every_rule_that_spoils_a_field() -> None:
    for rule in (rules_mapping.REQUIRED, rules_mapping.CONVERSION, rules_mapping.SHAPE):
        assert f"`{rule.id}`" in PAGE
