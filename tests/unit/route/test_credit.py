"""The credit table: who was on a list when an event occurred, and what rules make of it."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from tracehub.errors import ConfigError
from tracehub.model.connection import Connection
from tracehub.model.event import Event, Header, Party, Product
from tracehub.route.credit import NOBODY, Change, Credit, Entry, change_in, load_credit
from tracehub.route.explain import explain
from tracehub.route.load import national_rules

ROOT = Path(__file__).parents[3]
LIST = "严重违法失信名单"
GROWER, OTHER = "913301000000000009", "914403001922038216"
HUB = (
    Connection("central/national", tier="central", region="000000"),
    Connection("enforcement/zhejiang", region="330000"),
    Connection("provincial/shenzhen", tier="city", region="440300"),
)


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


FROM, UNTIL = ms("2026-09-24T00:00:00+08:00"), ms("2029-09-24T00:00:00+08:00")


def header(at: int, party: str = GROWER, kind: str = "sale") -> Header:
    parties = (Party("owner", "uscc", party),)
    return Header(
        "e1", "food", "ObjectEvent", "OBSERVE", "", "", (kind,), "none", 0, at,
        "330106", "read_point", "440305", "location", parties, Product("", ""), (),
    )  # fmt: skip


def told(action: str, at: int, **decision: str | None) -> Event:
    found = {
        "subject": GROWER, "list": LIST, "action": action, "number": "16", "valid_from": None,
        "valid_until": None, **decision,
    }  # fmt: skip
    return Event(header(at, kind="credit-change"), regulator={"body": {"decision": found}})


def change(action: str, at: int, **decision: str | None) -> Change:
    found = change_in(told(action, at, **decision))
    assert found
    return found


def page() -> str:
    text = (ROOT / "docs" / "rules-file.md").read_text("utf-8")
    found = re.search(r"```yaml\n(parties:.*?)```", text, re.DOTALL)
    assert found
    return found[1]


def test_page_example_when_loaded_is_a_table() -> None:
    credit = load_credit(page(), "credit.yaml")
    assert credit.entries == (Entry(GROWER, LIST, FROM, UNTIL, "国市监信〔2026〕16号"),)


@pytest.mark.parametrize(
    ("at", "party", "flagged"),
    [
        (FROM, GROWER, True),
        (UNTIL - 1, GROWER, True),
        (FROM - 1, GROWER, False),
        (UNTIL, GROWER, False),
        (FROM, OTHER, False),
    ],
)
def test_national_rules_when_a_party_is_listed_then_flag_its_events(
    at: int, party: str, flagged: bool
) -> None:
    table = national_rules(HUB, load_credit(page(), "credit.yaml"))
    # Asked for both in both orders: what is remembered of one must not answer for the other.
    for instant in (FROM - 1, at, UNTIL, at):
        rules = {each.connection: each.rule for each in table.routes(header(instant, party), "x/y")}
        if instant == at:
            assert ("enforcement/zhejiang" in rules) is flagged
            assert rules["central/national"] == "up/central"


def test_explain_when_no_party_is_listed_says_so() -> None:
    table = national_rules(HUB, load_credit(page(), "credit.yaml"))
    found = explain(table, header(FROM - 1), "x/y", all_rules=True)
    step = next(each for each in found.steps if each.rule == "flag/enforcement")
    assert (step.fired, step.why_not) == (False, (f"no party of it was on the list {LIST}",))


def test_version_when_an_entry_is_added_is_another() -> None:
    plain = national_rules(HUB)
    assert not plain.asks_credit
    listed = national_rules(HUB, load_credit(page(), "credit.yaml"))
    assert listed.asks_credit
    assert listed.version != plain.version


def test_changes_when_folded_begin_and_end_entries() -> None:
    listed = change("listed", FROM, valid_from="2026-09-24T00:00:00+08:00",
                    valid_until="2029-09-23T00:00:00+08:00")  # fmt: skip
    credit = NOBODY.with_changes([listed])
    assert credit.entries == (Entry(GROWER, LIST, FROM, UNTIL, "16"),)
    assert credit.with_changes([listed, listed]) is credit
    repaired = credit.with_changes([change("repaired", FROM + 5)])
    assert [each.valid_until for each in repaired.entries] == [FROM + 5]
    for other in ("corrected", "appealed"):
        assert change_in(told(other, FROM)) is None
    assert change_in(Event(header(FROM))) is None
    corrects = told("listed", FROM)
    corrected = corrects._replace(header=corrects.header._replace(correction="correction"))
    assert change_in(corrected) is None


def test_credit_when_a_removal_comes_after_a_later_listing_ends_only_what_is_open() -> None:
    ended = Entry(GROWER, LIST, FROM, FROM + 2, "1")
    open_one = Entry(GROWER, LIST, FROM + 3, 0, "2")
    found = Credit((ended, open_one)).with_changes([change("removed", FROM + 9)])
    assert [each.valid_until for each in found.entries] == [FROM + 2, FROM + 9]


def test_table_when_there_are_many_changes_is_that_of_one_after_another() -> None:
    changes = [
        change("removed" if number % 3 == 2 else "listed", FROM + number, number=str(number % 5))
        for number in range(40)
    ]
    one_by_one = NOBODY
    for each in changes:
        one_by_one = one_by_one.with_changes([each])
    assert NOBODY.with_changes(changes).entries == one_by_one.entries


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[]", "c.yaml:1: a credit table is a mapping"),
        ("parties: [", "c.yaml: not YAML"),
        ("parties:\n  - x", "c.yaml:2: an entry is a mapping"),
        ("parties:\n  - {party: x, colour: red}", "c.yaml:2: unknown key 'colour'"),
        ("parties:\n  - {list: x}", "c.yaml:2: the entry has no party and no valid_from"),
        (page().replace("0009", "0008"), "is no valid USCC"),
        (page().replace("+08:00", ""), "with its offset"),
        (page().replace("2029", "2019"), "valid_until is not after valid_from"),
    ],
)
def test_table_when_wrong_is_refused_with_its_place(text: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(fault)):
        load_credit(text, "c.yaml")
