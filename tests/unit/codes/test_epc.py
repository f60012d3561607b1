"""EPC URNs to Digital Links and back, given where the company prefix ends."""

from __future__ import annotations

import pytest

from tracehub.codes import epc
from tracehub.codes.gs1 import parse_link

PREFIX = 7
URNS = [
    "urn:epc:id:sgtin:4012345.011111.9876",
    "urn:epc:id:sgtin:4012345.011111.a!()*+,:b",
    "urn:epc:id:sgtin:4012345.011111.32%2Fa",
    "urn:epc:idpat:sgtin:4012345.011111.*",
    "urn:epc:class:lgtin:4012345.012345.998877",
    "urn:epc:id:upui:4012345.011111.51qIgY)%3C%26Jp3*j7'SDB",
    "urn:epc:id:sscc:4012345.1234567890",
    "urn:epc:id:sgln:4012345.11111.400",
    "urn:epc:id:sgln:4012345.11111.0",
    "urn:epc:id:pgln:4012345.00000",
    "urn:epc:id:grai:4012345.99999.1234",
    "urn:epc:idpat:grai:4012345.99999.*",
    "urn:epc:id:giai:4012345.ABc%2FD",
    "urn:epc:id:gsrn:4012345.0000000002",
    "urn:epc:id:gsrnp:4012345.0000000002",
    "urn:epc:id:gdti:4012345.55555.1234",
    "urn:epc:idpat:gdti:4012345.55555.*",
    "urn:epc:id:sgcn:4012345.67890.04711",
    "urn:epc:id:ginc:4012345.xyz47%2F11",
    "urn:epc:id:gsin:4012345.123456789",
    "urn:epc:id:itip:4012345.011111.01.02.987",
    "urn:epc:idpat:itip:4012345.011111.01.02.*",
    "urn:epc:id:cpi:4012345.56789ABC.1234",
]


@pytest.mark.parametrize("urn", URNS)
def test_urn_when_translated_there_and_back_is_the_same(urn: str) -> None:
    link = epc.to_link(urn)
    assert link is not None
    again = parse_link(link.uri)
    assert again == link
    assert epc.to_urn(link, PREFIX) == urn
    assert epc.prefixed(link).startswith("4012345")


@pytest.mark.parametrize(
    "urn", ["urn:epc:id:gid:1.2.3", "urn:epc:id:sgtin:4012345.011111", "urn:epc:id:sscc:a.1"]
)
def test_urn_when_without_a_digital_link_gives_none(urn: str) -> None:
    assert epc.to_link(urn) is None


def test_link_when_its_key_has_no_urn_gives_none() -> None:
    link = parse_link("https://id.gs1.org/8013/1987654Ad4X4bL5ttr2310c2K")
    assert link is not None
    assert epc.to_urn(link, PREFIX) is None
    assert epc.prefixed(link) == ""
