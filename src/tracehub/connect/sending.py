"""Sending: from deliveries to receipts over one HTTP line; a connector only adds its format."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from tracehub.connect.batch import read_results
from tracehub.connect.http import Http, write_json
from tracehub.connect.port import Delivery, Receipt
from tracehub.connect.secret import Secret
from tracehub.errors import RejectError

T = TypeVar("T")
EVENTS: Final = "/events"


def bearer(token: Secret) -> Mapping[str, str]:
    """The header that proves who we are by a token (RFC 6750 section 2.1)."""
    return {"Authorization": f"Bearer {token.get_secret_value()}"}


async def deliver_batch(
    http: Http, events: Sequence[Delivery], write: Callable[[Delivery], Mapping[str, Any]]
) -> Sequence[Receipt]:
    """Hand events over in the batch format (`batch.py`), in one request.

    Args:
        http: the line; its connector type begins the codes of refusals.
        events: what to deliver.
        write: makes one item of the request; it may raise RejectError.

    Raises:
        RejectError: the system refused the request as a whole.
        RetryError: it did not answer, or not so that it can be read.
    """

    async def send(items: Sequence[Mapping[str, Any]]) -> Sequence[Receipt]:
        body = write_json(list(items))
        headers = {"Content-Type": "application/json"}
        reply = await http.send("POST", EVENTS, body=body, headers=headers)
        if not http.judge(reply, body):
            return [Receipt("repeated")] * len(items)
        return read_results(reply.body, [each["key"] for each in items], http.kind)

    return await deliver_written(events, write, send)


async def deliver_written(
    events: Sequence[Delivery],
    write: Callable[[Delivery], T],
    send: Callable[[Sequence[T]], Awaitable[Sequence[Receipt]]],
) -> Sequence[Receipt]:
    """Write every event, send what could be written, refuse what could not.

    Raises:
        RejectError, RetryError: as `send` raises them.
    """
    written: list[T] = []
    refused: dict[int, Receipt] = {}
    for index, delivery in enumerate(events):
        try:
            written.append(write(delivery))
        except RejectError as error:
            refused[index] = Receipt("refused", code=error.code, text=error.text)
    answers = iter(await send(written) if written else ())
    return [refused[index] if index in refused else next(answers) for index in range(len(events))]
