"""One text as a code of one scheme on one day."""

from __future__ import annotations

from datetime import date

import pytest

from tracehub.codes.assess import assess
from tracehub.codes.region import bundled
from tracehub.codes.tables import CodeTables, load_code_tables

NONE = CodeTables()


@pytest.mark.parametrize(
    ("scheme", "text", "on", "verdict", "rules"),
    [
        ("uscc", "91350100M000100Y43", "2026-01-01", "valid", []),
        ("uscc", "91350100M000100Y44", "2026-01-01", "invalid", ["uscc/check"]),
        ("uscc", "91350100M000100Y4Z", "2026-01-01", "misfit", ["uscc/alphabet"]),
        ("sc", "SC10411010300012", "2026-01-01", "unverified", []),
        ("sc", "SC10499999900012", "2026-01-01", "unverified", ["sc/region-unknown"]),
        ("gb2260", "110103", "2009-06-01", "unverified", []),
        ("gb2260", "110103", "2017-06-01", "unverified", ["gb2260/abolished"]),
        ("gb2260", "110118", "2009-06-01", "unverified", ["gb2260/not-yet"]),
        ("gb2260", "330104", "2022-06-01", "unverified", ["gb2260/abolished", "gb2260/successor"]),
        ("gb2260", "330199", "2022-06-01", "unverified", ["gb2260/unknown"]),
        ("gb2260", "990000", "2022-06-01", "invalid", ["gb2260/province-unknown"]),
        ("hs13", "0101210010999", "2018-08-01", "unverified", []),
        ("hs13", "0101210010999", "2018-07-31", "unverified", ["hs13/earlier-layout"]),
        ("drug", "81234567890123456789", "2026-01-01", "unverified", []),
    ],
)
def test_code_when_assessed_has_a_verdict_and_its_reasons(
    scheme: str, text: str, on: str, verdict: str, rules: list[str]
) -> None:
    found = assess(scheme, text, date.fromisoformat(on), bundled(), NONE)
    assert (found.verdict, [each.rule for each in found.remarks]) == (verdict, rules)
    assert found.good == (verdict in {"valid", "unverified"})
    assert all(each.text and each.text_zh for each in found.remarks)


def test_code_when_its_layout_is_declared_is_taken_apart() -> None:
    tables = load_code_tables(
        "layouts: [{scheme: tcm, parts: {subject: 4, serial: 2}, source: agreed}]", ""
    )
    on = date(2026, 1, 1)
    assert assess("tcm", "123456", on, bundled(), tables).parts == {
        "subject": "1234",
        "serial": "56",
    }
    assert assess("tcm", "12345", on, bundled(), tables).verdict == "misfit"
    assert assess("tcm", "12345", on, bundled(), NONE).verdict == "unverified"
