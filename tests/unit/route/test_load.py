"""The rules language: the page's example works, and every fault is named with its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tracehub.errors import ConfigError
from tracehub.model.connection import Connection
from tracehub.model.event import Header, Product
from tracehub.route.explain import explain
from tracehub.route.load import load_rules, national_rules
from tracehub.route.table import RouteTable

ROOT = Path(__file__).parents[3]
HUB = (
    Connection("central/national", tier="central", region="000000"),
    Connection("provincial/zhejiang", tier="province", region="330000"),
    Connection("provincial/ningbo", tier="province", region="330200"),
    Connection("provincial/guangdong", tier="province", region="440000"),
    Connection("inspection/cnas-lab", categories=("food",)),
    Connection("credit/zhejiang", region="330000"),
)
HEADER = Header(
    "e1", "food", "ObjectEvent", "OBSERVE", "shipping", "in_transit", ("trace",), "none", 0, 1,
    "330106", "read_point", "440305", "location", (), Product("sgtin", "x"), (),
)  # fmt: skip


def example() -> RouteTable:
    page = (ROOT / "docs" / "rules-file.md").read_text("utf-8")
    found = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert found
    return load_rules(found[1], "rules.yaml", HUB)


def receivers(table: RouteTable, header: Header, source: str = "third-party/x") -> list[str]:
    return [route.connection for route in table.routes(header, source)]


def test_page_example_when_loaded_routes_as_the_page_says() -> None:
    table = example()
    assert receivers(table, HEADER) == ["provincial/zhejiang", "provincial/guangdong"]
    failed = HEADER._replace(kinds=("inspection-failure",))
    assert receivers(table, failed) == ["inspection/cnas-lab", "credit/zhejiang"]
    assert table.may_end(HEADER._replace(kinds=("inspection",)))
    assert not table.may_end(HEADER)


def test_platform_when_two_cover_a_region_is_the_closest_one() -> None:
    table = national_rules(HUB)
    assert "provincial/ningbo" in receivers(table, HEADER._replace(origin_region="330203"))
    assert "provincial/zhejiang" not in receivers(table, HEADER._replace(origin_region="330203"))


def test_route_when_the_publisher_would_receive_it_leaves_it_out() -> None:
    assert "provincial/zhejiang" not in receivers(
        national_rules(HUB), HEADER, "provincial/zhejiang"
    )


def test_report_when_the_province_reports_by_itself_is_left_out() -> None:
    zhejiang = Connection(
        "provincial/zhejiang", tier="province", region="330000", reports_upward=True
    )
    table = national_rules((HUB[0], zhejiang))
    assert receivers(table, HEADER, "provincial/zhejiang") == []
    assert receivers(table, HEADER, "third-party/x") == ["provincial/zhejiang", "central/national"]


def test_rules_when_several_are_wrong_name_each_fault_and_place() -> None:
    text = (
        "rules:\n"
        "  - id: a/b\n"
        "    wen: {kinds: [trace]}\n"
        "    to: {tier: provinc}\n"
        "  - id: a/b\n"
        "    when: {kinds: [traces], crosses_province: maybe}\n"
        "    to: [{region: origin, nearest: true}]\n"
        "  - title: no id\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_rules(text, "r.yaml", HUB)
    lines = str(caught.value).splitlines()
    assert any(
        line.startswith("r.yaml:3:5: unknown key 'wen'; did you mean 'when'") for line in lines
    )
    assert any("r.yaml:4:" in line and "did you mean 'province'" in line for line in lines)
    assert any("r.yaml:5:" in line and "used twice" in line for line in lines)
    assert any("r.yaml:6:" in line and "did you mean 'trace'" in line for line in lines)
    assert any("r.yaml:6:" in line and "true or false" in line for line in lines)
    assert any("r.yaml:7:" in line and "'nearest'" in line for line in lines)
    assert any("r.yaml:8:" in line and "no id and no to" in line for line in lines)


def test_rule_when_it_names_a_connection_without_the_right_is_refused() -> None:
    text = (
        "rules:\n  - id: a/b\n    when: {categories: [drug]}\n    to: {id: inspection/cnas-lab}\n"
    )
    with pytest.raises(ConfigError, match="not entitled to categories drug"):
        load_rules(text, "r.yaml", HUB)


@pytest.mark.parametrize("text", ["", "rules: 3", "- a", "rules: [\n", "rules: [3]"])
def test_rules_when_the_file_is_no_rules_file_say_so(text: str) -> None:
    with pytest.raises(ConfigError, match=r"r\.yaml:\d+:\d+: "):
        load_rules(text, "r.yaml", HUB)


def test_version_when_rules_or_connections_differ_differs() -> None:
    first = national_rules(HUB)
    assert first.version == national_rules(HUB).version
    assert first.version != national_rules(HUB[:-1]).version
    assert first.version != example().version


def test_explanation_when_all_is_asked_says_why_not() -> None:
    found = explain(national_rules(HUB), HEADER, "third-party/x", all_rules=True)
    lines = "\n".join(found.lines())
    assert "-> central/national  by up/central" in lines
    assert "rule up/central-recall did not fire" in lines
    assert "kind is trace, not recall" in lines
    assert "provincial/ningbo: it does not answer for origin 330106" in lines
    assert found.to_dict()["routes"][0] == {
        "connection": "provincial/zhejiang",
        "rule": "up/province",
    }
    assert not found.open


def test_explanation_when_nothing_fits_says_that_it_is_open() -> None:
    found = explain(national_rules(()), HEADER, "third-party/x")
    assert found.open
    assert "no route, and no rule says that this is right" in "\n".join(found.lines())
