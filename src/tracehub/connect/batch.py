"""Batch: many events in one request, each with its own key and its own result.

The exchange format that systems without one of their own are offered. A request is a JSON array of
`{key, event_id, received_at, withheld, body}`; the answer is `{"results": [...]}` with one
`{key, status, reference, reason, retry_after_s}` per event in the same order, whose status is
`accepted`, `repeated`, `refused` or `busy`. Must not know how it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tracehub.connect.http import garbled, read_json
from tracehub.connect.port import Delivery, Receipt, Status
from tracehub.model.instant import utc

REASONS: Final = frozenset({"conflict", "invalid", "not-competent", "too-large"})
"""Reasons of a refusal that have a code of their own; any other is `<type>/refused`."""
_STATUSES: Final[Mapping[str, Status]] = {
    "accepted": "delivered",
    "repeated": "repeated",
    "refused": "refused",
    "busy": "retry",
}
_LONGEST_WAIT_S: Final = 3600.0


def instant(instant_ms: int) -> str:
    """Milliseconds since the epoch as text (RFC 3339), UTC."""
    return utc(instant_ms).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def write_item(delivery: Delivery, body: Mapping[str, Any]) -> dict[str, Any]:
    """One event of a request: its body and what the hub says about it."""
    return {
        "key": delivery.effect_key,
        "event_id": delivery.event.header.event_id,
        "received_at": instant(delivery.received_at),
        "withheld": list(delivery.cut),
        "body": dict(body),
    }


def read_results(body: bytes, keys: Sequence[str], kind: str) -> tuple[Receipt, ...]:
    """The receipts in an answer, one per key in the same order.

    Args:
        body: the answer.
        keys: what was sent.
        kind: the connector type, first half of a refusal's code.

    Raises:
        RetryError: the answer does not say what became of each event.
    """
    document = read_json(body)
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, list):
        raise garbled(f"it does not hold {len(keys)} results")
    return results_of(results, keys, kind)


def results_of(results: Sequence[Any], keys: Sequence[str], kind: str) -> tuple[Receipt, ...]:
    """The receipts in the results of an answer that was read otherwise.

    Raises:
        RetryError: they do not say what became of each event.
    """
    if len(results) != len(keys):
        raise garbled(f"it does not hold {len(keys)} results")
    return tuple(_receipt(each, key, kind) for each, key in zip(results, keys, strict=True))


def text_of(result: Mapping[str, Any], name: str) -> str:
    """A text field of a result; empty when it is absent or something else."""
    value = result.get(name)
    return value if isinstance(value, str) else ""


def _receipt(result: object, key: str, kind: str) -> Receipt:
    if not isinstance(result, dict) or result.get("key") != key:
        raise garbled("its results are not in the order of the events")
    status = _STATUSES.get(text_of(result, "status"))
    if status is None:
        raise garbled("a result has no known status")
    reason = text_of(result, "reason")
    code = ""
    if status == "refused":
        code = f"{kind}/{reason if reason in REASONS else 'refused'}"
    asked_s = result.get("retry_after_s")
    after_s = float(asked_s) if isinstance(asked_s, int | float) else 0.0
    after_s = min(max(after_s, 0.0), _LONGEST_WAIT_S)
    return Receipt(status, text_of(result, "reference"), code, reason, after_s)
