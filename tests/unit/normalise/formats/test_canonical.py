"""Canonical events from a publisher that is not trusted: the header must follow from the body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tracehub.avro.codec import Codec
from tracehub.model.event import Event, Header, Party, Product
from tracehub.normalise.verdict import Accepted, Quarantined

Judge = Callable[..., Sequence[Accepted | Quarantined]]
Accept = Callable[..., Accepted]

DECISION: dict[str, Any] = {
    "subject": "914403001922038216",
    "list": "dishonesty",
    "action": "listed",
    "authority": None,
    "number": None,
    "legal_basis": None,
    "measure": None,
    "appeal_state": None,
    "valid_from": None,
    "valid_until": None,
    "reason_event_ids": [],
}


def _code(judge: Judge, codec: Codec, event: Event) -> tuple[str, str]:
    (item,) = judge(codec.encode(event).value, event.header.category)
    assert isinstance(item, Quarantined), item
    assert item.event_id == event.header.event_id
    return item.error.code, item.error.reasons[0].path


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"event_id": ""}, "canonical/event-id"),
        ({"kinds": ()}, "canonical/kinds"),
        ({"kinds": ("recall", "sale")}, "canonical/kinds"),
        ({"kinds": ("trace", "trace")}, "canonical/kinds"),
        ({"kinds": ("trace",), "disposition": "recalled"}, "canonical/kinds"),
        ({"occurred_at": 1}, "canonical/header-mismatch"),
        ({"correction": "incorrect_data"}, "canonical/header-mismatch"),
        ({"declared_at": 1}, "canonical/header-mismatch"),
        ({"product": Product("opaque", "x")}, "canonical/header-mismatch"),
        ({"parties": ()}, "canonical/header-mismatch"),
        ({"origin_region": "33"}, "canonical/region"),
        ({"origin_region": ""}, "canonical/region"),
        ({"destination_basis": "location"}, "canonical/region"),
        ({"addressees": ("nobody",)}, "tracehub/addressee-format"),
        ({"biz_step": "urn:epcglobal:cbv:bizstep:shipping"}, "epcis/biz-step-unknown"),
        ({"action": "none"}, "epcis/action-missing"),
        ({"event_type": "TransactionEvent"}, "epcis/transaction-missing"),
    ],
)
def test_header_when_it_does_not_follow_from_the_body_is_refused(
    changed: dict[str, Any], code: str, accepted: Accept, judge: Judge, codec: Codec
) -> None:
    owner = {"type": "owning_party", "source": "914403001922038216"}
    event = accepted(sourceList=[owner]).event
    broken = event._replace(header=event.header._replace(**changed))
    assert _code(judge, codec, broken)[0] == code


def test_header_when_it_says_more_than_the_body_is_accepted(
    accepted: Accept, judge: Judge, codec: Codec
) -> None:
    event = accepted().event
    more = event.header._replace(
        kinds=("trace", "settlement"), parties=(Party("owner", "opaque", "stall 7"),)
    )
    value = codec.encode(event._replace(header=more)).value
    (item,) = judge(value)
    assert isinstance(item, Accepted)
    assert item.value is value


def test_event_when_its_category_is_not_the_topics_is_refused(
    accepted: Accept, judge: Judge
) -> None:
    (item,) = judge(accepted("drug").value, "food")
    assert isinstance(item, Quarantined)
    assert item.error.code == "catalogue/category-mismatch"


def test_event_when_its_body_was_cut_is_refused(
    accepted: Accept, judge: Judge, codec: Codec
) -> None:
    event = accepted().event._replace(public=None)
    assert _code(judge, codec, event) == ("canonical/section-missing", "$.public")


def test_event_when_its_hash_id_is_not_of_its_content_is_refused(
    accepted: Accept, judge: Judge, codec: Codec
) -> None:
    event = accepted(eventID=None).event
    other = event._replace(header=event.header._replace(event_id="ni:///sha-256;00?ver=CBV2.0"))
    assert _code(judge, codec, other)[0] == "canonical/event-id"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            (name, value)
            for name in ("testResult", "certificate", "person")
            for value in ("1", "{}")
        ),
        *((name, value) for name in ("kind", "addressee") for value in ("1", "null", '"sale"')),
        ("decision", '{"{urn:tracehub:v1:}subject": "x", "{urn:tracehub:v1:}reason_event_ids": 1}'),
        ("decision", "1"),
    ],
)
def test_own_element_when_it_is_no_list_is_refused(
    accepted: Accept, judge: Judge, codec: Codec, name: str, value: str
) -> None:
    event = accepted(**{"example:a": "x"}).event
    secret: Any = event.trade_secret
    own = {"namespace": "urn:tracehub:v1:", "name": name, "value": value}
    body = {**secret["body"], "extensions": [own]}
    broken = event._replace(trade_secret={**secret, "body": body})
    assert _code(judge, codec, broken)[1] == f"$.{{urn:tracehub:v1:}}{name}"


def test_event_when_an_extension_is_no_json_is_refused(
    accepted: Accept, judge: Judge, codec: Codec
) -> None:
    event = accepted(**{"example:a": "x"}).event
    secret: Any = event.trade_secret
    broken = {"namespace": "urn:a:", "name": "b", "value": "{"}
    body = {**secret["body"], "extensions": [broken]}
    event = event._replace(trade_secret={**secret, "body": body})
    assert _code(judge, codec, event)[0] == "canonical/extension"


def test_event_when_its_digests_are_not_four_is_refused(
    accepted: Accept, judge: Judge, codec: Codec
) -> None:
    event = accepted().event
    (good,) = judge(codec.encode(event._replace(digests=(bytes(32),) * 4)).value)
    assert isinstance(good, Accepted)
    assert _code(judge, codec, event._replace(digests=(bytes(32),)))[0] == "canonical/digests"


def _decided(accepted: Accept, **changed: Any) -> Event:
    """A credit change: a canonical event without goods, which EPCIS has no type for."""
    regulator: Any = accepted(readPoint={"id": "urn:a:1"}).event.regulator
    body = {**regulator["body"], "read_point": None, "decision": DECISION}
    header = Header(
        event_id="urn:example:decision:1",
        category="food",
        event_type="none",
        action="none",
        biz_step="",
        disposition="",
        kinds=("credit-change",),
        correction="none",
        declared_at=0,
        occurred_at=1_769_817_600_000,
        origin_region="110000",
        origin_basis="connection",
        destination_region="",
        destination_basis="none",
        parties=(Party("subject", "uscc", "914403001922038216"),),
        product=Product("", ""),
        addressees=(),
    )
    return Event(header._replace(**changed), regulator={**regulator, "body": body})


def test_decision_when_it_names_a_party_is_accepted_without_goods(
    accepted: Accept, judge: Judge, codec: Codec
) -> None:
    (item,) = judge(codec.encode(_decided(accepted)).value)
    assert isinstance(item, Accepted), item
    assert item.event.header.key == b"914403001922038216"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"parties": ()}, "canonical/decision-missing"),
        ({"kinds": ("trace",)}, "canonical/decision-missing"),
        ({"occurred_at": 0}, "canonical/header-mismatch"),
    ],
)
def test_decision_when_something_is_missing_is_refused(
    changed: dict[str, Any], code: str, accepted: Accept, judge: Judge, codec: Codec
) -> None:
    assert _code(judge, codec, _decided(accepted, **changed))[0] == code
