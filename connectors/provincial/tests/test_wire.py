from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from tracehub.connect import Receipt, RetryError, load_mapping
from tracehub.testing.deliveries import sample_delivery
from tracehub_provincial import CONNECTOR, wire

EXAMPLES = Path(__file__).parent / "examples"
MAPPING = load_mapping(CONNECTOR.mapping, "mapping.yaml")
SENT = [{"idempotencyKey": key} for key in ("a1", "b2", "c3", "d4", "e5")]
PROTOCOL = wire.Protocol("POST", "/events", "hub", "2026-09-21T00:00:00.000Z", "n")
SECRET = "a shared secret"  # noqa: S105 - of this test only


def test_request_when_written_is_the_golden_one() -> None:
    golden = orjson.loads((EXAMPLES / "failed-test.request.json").read_bytes())
    body = wire.request([wire.item(sample_delivery(), MAPPING)], "hub-contract")
    assert orjson.loads(body) == golden


def test_receipts_when_read_have_a_code_of_the_closed_set() -> None:
    assert wire.receipts((EXAMPLES / "answer.json").read_bytes(), SENT) == (
        Receipt("delivered", "NO-1"),
        Receipt("repeated", "NO-0", text="已接收"),
        Receipt("refused", "", "provincial/not-competent", "2001 不属于本平台"),
        Receipt("refused", "", "provincial/refused", "2999 无此市场"),
        Receipt("retry", text="系统忙", after_s=2.0),
    )


@pytest.mark.parametrize(
    "change",
    [
        {"code": "1001"},
        {"data": None},
        {"data": []},
        {"data": [{}] * 5},
        {"data": [{**each, "code": "7"} for each in SENT]},
        {"data": [{**each, "code": "0000"} for each in reversed(SENT)]},
    ],
)
def test_receipts_when_the_answer_is_incoherent_are_none(change: dict[str, Any]) -> None:
    answer = orjson.loads((EXAMPLES / "answer.json").read_bytes())
    with pytest.raises(RetryError):
        wire.receipts(orjson.dumps({**answer, **change}), SENT)


def test_sm3_when_given_the_standards_example_gives_its_digest() -> None:
    assert wire.sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_hmac_when_computed_by_its_definition_is_the_same() -> None:
    """RFC 2104: H(K xor opad, H(K xor ipad, text)), blocks of 64 bytes."""
    key = SECRET.encode().ljust(64, b"\0")
    inner = wire.sm3(bytes(each ^ 0x36 for each in key) + b"text")
    outer = wire.sm3(bytes(each ^ 0x5C for each in key) + bytes.fromhex(inner))
    assert wire.hmac_sm3(SECRET, "text") == outer


@pytest.mark.parametrize("field", wire.Protocol._fields)
def test_signature_when_any_protocol_field_changes_is_another(field: str) -> None:
    other = PROTOCOL._replace(**{field: "other"})
    assert wire.sign_request(PROTOCOL, b"{}", SECRET) != wire.sign_request(other, b"{}", SECRET)


def test_signature_when_body_or_secret_changes_is_another() -> None:
    signature = wire.sign_request(PROTOCOL, b"{}", SECRET)
    assert signature != wire.sign_request(PROTOCOL, b"{ }", SECRET)
    assert signature != wire.sign_request(PROTOCOL, b"{}", SECRET + "!")
    assert signature == wire.sign_request(PROTOCOL, b"{}", SECRET)


def test_response_when_it_answers_another_request_is_not_believed() -> None:
    text = f"200\nn\n{wire.sm3(b'{}')}"
    signature = wire.hmac_sm3(SECRET, text)
    assert wire.check_response(200, PROTOCOL, b"{}", SECRET, signature)
    assert not wire.check_response(200, PROTOCOL._replace(nonce="m"), b"{}", SECRET, signature)
    assert not wire.check_response(201, PROTOCOL, b"{}", SECRET, signature)
    assert not wire.check_response(200, PROTOCOL, b"[]", SECRET, signature)
    assert not wire.check_response(200, PROTOCOL, b"{}", SECRET, "")
    assert not wire.check_response(200, PROTOCOL, b"{}", SECRET, "签名")


def test_nonce_when_time_or_body_changes_is_another() -> None:
    nonces = {wire.nonce(body, at) for body in (b"1", b"2") for at in ("1", "2")}
    assert len(nonces) == 4
