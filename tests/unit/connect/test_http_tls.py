"""Certificates and handshakes."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.unit.connect.conftest import OK, RawServer
from tracehub.clock import SystemClock
from tracehub.connect import (
    HttpConfig,
    Line,
    RetryError,
    open_http,
)


def self_signed(folder: Path) -> Path:
    """A certificate of 127.0.0.1 with its key, signed by nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    address = x509.IPAddress(IPv4Address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "system.pem"
    path.write_bytes(plain + certificate.public_bytes(pem))
    return path


async def test_handshake_when_nobody_answers_it_is_given_up(raw: RawServer) -> None:
    config = HttpConfig(url=raw.url.replace("http:", "https:"), timeout_s=0.5)
    async with open_http(Line("central/test", config, SystemClock())) as http:
        with pytest.raises(RetryError):
            await http.send("GET", "/")


async def test_system_when_its_certificate_is_not_trusted_gets_nothing(tmp_path: Path) -> None:
    raw, certificate = RawServer(), self_signed(tmp_path)
    raw.parts = (OK + b"Content-Length: 2\r\n\r\n{}",)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    async with raw.listening(tls):
        strict = HttpConfig(url=raw.url, timeout_s=2.0)
        async with open_http(Line("central/test", strict, SystemClock())) as http:
            with pytest.raises(RetryError, match="ConnectError"):
                await http.send("POST", "/")
        assert raw.heads == []
        trusting = HttpConfig(url=raw.url, timeout_s=2.0, ca_file=certificate)
        async with open_http(Line("central/test", trusting, SystemClock())) as http:
            assert (await http.send("POST", "/")).body == b"{}"
