"""Every rule about an event speaks when it should, at the right place, and not otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.normalise.cases import CHANGES, FAULTS, NOTES, Case
from tracehub.normalise import rules_naming, rules_own, rules_sense, rules_what, rules_why
from tracehub.normalise.rules import CHANGE, FAULT, NOTE, Rule
from tracehub.normalise.verdict import ACCEPT, NORMALISED, Accepted, Quarantined

Accept = Callable[..., Accepted]
Refuse = Callable[..., Quarantined]

E0 = "$.epcisBody.eventList[0]"


def _name(case: Case) -> str:
    return f"{case[0]} {next(iter(case[2]))}"


@pytest.mark.parametrize("case", FAULTS, ids=_name)
def test_event_when_it_breaks_a_rule_is_quarantined_by_it(case: Case, refused: Refuse) -> None:
    rule, path, changed = case
    error = refused(**changed).error
    assert (error.code, error.reasons[0].path) == (rule, f"{E0}{path}")
    assert error.item == 0


@pytest.mark.parametrize("case", CHANGES, ids=_name)
def test_event_when_its_form_is_not_ours_is_accepted_normalised(
    case: Case, accepted: Accept
) -> None:
    rule, path, changed = case
    item = accepted(**changed)
    assert item.verdict == NORMALISED
    assert (rule, f"{E0}{path}") in {(each.rule, each.path) for each in item.reasons}


@pytest.mark.parametrize("case", NOTES, ids=_name)
def test_event_when_something_is_worth_knowing_is_accepted_with_a_note(
    case: Case, accepted: Accept
) -> None:
    rule, path, changed = case
    item = accepted(**changed)
    assert item.verdict == ACCEPT
    assert [(each.rule, each.path) for each in item.reasons] == [(rule, f"{E0}{path}")]


def test_event_when_it_meets_every_rule_is_accepted_without_reasons(accepted: Accept) -> None:
    item = accepted()
    assert (item.verdict, item.reasons) == (ACCEPT, ())


@pytest.mark.parametrize("value", ["https://example.com/steps/a", "urn:example:step", "ext:a"])
def test_biz_step_when_it_is_a_uri_of_the_publishers_own_is_kept(
    value: str, accepted: Accept
) -> None:
    assert accepted(bizStep=value).event.header.biz_step == value


def test_faults_when_there_are_several_are_all_named(refused: Refuse) -> None:
    reasons = refused(action="GO", bizStep="fly", eventTime="now").error.reasons
    assert {reason.rule for reason in reasons} == {
        "epcis/action-unknown",
        "epcis/biz-step-unknown",
        "epcis/event-time-format",
    }


def test_cases_when_rules_are_added_cover_them() -> None:
    shown = {case[0] for case in (*FAULTS, *CHANGES, *NOTES)}
    only_in_formats = {
        rule.id
        for rule in vars(rules_naming).values()
        if isinstance(rule, Rule) and rule.id.startswith(("epcis/context", "epcis/element"))
    } | {"epcis/field-repeated", "epcis/xml-type-dropped", "epcis/empty-element"}
    elsewhere = ("canonical/", "catalogue/")
    tables = (rules_naming, rules_what, rules_why, rules_sense, rules_own)
    rules = [each for table in tables for each in vars(table).values() if isinstance(each, Rule)]
    missing = {each.id for each in rules} - shown - only_in_formats
    assert {rule for rule in missing if not rule.startswith(elsewhere)} == set()
    assert {each.severity for each in rules} == {FAULT, CHANGE, NOTE}
