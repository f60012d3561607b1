from __future__ import annotations

import pytest

from tracehub.normalise import vocabulary


@pytest.mark.parametrize(
    ("values", "count"),
    [
        (vocabulary.BIZ_STEPS, 41),
        (vocabulary.DISPOSITIONS, 33),
        (vocabulary.TRANSACTION_TYPES, 13),
        (vocabulary.PARTY_TYPES, 3),
        (vocabulary.ERROR_REASONS, 2),
        (vocabulary.ALERTS, 2),
        (vocabulary.COMPONENTS, 13),
        (vocabulary.MEASUREMENTS, 72),
    ],
)
def test_list_when_counted_is_complete(values: frozenset[str], count: int) -> None:
    assert len(values) == count


@pytest.mark.parametrize(
    "spelling",
    [
        "shipping",
        "urn:epcglobal:cbv:bizstep:shipping",
        "https://ref.gs1.org/cbv/BizStep-shipping",
        "https://ns.gs1.org/cbv/BizStep-shipping",
        "cbv:BizStep-shipping",
    ],
)
def test_value_when_spelled_in_any_standard_way_is_bare(spelling: str) -> None:
    assert vocabulary.BIZ_STEP.bare(spelling) == "shipping"


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ("shipping", True),
        ("teleporting", False),
        ("urn:epcglobal:cbv:bizstep:teleporting", False),
        ("https://ref.gs1.org/cbv/BizStep-teleporting", False),
        ("https://example.com/steps/teleporting", True),
        ("ext1:teleporting", True),
        ("http://example.com/a b", False),
        ("", False),
    ],
)
def test_value_when_not_standard_must_be_a_uri_of_ones_own(value: str, allowed: bool) -> None:
    assert vocabulary.BIZ_STEP.allows(value) is allowed


def test_standard_prefix_when_the_value_is_not_listed_is_written_out() -> None:
    assert vocabulary.PARTY_TYPE.bare("cbv:my_party") == "https://ref.gs1.org/cbv/my_party"
    assert vocabulary.MEASUREMENT.bare("gs1:EffectiveDoseRate") == "EffectiveDoseRate"
    assert vocabulary.MEASUREMENT.bare("example:Mood") == "example:Mood"
