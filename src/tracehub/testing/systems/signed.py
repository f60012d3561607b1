"""The signed dialect of provincial platforms, as the platform sees it.

Known of DB14/T 3290-2025: SM3 signatures on request and response, and protocol fields that are
checked before business fields. The strings to sign and all names are a design choice, described
in `connectors/provincial/README.md`. Must not know ledgers, faults or sockets.
"""

from __future__ import annotations

import hmac as compare
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import orjson
from cryptography.hazmat.primitives import hashes, hmac

from tracehub.testing.systems.dialect import (
    WINDOW_S,
    Answer,
    Asked,
    Denied,
    LinePages,
    Result,
    item,
    loads,
)
from tracehub.testing.systems.ledger import Item

_CODES: Final = {"accepted": "0000", "repeated": "0001", "busy": "9001"}
_REFUSED: Final = {
    "not-competent": "2001",
    "invalid": "2002",
    "conflict": "2003",
    "too-large": "2004",
}


@dataclass(frozen=True, slots=True)
class SignedDialect(LinePages):
    """A provincial platform that shares `secret` with the hub."""

    platform: str
    secret: str
    publishes: str = ""

    def admit(self, asked: Asked, now_ms: int) -> None:
        """Platform, time and signature, in this order."""
        headers = asked.headers
        if headers.get("x-platform-id") != self.platform:
            raise Denied(401, "unknown platform")
        try:
            sent_at = datetime.fromisoformat(headers.get("x-sent-at", ""))
        except ValueError:
            raise Denied(401, "no time of sending") from None
        if sent_at.tzinfo is None or abs(sent_at.timestamp() - now_ms / 1000) > WINDOW_S:
            raise Denied(401, "sent too long ago")
        text = "\n".join(
            (
                asked.method,
                f"{asked.path}?{urlencode(asked.query)}" if asked.query else asked.path,
                self.platform,
                headers["x-sent-at"],
                headers.get("x-nonce", ""),
                _sm3(asked.body),
            )
        )
        if not compare.compare_digest(_hmac(self.secret, text), headers.get("x-signature", "")):
            raise Denied(401, "wrong signature")

    def read(self, asked: Asked) -> Sequence[Item]:
        """`{"version", "platform", "count", "data": [...]}`."""
        document = loads(asked.body)
        if not isinstance(document, dict) or document.get("version") != "1.0":
            raise Denied(400, "unknown version of the protocol")
        data = document.get("data")
        if not isinstance(data, list) or document.get("count") != len(data) or not data:
            raise Denied(400, "count and data differ")
        return [item(each, "idempotencyKey", "sourceEventId", "event") for each in data]

    def write(self, results: Sequence[Result]) -> bytes:
        """`{"code", "data": [...]}`; each result has a code of its own."""
        return orjson.dumps(
            {
                "code": "0000",
                "data": [
                    {
                        "idempotencyKey": each.effect_key,
                        "code": _CODES.get(each.status) or _REFUSED.get(each.reason, "2000"),
                        "receiptNo": each.reference,
                        "text": each.reason,
                        "retryAfter": each.retry_after_s,
                    }
                    for each in results
                ],
            }
        )

    def deny(self, denied: Denied) -> bytes:
        """`{"code", "reason"}`."""
        return orjson.dumps({"code": str(1000 + denied.status), "reason": denied.reason})

    def seal(self, asked: Asked, answer: Answer, *, falsely: bool) -> Answer:
        """Sign status, the request's nonce and the body."""
        nonce = asked.headers.get("x-nonce", "")
        text = "\n".join((str(answer.status), nonce, _sm3(answer.body)))
        secret = "another secret" if falsely else self.secret
        return answer._replace(headers={**answer.headers, "X-Signature": _hmac(secret, text)})


def _sm3(body: bytes) -> str:
    digest = hashes.Hash(hashes.SM3())
    digest.update(body)
    return digest.finalize().hex()


def _hmac(secret: str, text: str) -> str:
    signer = hmac.HMAC(secret.encode(), hashes.SM3())
    signer.update(text.encode())
    return signer.finalize().hex()
