"""The SOAP dialect of a customs system, as the system sees it.

Requests are checked against the schema in the WSDL that it publishes, and the password digest by
its definition (OASIS UsernameToken Profile 1.1). Must not know ledgers, faults or sockets.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lxml import etree

from tracehub.testing.systems.dialect import (
    WINDOW_S,
    Answer,
    Asked,
    Denied,
    Question,
    Result,
    item,
    loads,
)
from tracehub.testing.systems.ledger import Item

_ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_OURS: Final = "urn:tracehub:customs:1"
_SECURITY: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity"
_NAMES: Final = {
    "e": _ENVELOPE,
    "t": _OURS,
    "s": f"{_SECURITY}-secext-1.0.xsd",
    "u": f"{_SECURITY}-utility-1.0.xsd",
}
_SCHEMA: Final = "{http://www.w3.org/2001/XMLSchema}schema"


@dataclass(frozen=True, slots=True)
class SoapDialect:
    """A customs system.

    Attributes:
        username, password: who may ask.
        wsdl: its own description, whose schema requests must follow.
    """

    username: str
    password: str
    wsdl: bytes
    publishes: str = "/declarations"

    def admit(self, asked: Asked, now_ms: int) -> None:
        """User, time and digest."""
        envelope = _envelope(asked)
        user, given, nonce, created = (
            _text(envelope, f"e:Header/s:Security/s:UsernameToken/{name}")
            for name in ("s:Username", "s:Password", "s:Nonce", "u:Created")
        )
        try:
            sent_at = datetime.fromisoformat(created).timestamp()
            salt = base64.b64decode(nonce)
        except ValueError:
            raise Denied(401, "no time of sending") from None
        if user != self.username or abs(sent_at - now_ms / 1000) > WINDOW_S:
            raise Denied(401, "unknown user, or sent too long ago")
        said = salt + created.encode() + self.password.encode()
        digest = hashlib.sha1(said, usedforsecurity=False).digest()
        if not hmac.compare_digest(base64.b64encode(digest).decode(), given):
            raise Denied(401, "wrong password digest")

    def read(self, asked: Asked) -> Sequence[Item]:
        """The events of `SubmitEvents`."""
        return [
            item(
                {
                    "key": _text(each, "t:effectKey"),
                    "event_id": _text(each, "t:eventId"),
                    "body": loads(_text(each, "t:body").encode()),
                },
                "key",
                "event_id",
                "body",
            )
            for each in self._body(asked, "SubmitEvents").findall("t:event", _NAMES)
        ]

    def write(self, results: Sequence[Result]) -> bytes:
        """`SubmitEventsResponse`."""
        response = etree.Element(f"{{{_OURS}}}SubmitEventsResponse")
        for each in results:
            said = etree.SubElement(response, f"{{{_OURS}}}result")
            for name, text in (
                ("effectKey", each.effect_key),
                ("status", each.status),
                ("reference", each.reference),
                ("reason", each.reason),
                ("retryAfterSeconds", str(each.retry_after_s)),
            ):
                etree.SubElement(said, f"{{{_OURS}}}{name}").text = text
        return _wrapped(response)

    def question(self, asked: Asked) -> Question:
        """Cursor and limit of `GetDeclarations`."""
        body = self._body(asked, "GetDeclarations")
        return Question(_text(body, "t:cursor"), _text(body, "t:limit"))

    def page(self, documents: Sequence[bytes], reached: str) -> Answer:
        """`GetDeclarationsResponse`."""
        response = etree.Element(f"{{{_OURS}}}GetDeclarationsResponse")
        for each in documents:
            encoded = base64.b64encode(each).decode()
            etree.SubElement(response, f"{{{_OURS}}}document").text = encoded
        etree.SubElement(response, f"{{{_OURS}}}nextCursor").text = reached
        return Answer(200, _wrapped(response), {"Content-Type": "text/xml; charset=utf-8"})

    def deny(self, denied: Denied) -> bytes:
        """A fault (SOAP 1.1 section 4.4)."""
        fault = etree.Element(f"{{{_ENVELOPE}}}Fault")
        etree.SubElement(fault, "faultcode").text = "Client"
        etree.SubElement(fault, "faultstring").text = denied.reason
        return _wrapped(fault)

    def seal(self, asked: Asked, answer: Answer, *, falsely: bool) -> Answer:  # noqa: ARG002 - unsigned
        """Nothing is signed - the signature of Dialect has more than this one needs."""
        return answer

    def _body(self, asked: Asked, operation: str) -> Any:
        """The request proper, valid by the schema of the WSDL."""
        body = _envelope(asked).find(f"e:Body/t:{operation}", _NAMES)
        if body is None:
            raise Denied(400, f"not a request of {operation}")
        schema = etree.XMLSchema(
            etree.fromstring(etree.tostring(next(etree.fromstring(self.wsdl).iter(_SCHEMA))))
        )
        if not schema.validate(body):
            raise Denied(422, f"not by the schema: {schema.error_log.last_error.message}")
        return body


def _envelope(asked: Asked) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(asked.body, parser)
    except etree.XMLSyntaxError:
        raise Denied(400, "not XML") from None


def _text(holder: Any, path: str) -> str:
    return holder.findtext(path, "", _NAMES) or ""


def _wrapped(body: Any) -> bytes:
    envelope = etree.Element(f"{{{_ENVELOPE}}}Envelope")
    etree.SubElement(envelope, f"{{{_ENVELOPE}}}Body").append(body)
    written: bytes = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    return written
