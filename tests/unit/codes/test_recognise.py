"""Which scheme is this? What a bare text, or a URI, may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracehub.codes import recognise
from tracehub.codes.tables import CodeTables, load_code_tables

NONE = CodeTables()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("91350100M000100Y43", ["uscc"]),
        ("6901028075831", ["gtin", "gln", "hs13"]),
        ("81234567890123456789", ["drug"]),
        ("12345678901234", ["drug-base", "gtin"]),
        ("SC10433010400012", ["sc"]),
        ("110103", ["gb2260"]),
        ("(01)06901028075831(10)A", ["lgtin"]),
        ("urn:oid:1.2.156.3088", ["oid"]),
        ("https://hdl.handle.net/86.1000/ab12", ["handle"]),
        ("urn:tracehub:agri-batch:2026-07/3", ["agri-batch"]),
        ("urn:tracehub:sc:sc10433010400012", ["sc"]),
        ("whatever", ["opaque"]),
        ("urn:example:a", ["opaque"]),
    ],
)
def test_text_when_recognised_is_of_these_schemes(text: str, expected: list[str]) -> None:
    found = recognise.readings(text, NONE)
    assert [each.scheme for each in found] == expected
    assert all(each.source == text for each in found)


def test_text_when_a_company_declares_its_pattern_is_of_its_scheme() -> None:
    tables = load_code_tables(
        "patterns: [{scheme: company-drug, pattern: 'D[0-9]{8}', source: agreement}]", ""
    )
    assert [each.scheme for each in recognise.readings("D12345678", tables)] == ["company-drug"]
    assert [each.scheme for each in recognise.readings("D1234567", tables)] == ["opaque"]


@given(st.text())
def test_product_and_party_when_normalised_again_do_not_change(text: str) -> None:
    for code_of in (recognise.product, recognise.party):
        found = code_of(text)
        assert found.source == text
        assert code_of(found.uri).normal == found.normal


def test_product_when_of_a_scheme_of_ours_is_known_by_its_uri() -> None:
    found = recognise.product("urn:tracehub:sc:sc10433010400012")
    assert (found.scheme, found.normal) == ("sc", "SC10433010400012")
    assert recognise.product("urn:tracehub:sc:nonsense").scheme == "opaque"
