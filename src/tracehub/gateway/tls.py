"""TLS: tell the application whose certificate a client showed. uvicorn does not.

The name stands in the request's scope as in the ASGI TLS extension. The certificate was checked
against the operator's authority before a byte of HTTP was read.
"""

from __future__ import annotations

from typing import Any

from cryptography import x509
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class CertificateProtocol(HttpToolsProtocol):
    """HTTP/1.1 that puts the subject of the client's certificate into every request's scope."""

    _tls: dict[object, object]

    def connection_made(self, transport: Any) -> None:
        """Read the certificate once per connection."""
        super().connection_made(transport)
        secured = transport.get_extra_info("ssl_object")
        shown = secured.getpeercert(binary_form=True) if secured else None
        name = x509.load_der_x509_certificate(shown).subject.rfc4514_string() if shown else ""
        self._tls = {"client_cert_name": name}

    def on_message_begin(self) -> None:
        """Start a request's scope."""
        super().on_message_begin()
        self.scope["extensions"] = {"tls": self._tls}
