"""Webhook: batches to one address, with a signature that the receiver checks by a shared secret.

Headers and string to sign are those of Standard Webhooks (standardwebhooks.com, `v1`): HMAC-SHA256
over `id.sent_at.body`. The body is the batch format, and so is the answer. Must not know any format
beyond that.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tracehub.connect.batch import read_results
from tracehub.connect.http import Http, HttpConfig, open_http, write_json
from tracehub.connect.port import Delivery, Line, Receipt
from tracehub.connect.secret import Secret
from tracehub.connect.sending import deliver_written


class WebhookConfig(HttpConfig):
    """What an operator writes for an address that is called."""

    signing_key: Secret
    """The secret shared with the receiver."""


@dataclass(frozen=True, slots=True)
class WebhookConnector:
    """Calls out."""

    http: Http
    key: str
    write: Callable[[Delivery], Mapping[str, Any]]

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        """Call with all events in one signed body; one receipt per event, in the same order.

        Raises:
            RejectError: the receiver refused the call as a whole.
            RetryError: it did not answer, or not so that it can be read.
        """
        return await deliver_written(events, self.write, self._call)

    async def _call(self, items: Sequence[Mapping[str, Any]]) -> Sequence[Receipt]:
        body = write_json(list(items))
        reply = await self.http.send("POST", "", body=body, headers=self._headers(body))
        if not self.http.judge(reply, body):
            return [Receipt("repeated")] * len(items)
        return read_results(reply.body, [str(each["key"]) for each in items], self.http.kind)

    def _headers(self, body: bytes) -> dict[str, str]:
        call = hashlib.sha256(body).hexdigest()
        sent_at = str(self.http.clock.now_ms() // 1000)
        return {
            "Content-Type": "application/json",
            "webhook-id": call,
            "webhook-timestamp": sent_at,
            "webhook-signature": f"v1,{sign_call(self.key, call, sent_at, body)}",
        }


def sign_call(key: str, call: str, sent_at: str, body: bytes) -> str:
    """The signature of a call, in base64."""
    said = f"{call}.{sent_at}.".encode() + body
    return base64.b64encode(hmac.digest(key.encode(), said, "sha256")).decode()


@asynccontextmanager
async def open_webhook(
    line: Line, write: Callable[[Delivery], Mapping[str, Any]]
) -> AsyncIterator[WebhookConnector]:
    """An address to call."""
    config: WebhookConfig = line.config
    async with open_http(line) as http:
        yield WebhookConnector(http, config.signing_key.get_secret_value(), write)
