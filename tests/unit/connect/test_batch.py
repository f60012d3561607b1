from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracehub.connect import Receipt, RetryError, instant, read_results, write_item
from tracehub.testing.deliveries import sample_delivery

KEYS = ("a1", "b2", "c3", "d4", "e5")
RESULTS: list[dict[str, Any]] = [
    {"key": "a1", "status": "accepted", "reference": "NO-1", "reason": "", "retry_after_s": 0},
    {"key": "b2", "status": "repeated", "reference": "NO-0"},
    {"key": "c3", "status": "refused", "reason": "not-competent"},
    {"key": "d4", "status": "refused", "reason": "no such market"},
    {"key": "e5", "status": "busy", "reason": "ledger locked", "retry_after_s": 2},
]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["a1", "accepted"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["results", "key", "status", "retry_after_s"]), inner)
    ),
)


def test_item_when_written_holds_key_facts_and_body() -> None:
    delivery = sample_delivery()
    assert write_item(delivery, {"a": 1}) == {
        "key": delivery.effect_key,
        "event_id": delivery.event.header.event_id,
        "received_at": "2026-09-21T14:14:20.000Z",
        "withheld": ["trade_secret", "personal"],
        "body": {"a": 1},
    }


def test_instant_when_written_has_milliseconds_and_a_zone() -> None:
    assert instant(1_790_000_000_007) == "2026-09-21T14:13:20.007Z"


def test_results_when_read_are_receipts_in_the_order_of_the_keys() -> None:
    assert read_results(orjson.dumps({"results": RESULTS}), KEYS, "central") == (
        Receipt("delivered", "NO-1"),
        Receipt("repeated", "NO-0"),
        Receipt("refused", "", "central/not-competent", "not-competent"),
        Receipt("refused", "", "central/refused", "no such market"),
        Receipt("retry", text="ledger locked", after_s=2.0),
    )


@pytest.mark.parametrize("asked", [-5, 1e12, True, "soon", None])
def test_wait_when_unreasonable_is_bounded(asked: Any) -> None:
    result = {"key": "a1", "status": "busy", "retry_after_s": asked}
    (receipt,) = read_results(orjson.dumps({"results": [result]}), ("a1",), "central")
    assert 0.0 <= receipt.after_s <= 3600.0


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"null",
        b"[]",
        b'{"results": null}',
        orjson.dumps({"results": RESULTS[:-1]}),
        orjson.dumps({"results": [*RESULTS, RESULTS[0]]}),
        orjson.dumps({"results": list(reversed(RESULTS))}),
        orjson.dumps({"results": [{**each, "status": "maybe"} for each in RESULTS]}),
        orjson.dumps({"results": [each["key"] for each in RESULTS]}),
        b"[" * 2000,
    ],
)
def test_answer_when_incoherent_tells_nothing(answer: bytes) -> None:
    with pytest.raises(RetryError, match="can't be read"):
        read_results(answer, KEYS, "central")


@given(JSON)
def test_answer_when_it_is_any_json_is_read_or_tried_again(document: Any) -> None:
    try:
        receipts = read_results(orjson.dumps(document), ("a1",), "central")
    except RetryError:
        return
    assert len(receipts) == 1


@given(st.binary())
def test_answer_when_it_is_any_bytes_is_tried_again(body: bytes) -> None:
    with pytest.raises(RetryError):
        read_results(body, KEYS, "central")
