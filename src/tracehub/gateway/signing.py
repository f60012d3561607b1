"""Signing: receipts that anyone can check later, without the hub.

A compact JWS (RFC 7515) with Ed25519 (RFC 8037, RFC 9864) over the receipt's facts. Must not know
what the facts mean.
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from joserfc import jws
from joserfc.jwk import OKPKey

from tracehub.errors import ConfigError
from tracehub.gateway.answers import Receipt

_UNSIGNED: Final = frozenset({"events", "signature"})
_ALGORITHM: Final = "Ed25519"


class Signer:
    """Signs with one key; without a key receipts stay unsigned.

    Args:
        pem: an Ed25519 private key in PEM, or empty.

    Raises:
        ConfigError: the text is no such key.
    """

    def __init__(self, pem: str = "") -> None:
        self._key: OKPKey | None = None
        if pem:
            try:
                self._key = OKPKey.import_key(pem)
            except (TypeError, ValueError) as error:
                raise ConfigError(
                    "gateway.signing_key: no Ed25519 private key in PEM; "
                    "make one with `openssl genpkey -algorithm ed25519`"
                ) from error

    def signed(self, receipt: Receipt) -> Receipt:
        """The receipt with its signature."""
        if self._key is None:
            return receipt
        facts = orjson.dumps(receipt.model_dump(exclude=set(_UNSIGNED)))
        header = {"alg": _ALGORITHM, "kid": self._key.thumbprint()}
        signature = jws.serialize_compact(header, facts, self._key, algorithms=[_ALGORITHM])
        return receipt.model_copy(update={"signature": signature})

    def keys(self) -> dict[str, Any]:
        """The public keys as a JWK set."""
        if self._key is None:
            return {"keys": []}
        public = self._key.as_dict(private=False, kid=self._key.thumbprint())
        return {"keys": [public]}
