"""Event -> SOAP 1.1 of a customs system and back, by its WSDL. Must not know sockets.

The WSDL is a design choice: no published message format was found. Events and declarations travel
as JSON text inside typed elements, so that what the system handed over keeps its own bytes.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping as Table
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import import_module
from importlib.resources import files
from typing import Any, Final, NamedTuple

from lxml import etree

from tracehub.connect import Delivery, Mapping, about_first, batch_item, garbled, write_json

WSDL: Final = files("tracehub_customs").joinpath("service.wsdl").read_bytes()
_SERVICE: Final = "TraceabilityService"
# zeep is not typed; these are its only doors here.
zeep: Any = import_module("zeep")
UsernameToken: Any = import_module("zeep.wsse.username").UsernameToken
_SETTINGS: Final = zeep.Settings(
    strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True, xml_huge_tree=False
)
_UNREADABLE: Final = (
    etree.LxmlError,
    zeep.exceptions.Error,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


about = about_first("declarations", "batchNo", "declarationNo")


class Login(NamedTuple):
    """The hub's name and password there."""

    username: str
    password: str


class Documents(NamedTuple):
    """A page of declarations, each with its own bytes, and the cursor after them."""

    documents: tuple[bytes, ...]
    cursor: str


def item(delivery: Delivery, mapping: Mapping) -> dict[str, Any]:
    """One event of a request.

    Raises:
        RejectError: the field table can't write this event.
    """
    return batch_item(delivery, mapping)


def submission(items: Sequence[Table[str, Any]], login: Login, now_ms: int) -> bytes:
    """The request that hands events over."""
    events = [
        {
            "effectKey": each["key"],
            "eventId": each["event_id"],
            "receivedAt": each["received_at"],
            "withheld": each["withheld"],
            "body": write_json(each["body"]).decode(),
        }
        for each in items
    ]
    return _request("SubmitEvents", login, now_ms, event=events)


def question(cursor: str, limit: int, login: Login, now_ms: int) -> bytes:
    """The request for declarations after a cursor."""
    return _request("GetDeclarations", login, now_ms, cursor=cursor, limit=limit)


def results(answer: bytes, keys: Sequence[str]) -> list[dict[str, Any]]:
    """What became of each event, in the shape of the batch format.

    Raises:
        RetryError: the answer can't be read, or does not say what became of each event.
    """
    found = _answer("SubmitEvents", answer) or []
    if len(found) != len(keys):
        raise garbled(f"it does not hold {len(keys)} results")
    return [
        {
            "key": each["effectKey"],
            "status": each["status"],
            "reference": each["reference"] or "",
            "reason": each["reason"] or "",
            "retry_after_s": each["retryAfterSeconds"] or 0,
        }
        for each in found
    ]


def documents(answer: bytes) -> Documents:
    """The declarations in an answer.

    Raises:
        RetryError: it can't be read.
    """
    found = _answer("GetDeclarations", answer)
    try:
        texts = tuple(bytes(each) for each in found["document"])
        return Documents(texts, str(found["nextCursor"] or ""))
    except _UNREADABLE as error:
        raise garbled(f"it is no page: {type(error).__name__}") from None


def _request(operation: str, login: Login, now_ms: int, **fields: Any) -> bytes:
    """A SOAP envelope with a WS-Security user name, digested password, nonce and time."""
    client = _client()
    port = _port(client, operation)
    created = _EPOCH + timedelta(milliseconds=now_ms)
    nonce = hashlib.sha256(f"{now_ms} {sorted(fields.items())}".encode()).hexdigest()[:32]
    proof = UsernameToken(
        login.username,
        login.password,
        use_digest=True,
        nonce=nonce,
        created=created,
        zulu_timestamp=True,
    )
    envelope = client.create_message(client.bind(_SERVICE, port), operation, **fields)
    envelope, _ = proof.apply(envelope, {})
    written: bytes = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    return written


def _answer(operation: str, answer: bytes) -> Any:
    client = _client()
    port = client.wsdl.services[_SERVICE].ports[_port(client, operation)]
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        envelope = etree.fromstring(answer, parser)
        if envelope.getroottree().docinfo.doctype:
            raise garbled("it has a document type")
        return port.binding.get(operation).process_reply(envelope)
    except _UNREADABLE as error:
        raise garbled(f"it is not by the WSDL: {type(error).__name__}") from None


def _port(client: Any, operation: str) -> str:
    """The port whose binding has an operation."""
    ports: Table[str, Any] = client.wsdl.services[_SERVICE].ports
    return next(name for name, port in ports.items() if operation in port.binding.all())


@lru_cache(maxsize=1)
def _client() -> Any:
    """The WSDL, read once; it opens no connection."""
    return zeep.Client(io.BytesIO(WSDL), settings=_SETTINGS)
