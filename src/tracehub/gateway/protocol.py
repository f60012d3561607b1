"""Protocol: HTTP/1.1 whose callers must get to the point, and who showed which certificate.

uvicorn bounds neither the size of a request's head nor the time that it takes, and refuses in plain
text. The name of a certificate stands in the request's scope as in the ASGI TLS extension; it was
checked against the operator's authority before a byte of HTTP was read. Must not know any path.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, Final

import orjson
from cryptography import x509
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tracehub.gateway import problem

MOST_HEAD: Final = 64 * 1024
"""Bytes of a request line and its headers; what the system read at once may be more."""
HEAD_S: Final = 10.0
"""The longest that a head may take, and the rest of a body that nobody reads."""


class GatewayProtocol(HttpToolsProtocol):
    """One connection."""

    _tls: dict[object, object]
    _head = 0
    _reading = False
    _overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Read the certificate once per connection."""
        super().connection_made(transport)
        secured = transport.get_extra_info("ssl_object")
        shown = secured.getpeercert(binary_form=True) if secured else None
        name = x509.load_der_x509_certificate(shown).subject.rfc4514_string() if shown else ""
        self._tls = {"client_cert_name": name}
        self._hurry()

    def data_received(self, data: bytes) -> None:
        """Read on, within what is left of the head's size and time."""
        if not self._reading:
            self._head += len(data)
        if not self._reading or self.cycle.response_complete:
            self._hurry()
        super().data_received(data)
        if self._head > MOST_HEAD:
            self._refuse(problem.HEAD, f"at most {MOST_HEAD} bytes of headers are read")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the caller."""
        self._rest()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Start a request's scope."""
        super().on_message_begin()
        self.scope["extensions"] = {"tls": self._tls}

    def on_headers_complete(self) -> None:
        """The head is whole: how long the body may take is for whoever reads it."""
        self._rest()
        self._head = 0
        self._reading = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Nothing is due until the next head begins."""
        self._rest()
        self._reading = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What uvicorn refuses by itself: what is no HTTP/1.1."""
        self._refuse(problem.HTTP, msg)

    def _hurry(self) -> None:
        if self._overdue is None:
            self._overdue = self.loop.call_later(HEAD_S, self._give_up)

    def _rest(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _give_up(self) -> None:
        if self._head:
            self._refuse(problem.SLOW, f"a request must begin within {HEAD_S:.0f} s")
        self.transport.close()

    def _refuse(self, kind: problem.Kind, detail: str) -> None:
        """Answer without the application, and end the connection."""
        body = orjson.dumps(problem.body(kind, detail, {}))
        head = (
            f"HTTP/1.1 {kind.status} {HTTPStatus(kind.status).phrase}\r\n"
            f"content-type: {problem.MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
