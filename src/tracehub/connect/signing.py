"""Signing: detached Ed25519 signatures (RFC 8032) of what the hub hands to others.

A key is the 32-byte seed, a public key its 32 bytes; both in URL-safe base64 without padding. Must
not know what is signed.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tracehub.errors import ConfigError

_KEY_BYTES = 32


def sign(key: str, body: bytes) -> str:
    """The signature of `body`; the same every time.

    Raises:
        ConfigError: the key is none.
    """
    return _written(_private(key).sign(body))


def public_key(key: str) -> str:
    """The public half of a key.

    Raises:
        ConfigError: the key is none.
    """
    return _written(_private(key).public_key().public_bytes_raw())


def verified(public: str, body: bytes, signature: str) -> bool:
    """Whether the owner of `public` signed `body`.

    Raises:
        ConfigError: the public key is none.
    """
    try:
        Ed25519PublicKey.from_public_bytes(_read(public)).verify(_bytes(signature), body)
    except (InvalidSignature, ValueError):
        return False
    return True


def _private(key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_read(key))


def _read(key: str) -> bytes:
    try:
        found = _bytes(key)
    except ValueError:
        found = b""
    if len(found) != _KEY_BYTES:
        raise ConfigError(
            "a key of Ed25519 is 32 bytes in URL-safe base64; make one by "
            "`head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='`"
        )
    return found


def _written(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(str(error)) from None
