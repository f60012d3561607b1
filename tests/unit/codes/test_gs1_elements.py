"""Element strings as people and scanners write them."""

from __future__ import annotations

import pytest

from tracehub.codes.gs1_elements import parse_elements


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("(01)06901028075831", "01/06901028075831"),
        ("(01)06901028075831(17)270131(10)A1(21)7", "01/06901028075831/10/A1/21/7"),
        ("]d2010690102807583117270131\x1d10A1\x1d217", "01/06901028075831/10/A1/21/7"),
        ("]C10106901028075831" + "10A1\x1d3724", "01/06901028075831/10/A1"),
        ("\x1d00140123451111111117", "00/140123451111111117"),
        ("]d2414690102800000025412", "414/6901028000000/254/12"),
        ("(8004)4000001/12", "8004/4000001%2F12"),
        ("(10)A/B(01)06901028075831", "01/06901028075831/10/A%2FB"),
    ],
)
def test_elements_when_read_give_the_key_and_its_qualifiers(text: str, path: str) -> None:
    link = parse_elements(text)
    assert link is not None
    assert link.path == path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "06901028075831",
        "(01)",
        "(01)06901028075831(",
        "01)06901028075831",
        "]d2",
        "]d20106901028",
        "]d299abc",
        "(17)270131",
        "]d210",
    ],
)
def test_text_when_no_element_string_gives_nothing(text: str) -> None:
    assert parse_elements(text) is None
