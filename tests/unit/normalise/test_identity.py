"""A code that ends in a number is read by its beginning as it would be read whole."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracehub.codes import recognise
from tracehub.normalise import identity
from tracehub.normalise.vocabulary import is_uri

STEMS = (
    "urn:epc:id:sgtin:6901028.007583.",
    "urn:epc:id:sgtin:6901028.07583.",
    "urn:epc:id:sgtin:6901028.0075831.",
    "urn:epc:id:sgtin:0.0.",
    "urn:epc:class:lgtin:6901028.007583.",
    "urn:epc:class:lgtin:69.1.",
    "urn:epc:idpat:sgtin:6901028.007583.",
    "https://id.gs1.org/01/06901028075831/21/",
    "https://id.gs1.org/01/06901028075832/21/",
    "http://example.com/01/06901028075831/10/",
    "https://example.com/01/06901028075831/22/",
    "https://id.gs1.org/gtin/06901028075831/ser/",
    "urn:tracehub:drug:",
    "urn:tracehub:drug:8123456",
)
NUMBERS = st.one_of(
    st.text("0123456789", min_size=1, max_size=20),
    st.text("0123456789", min_size=20, max_size=20),
    st.text("09azAZ_-./:%*() \n0１é", max_size=8),
)


@pytest.mark.parametrize("stem", STEMS)
def test_product_when_its_number_is_another_is_read_as_a_whole(stem: str) -> None:
    @settings(max_examples=40)
    @given(NUMBERS)
    @example("0")
    @example("1\n")
    def holds(number: str) -> None:
        text = stem + number
        code, found = recognise.product(text), identity.product(text)
        assert (found.scheme, found.id) == (code.scheme, code.normal) == tuple(found.product)
        assert found.is_uri == is_uri(text)
        assert (found.rule is not None and found.rule.severity == "fault") == (
            code.check == "invalid"
        )

    holds()
