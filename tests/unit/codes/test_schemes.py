"""Every scheme: what it rests on is said, and a normal form is normal."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracehub.codes.code import Code, Misfit
from tracehub.codes.gs1 import check_digit
from tracehub.codes.schemes import SCHEMES
from tracehub.codes.uscc import ALPHABET, check_character

DIGITS = "0123456789"


def digits(size: int) -> st.SearchStrategy[str]:
    return st.text(DIGITS, min_size=size, max_size=size)


def checked(size: int) -> st.SearchStrategy[str]:
    return digits(size - 1).map(lambda first: first + check_digit(first))


SERIAL = st.text("!\"%&'()*+,-./09:;<=>?AZ_az", min_size=1, max_size=12)
WORD = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=40)
LIKELY: Mapping[str, st.SearchStrategy[str]] = {
    "uscc": st.text(ALPHABET, min_size=17, max_size=17).map(lambda x: x + check_character(x)),
    "gb2260": digits(6),
    "gtin": checked(14) | checked(13),
    "sgtin": st.builds("(01){}(21){}".format, checked(14), st.text("AZ09-/", min_size=1)),
    "lgtin": st.builds("(01){}(10){}".format, checked(14), st.text("AZ09-/", min_size=1)),
    "upui": st.builds("(01){}(235){}".format, checked(14), st.text("AZ09-/", min_size=1)),
    "sscc": checked(18),
    "gln": checked(13),
    "grai": st.builds("0{}{}".format, checked(13), SERIAL),
    "giai": st.builds("{}{}".format, digits(7), SERIAL),
    "gsrn": checked(18),
    "gsrnp": checked(18),
    "gdti": st.builds("{}{}".format, checked(13), SERIAL),
    "sgcn": st.builds("{}{}".format, checked(13), digits(5)),
    "ginc": st.builds("{}{}".format, digits(7), SERIAL),
    "gsin": checked(17),
    "itip": st.builds("{}0102".format, checked(14)),
    "cpi": st.builds("{}{}".format, digits(7), st.text("#-/09AZ", min_size=1, max_size=9)),
    "gmn": st.builds("{}{}22".format, digits(7), st.text("AZaz09", min_size=1, max_size=9)),
    "drug": digits(20),
    "drug-base": digits(14),
    "sc": digits(14).map("sc{}".format),
    "organic": digits(17),
    "hs13": digits(13),
    "customs": st.builds("{}{}{}".format, digits(8), st.sampled_from("01"), digits(9)),
    "tcm": WORD,
    "meat-vegetable": WORD,
    "agri-batch": WORD,
    "cold-chain": WORD,
    "ecode": st.text("09AZaz.-_", min_size=1, max_size=40),
    "oid": st.lists(st.integers(0, 999), min_size=1).map(
        lambda arcs: "1.2." + ".".join(map(str, arcs))
    ),
    "handle": st.builds("86.1000/{}".format, WORD),
}


@st.composite
def spelled(draw: st.DrawFn, scheme: str) -> str:
    """A likely code of a scheme in some spelling, or any text at all."""
    text = draw(st.one_of(LIKELY[scheme], LIKELY[scheme], st.text(max_size=30)))
    as_uri = draw(st.booleans())
    found = SCHEMES[scheme].parse(text)
    if as_uri and isinstance(found, Code):
        text = found.uri
    if draw(st.booleans()):
        text = text.translate({ord(sign): ord(sign) + 0xFEE0 for sign in DIGITS})
    return draw(st.sampled_from(["", " ", "\u3000"])) + text + draw(st.sampled_from(["", "\n"]))


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(max_examples=40)
@given(data=st.data())
def test_normal_form_when_read_again_changes_nothing(scheme: str, data: st.DataObject) -> None:
    text = data.draw(spelled(scheme))
    found = SCHEMES[scheme].parse(text)
    assert found.source == text
    if isinstance(found, Misfit):
        return
    for again in (SCHEMES[scheme].parse(found.normal), SCHEMES[scheme].parse(found.uri)):
        assert isinstance(again, Code), (found, again)
        assert again._replace(source="") == found._replace(source="")
    known = SCHEMES[scheme]
    assert (found.check == "unverified") == (not known.checked)
    assert "".join(known.parts(found).values()) in {"", found.normal}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_scheme_when_listed_says_what_it_rests_on(scheme: str) -> None:
    known = SCHEMES[scheme]
    assert known.id == scheme
    assert all((known.en, known.zh, known.layout, known.check))
    assert all((known.basis.standard, known.basis.certainty, known.basis.source))
    misfit = known.parse("\u0000 no code of any sort \u0000")
    assert isinstance(misfit, Misfit)
    assert misfit.text
    assert misfit.text_zh


@pytest.mark.parametrize(
    ("scheme", "text", "rule"),
    [
        ("customs", "123420235123456789", "customs/flag"),
        ("customs", "1234202351234567", "customs/form"),
        ("sc", "SC1043301040001", "sc/form"),
        ("organic", "1234567890123456", "organic/form"),
        ("oid", "3.1", "oid/form"),
        ("handle", "86.1000", "handle/form"),
        ("drug", "8123456789012345678A", "drug/form"),
    ],
)
def test_text_when_no_code_of_the_scheme_says_why(scheme: str, text: str, rule: str) -> None:
    found = SCHEMES[scheme].parse(text)
    assert isinstance(found, Misfit)
    assert found.rule == rule


def test_drug_code_when_taken_apart_begins_with_the_drug_id() -> None:
    found = SCHEMES["drug"].parse("81234567890123456789")
    assert isinstance(found, Code)
    assert SCHEMES["drug"].parts(found)["drug_id"] == "8123456"
    assert found.check == "unverified"
