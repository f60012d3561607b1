"""What an operator declares about codes: homes, company prefixes, layouts; and what is refused."""

from __future__ import annotations

import pytest

from tracehub.codes.code import Code
from tracehub.codes.schemes import SCHEMES
from tracehub.codes.tables import load_code_tables
from tracehub.errors import ConfigError

TABLES = load_code_tables(
    """
layouts:
  - {scheme: meat-vegetable, parts: {subject: 13, serial: 7}, source: agreed}
company_prefixes:
  - {prefix: "69", length: 8, source: GS1 China}
  - {prefix: "6901028", length: 7, source: licence of the company}
homes:
  - {scheme: drug, prefix: "8", connection: provincial/central, source: agreed}
  - {scheme: drug, prefix: "8123456", connection: provincial/zhejiang, source: agreed,
     valid_from: 2020-01-01, valid_until: 2030-01-01}
  - {scheme: sgtin, prefix: "6901028", connection: third-party/dairy, source: agreed}
""",
    "codes.yaml",
)


def read(scheme: str, text: str) -> Code:
    found = SCHEMES[scheme].parse(text)
    assert isinstance(found, Code)
    return found


@pytest.mark.parametrize(
    ("scheme", "text", "on", "home"),
    [
        ("drug", "81234567890123456789", "2026-01-01", "provincial/zhejiang"),
        ("drug", "81234567890123456789", "2019-12-31", "provincial/central"),
        ("drug", "81234567890123456789", "2030-01-01", "provincial/central"),
        ("drug", "82234567890123456789", "2026-01-01", "provincial/central"),
        ("drug", "71234567890123456789", "2026-01-01", None),
        ("sgtin", "(01)06901028075831(21)7", "2026-01-01", "third-party/dairy"),
        ("gtin", "06901028075831", "2026-01-01", None),
    ],
)
def test_home_when_asked_for_is_that_of_the_longest_prefix_on_the_day(
    scheme: str, text: str, on: str, home: str | None
) -> None:
    found = TABLES.home(read(scheme, text), on)
    assert (found.connection if found else None) == home


@pytest.mark.parametrize(
    ("scheme", "text", "urn"),
    [
        ("sgtin", "(01)06901028075831(21)7", "urn:epc:id:sgtin:6901028.007583.7"),
        ("sgtin", "(01)06938166920785(21)7", "urn:epc:id:sgtin:69381669.02078.7"),
        ("sgtin", "(01)00012345678905(21)7", None),
        ("sgtin", "urn:epc:id:sgtin:000123456789.0.7", "urn:epc:id:sgtin:000123456789.0.7"),
        ("uscc", "91350100M000100Y43", None),
    ],
)
def test_urn_when_neither_source_nor_table_says_the_prefix_is_not_guessed(
    scheme: str, text: str, urn: str | None
) -> None:
    assert TABLES.urn(read(scheme, text)) == urn


def test_layout_when_declared_is_cut_and_never_called_valid() -> None:
    layout = TABLES.layouts["meat-vegetable"]
    found = layout.parse("1234567890123 7654321")
    assert isinstance(found, Code)
    assert found.check == "unverified"
    assert layout.split(found.normal) == {"subject": "1234567890123", "serial": "7654321"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: [", "codes.yaml: not YAML"),
        ("- 1", "codes.yaml:1:1: write the tables"),
        ("homs: []", "codes.yaml:1:1: there is no table 'homs'"),
        ("homes: 1", "codes.yaml:1:1: write a list"),
        ("homes: [{scheme: drug}]", "codes.yaml:1:9 homes[0]: prefix is missing"),
        ("homes: [{schema: drug}]", "codes.yaml:1:9 homes[0]: write scheme, prefix"),
        (
            "homes: [{scheme: a, prefix: b, connection: c, source: d, valid_from: soon}]",
            "codes.yaml:1:9 homes[0]: valid_from 'soon' is no day",
        ),
        (
            "patterns: [{scheme: a, pattern: '(', source: d}]",
            "codes.yaml:1:12 patterns[0]: '(' is no pattern",
        ),
        (
            "company_prefixes: [{prefix: x, length: 7, source: d}]",
            "codes.yaml:1:20 company_prefixes[0]: prefix and length are digits",
        ),
        (
            "layouts: [{scheme: drug, parts: {a: 1}, source: d}]",
            "codes.yaml:1:11 layouts[0]: the layout of drug is no table",
        ),
        (
            "layouts: [{scheme: tcm, parts: {a: 0}, source: d}]",
            "codes.yaml:1:11 layouts[0]: parts are",
        ),
    ],
)
def test_tables_when_at_fault_are_refused_with_place_and_remedy(text: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_code_tables(text, "codes.yaml")
    assert str(caught.value).startswith(fault)


def test_tables_when_nothing_is_declared_are_empty() -> None:
    assert load_code_tables("", "codes.yaml").homes == ()
