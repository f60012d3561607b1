"""The routing header: kinds, correction, regions, parties, product, key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tracehub.avro.codec import Codec
from tracehub.model.connection import Connection
from tracehub.model.event import Header, Party, Product
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import Accepted

Accept = Callable[..., Accepted]
Document = Callable[..., bytes]

SHENZHEN = "urn:tracehub:uscc:914403001922038216"
FUZHOU = "urn:tracehub:uscc:91350100M000100Y43"
SITE = "urn:epc:id:sgln:4012345.00001.7"
SITE_LINK = "https://id.gs1.org/414/4012345000016/254/7"
FAILED = {"tracehub:testResult": {"tracehub:verdict": "failed"}}
ALARM = {
    "sensorElementList": [
        {"sensorReport": [{"type": "Temperature", "value": 9, "exception": "ALARM_CONDITION"}]}
    ]
}


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        ({}, ("trace",)),
        ({"bizStep": None, "disposition": None}, ("trace",)),
        ({"bizStep": "retail_selling"}, ("sale",)),
        ({"bizStep": "inspecting"}, ("inspection",)),
        ({"bizStep": "sampling"}, ("inspection",)),
        (
            {"bizTransactionList": [{"type": "testres", "bizTransaction": "urn:a:1"}]},
            ("inspection",),
        ),
        ({"bizStep": "inspecting", **FAILED}, ("inspection-failure",)),
        (FAILED, ("inspection-failure",)),
        ({"disposition": "recalled"}, ("recall",)),
        ({"persistentDisposition": {"set": ["recalled"]}}, ("recall",)),
        ({"persistentDisposition": {"unset": ["recalled"]}}, ("trace",)),
        (ALARM, ("sensor-alarm",)),
        ({"bizStep": "retail_selling", "disposition": "recalled"}, ("sale", "recall")),
        ({"tracehub:kind": "settlement"}, ("settlement",)),
        ({"bizStep": "retail_selling", "tracehub:kind": ["customs"]}, ("sale", "customs")),
    ],
)
def test_kinds_when_an_event_says_something_are_those(
    changed: dict[str, Any], kinds: tuple[str, ...], accepted: Accept
) -> None:
    assert accepted(**changed).event.header.kinds == kinds


@pytest.mark.parametrize(
    ("reason", "correction"),
    [
        ("incorrect_data", "incorrect_data"),
        ("urn:epcglobal:cbv:er:did_not_occur", "did_not_occur"),
        ("urn:example:reason", "unspecified"),
        (None, "unspecified"),
    ],
)
def test_correction_when_an_event_is_declared_wrong_says_why(
    reason: str | None, correction: str, accepted: Accept
) -> None:
    declaration = {"declarationTime": "1970-01-01T08:00:01+08:00", "reason": reason}
    if reason is None:
        del declaration["reason"]
    header = accepted(errorDeclaration=declaration).event.header
    assert (header.correction, header.declared_at) == (correction, 1000)
    assert header.kinds == ("trace",)


def test_header_when_nothing_is_declared_wrong_has_no_correction(accepted: Accept) -> None:
    header = accepted().event.header
    assert (header.correction, header.declared_at) == ("none", 0)
    assert header.occurred_at == 1_769_817_600_000


def _entry(kind: str, source: str, region: str = "") -> dict[str, str]:
    entry = {"type": kind, "source": source}
    return {**entry, "tracehub:region": region} if region else entry


def _read_point(region: str) -> dict[str, str]:
    return {"id": "urn:a:1", "tracehub:region": region}


ORIGINS = [
    ({}, "330000", "connection"),
    ({"sourceList": [_entry("owning_party", SHENZHEN)]}, "440300", "party_registration"),
    (
        {"sourceList": [_entry("owning_party", SHENZHEN), _entry("possessing_party", FUZHOU)]},
        "350100",
        "party_registration",
    ),
    (
        {"sourceList": [_entry("possessing_party", FUZHOU, "530100")]},
        "530100",
        "party_place",
    ),
    (
        {"bizLocation": _read_point("120000"), "sourceList": [_entry("owning_party", SHENZHEN)]},
        "120000",
        "biz_location",
    ),
    (
        {"readPoint": _read_point("310000"), "bizLocation": _read_point("120000")},
        "310000",
        "read_point",
    ),
    (
        {
            "sourceList": [_entry("location", "urn:a:2", "510100")],
            "readPoint": _read_point("310000"),
        },
        "510100",
        "location",
    ),
]


@pytest.mark.parametrize(("changed", "region", "basis"), ORIGINS)
def test_origin_when_several_say_it_is_the_first_available(
    changed: dict[str, Any], region: str, basis: str, accepted: Accept
) -> None:
    header = accepted(**changed).event.header
    assert (header.origin_region, header.origin_basis) == (region, basis)


def test_destination_when_nothing_says_it_is_none(accepted: Accept) -> None:
    header = accepted().event.header
    assert (header.destination_region, header.destination_basis) == ("", "none")


def test_destination_when_a_party_is_registered_is_its_region(accepted: Accept) -> None:
    entry = {"type": "owning_party", "destination": FUZHOU}
    header = accepted(destinationList=[entry]).event.header
    assert (header.destination_region, header.destination_basis) == ("350100", "party_registration")


@pytest.mark.parametrize("spelling", [SITE, SITE_LINK])
def test_place_when_it_is_in_the_table_is_found_in_every_spelling(
    spelling: str, codec: Codec, document: Document
) -> None:
    normaliser = Normaliser(codec, Tables(places={SITE: "330106"}))
    value = document(readPoint={"id": spelling})
    (item,) = normaliser.normalise(value, Source("food", Connection("third-party/a")))
    assert isinstance(item, Accepted)
    header = item.event.header
    assert (header.origin_region, header.origin_basis) == ("330106", "read_point")


def test_origin_when_the_connection_answers_for_the_nation_is_unknown(
    normaliser: Normaliser, document: Document
) -> None:
    source = Source("food", Connection("central/national", region="000000"))
    (item,) = normaliser.normalise(document(), source)
    assert isinstance(item, Accepted)
    assert (item.event.header.origin_region, item.event.header.origin_basis) == ("", "none")


def test_parties_when_listed_in_any_order_stand_owner_first(accepted: Accept) -> None:
    sources = [_entry("possessing_party", FUZHOU), _entry("owning_party", SHENZHEN)]
    to = [{"type": "owning_party", "destination": "urn:tracehub:person:grower-7"}]
    laboratory = {"tracehub:verdict": "passed", "tracehub:laboratory": "91512081MA62K0260E"}
    header = accepted(
        sourceList=sources, destinationList=to, **{"tracehub:testResult": laboratory}
    ).event.header
    assert header.parties == (
        Party("owner", "uscc", "914403001922038216"),
        Party("holder", "uscc", "91350100M000100Y43"),
        Party("receiver-owner", "person", "grower-7"),
        Party("laboratory", "uscc", "91512081MA62K0260E"),
    )


SGTIN = Product("sgtin", "01/06901028075831/21/1")


@pytest.mark.parametrize(
    "epc",
    [
        "urn:epc:id:sgtin:6901028.007583.1",
        "https://id.gs1.org/01/06901028075831/21/1",
        "https://example.com/01/6901028075831/21/1",
    ],
)
def test_product_when_spelled_in_any_way_gives_one_key(epc: str, accepted: Accept) -> None:
    header = accepted(epcList=[epc]).event.header
    assert header.product == SGTIN
    assert header.key == SGTIN.id.encode()


UNIT = "urn:epc:id:sscc:4012345.0000000333"
BATCH = {"epcClass": "urn:epc:class:lgtin:6901028.007583.L1", "quantity": 5}
NOTHING: dict[str, Any] = {"epcList": None, "action": None}


@pytest.mark.parametrize(
    ("changed", "scheme"),
    [
        ({"quantityList": [BATCH]}, "sgtin"),
        ({"quantityList": [BATCH], "epcList": None}, "lgtin"),
        (
            {
                "type": "AggregationEvent",
                "epcList": None,
                "parentID": UNIT,
                "childQuantityList": [BATCH],
            },
            "sscc",
        ),
        (
            {"type": "AggregationEvent", "epcList": None, "childQuantityList": [BATCH]},
            "lgtin",
        ),
        (
            {
                "type": "TransformationEvent",
                "inputQuantityList": [BATCH],
                "outputEPCList": [UNIT],
                **NOTHING,
            },
            "sscc",
        ),
    ],
)
def test_product_when_an_event_names_several_is_the_first_in_our_order(
    changed: dict[str, Any], scheme: str, accepted: Accept
) -> None:
    assert accepted(**changed).event.header.product.scheme == scheme


def test_key_when_there_is_no_product_is_the_party_then_the_event(accepted: Accept) -> None:
    sensed: dict[str, Any] = {
        **ALARM,
        "epcList": None,
        "readPoint": {"id": "urn:a:1"},
    }
    header: Header = accepted(**sensed).event.header
    assert header.product == Product("", "")
    assert header.key == header.event_id.encode()
    owned = accepted(sourceList=[_entry("owning_party", SHENZHEN)], **sensed).event.header
    assert owned.key == b"914403001922038216"


def test_addressees_when_named_are_in_the_header(accepted: Accept) -> None:
    named = ["central/national", "credit/national"]
    assert accepted(**{"tracehub:addressee": named}).event.header.addressees == tuple(named)
    assert accepted(**{"tracehub:addressee": named[0]}).event.header.addressees == (named[0],)
