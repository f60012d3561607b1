"""Event <-> wire body of a provincial platform, and what is signed. Must not know sockets.

Body, codes and strings to sign are a design choice (DB14/T 3290-2025 does not publish them):

    request   method, path with its query, platform, sent_at, nonce, SM3(body)
    response  status, nonce of the request, SM3(body)

each joined by line feeds and signed with HMAC-SM3; digests and signatures in lower-case hex.
"""

from __future__ import annotations

import hmac as compare
from collections.abc import Mapping as Table
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives import hashes, hmac

from tracehub.connect import (
    Delivery,
    Mapping,
    Receipt,
    about_epcis,
    garbled,
    read_json,
    text_of,
    write_item,
    write_json,
)

about = about_epcis
"""What a document of the platform is about."""
VERSION: Final = "1.0"
DELIVERED: Final = "0000"
REPEATED: Final = "0001"
BUSY: Final = "9001"
REFUSED: Final = {
    "2001": "not-competent",
    "2002": "invalid",
    "2003": "conflict",
    "2004": "too-large",
}
"""Result codes of a refusal; any other code that begins with 2 is `provincial/refused`."""
_LONGEST_WAIT_S: Final = 3600.0


class Protocol(NamedTuple):
    """The protocol fields of one request."""

    method: str
    path: str
    platform: str
    sent_at: str
    nonce: str


def item(delivery: Delivery, mapping: Mapping) -> dict[str, Any]:
    """One event of a request.

    Raises:
        RejectError: the field table can't write this event.
    """
    said = write_item(delivery, mapping.write(delivery.event))
    return {
        "idempotencyKey": said["key"],
        "sourceEventId": said["event_id"],
        "receivedAt": said["received_at"],
        "withheld": said["withheld"],
        "event": said["body"],
    }


def request(items: Sequence[Table[str, Any]], platform: str) -> bytes:
    """The body of a delivery: protocol fields, then the events."""
    return write_json(
        {"version": VERSION, "platform": platform, "count": len(items), "data": list(items)}
    )


def nonce(body: bytes, sent_at: str) -> str:
    """A value that no other request has; made of its content, so that it needs no chance."""
    return sm3(sent_at.encode() + b"\n" + body)[:32]


def sign_request(protocol: Protocol, body: bytes, secret: str) -> str:
    """The signature of a request."""
    return hmac_sm3(secret, "\n".join((*protocol, sm3(body))))


def check_response(status: int, sent: Protocol, body: bytes, secret: str, signature: str) -> bool:
    """Whether the platform, and nobody else, gave this answer to this request."""
    right = hmac_sm3(secret, "\n".join((str(status), sent.nonce, sm3(body))))
    return compare.compare_digest(right.encode(), signature.encode())


def receipts(body: bytes, items: Sequence[Table[str, Any]]) -> tuple[Receipt, ...]:
    """What the platform answered for each item; protocol fields before business fields.

    Raises:
        RetryError: the answer can't be read.
    """
    document = read_json(body)
    if not isinstance(document, dict) or document.get("code") != DELIVERED:
        raise garbled(f"its code is not {DELIVERED}")
    data = document.get("data")
    if not isinstance(data, list) or len(data) != len(items):
        raise garbled(f"it does not hold {len(items)} results")
    return tuple(_receipt(each, sent) for each, sent in zip(data, items, strict=True))


def sm3(body: bytes) -> str:
    """SM3 (GB/T 32905-2016) in lower-case hex."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(body)
    return digest.finalize().hex()


def hmac_sm3(secret: str, text: str) -> str:
    """HMAC (RFC 2104) over SM3 in lower-case hex."""
    signer = hmac.HMAC(secret.encode(), hashes.SM3())
    signer.update(text.encode())
    return signer.finalize().hex()


def _receipt(result: object, sent: Table[str, Any]) -> Receipt:
    if not isinstance(result, dict) or result.get("idempotencyKey") != sent["idempotencyKey"]:
        raise garbled("its results are not in the order of the events")
    code, text = text_of(result, "code"), text_of(result, "text")
    reference = text_of(result, "receiptNo")
    if code == DELIVERED:
        return Receipt("delivered", reference, text=text)
    if code == REPEATED:
        return Receipt("repeated", reference, text=text)
    if code == BUSY:
        wait_s = result.get("retryAfter")
        after_s = float(wait_s) if isinstance(wait_s, int | float) else 0.0
        return Receipt("retry", text=text, after_s=min(max(after_s, 0.0), _LONGEST_WAIT_S))
    if code.startswith("2"):
        fault = REFUSED.get(code, "refused")
        return Receipt("refused", reference, f"provincial/{fault}", f"{code} {text}")
    raise garbled(f"result code {code[:8]!r} is unknown")
