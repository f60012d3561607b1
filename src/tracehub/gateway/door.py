"""Door: who is asking? An API key, a bearer token of the operator's issuer, or a certificate.

Keys are known by their SHA-256 alone. Must not know what a principal wants.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tracehub.clock import Clock
from tracehub.gateway.rate import Rate

T = TypeVar("T")

_ALGORITHMS: Final = ["EdDSA", "Ed25519", "ES256", "RS256", "PS256"]
_KEY: Final = "x-api-key"
_CLIENT_CLAIMS: Final = ("client_id", "azp", "sub")
"""Where issuers write the client (RFC 9068 section 2.2; OpenID Connect Core section 2)."""


@dataclass(frozen=True, slots=True)
class Principal:
    """One publisher: an organisation's system, with a right to one connection's topics.

    Attributes:
        name: how the operator calls it.
        connection: whose raw topics it writes.
        categories: what it may publish.
        rate: how much it may ask.
    """

    name: str
    connection: str
    categories: tuple[str, ...]
    rate: Rate


@dataclass(frozen=True, slots=True)
class Way:
    """How one principal proves who it is.

    Attributes:
        api_keys: SHA-256 of its keys, in hex.
        certificate: subject of its client certificate, RFC 4514.
        oauth_client: its id at the issuer of tokens.
    """

    principal: Principal
    api_keys: tuple[str, ...] = ()
    certificate: str = ""
    oauth_client: str = ""


@dataclass(frozen=True, slots=True)
class OAuth:
    """Whose tokens are believed: issuer and audience as they must stand, and the issuer's keys."""

    issuer: str
    audience: str
    keys: KeySet


def by_key(headers: Mapping[str, str], keys: Mapping[str, T]) -> T | None:
    """What stands in `keys`, by SHA-256 in hex, under the key that a request shows; else None."""
    key = _bearer(headers)
    key = headers.get(_KEY, "") if key is None else key
    return keys.get(hashlib.sha256(key.encode("utf-8", "replace")).hexdigest())


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else None


class Door:
    """All principals, by the ways in which they may prove themselves."""

    def __init__(self, ways: Iterable[Way], clock: Clock, oauth: OAuth | None = None) -> None:
        self._keys: dict[str, Principal] = {}
        self._certificates: dict[str, Principal] = {}
        self._clients: dict[str, Principal] = {}
        self._clock = clock
        self._oauth = oauth
        for way in ways:
            self._keys |= dict.fromkeys((key.lower() for key in way.api_keys), way.principal)
            if way.certificate:
                self._certificates[way.certificate] = way.principal
            if way.oauth_client:
                self._clients[way.oauth_client] = way.principal

    def principal(self, headers: Mapping[str, str], certificate: str) -> Principal | None:
        """Who sent a request with these headers (names in lower case); None when nobody known."""
        if _bearer(headers) is None and _KEY not in headers:
            return self._certificates.get(certificate) if certificate else None
        return by_key(headers, self._keys) or self._by_token(_bearer(headers) or "")

    def _by_token(self, token: str) -> Principal | None:
        """The client that a token was given to; None when it is not to be believed."""
        if self._oauth is None:
            return None
        try:
            claims = jwt.decode(token, self._oauth.keys, algorithms=_ALGORITHMS).claims
            self._check(claims, self._oauth)
        except (JoseError, ValueError):
            return None
        given = (claims.get(name) for name in _CLIENT_CLAIMS)
        return next((self._clients[each] for each in given if each in self._clients), None)

    def _check(self, claims: Mapping[str, Any], oauth: OAuth) -> None:
        registry = jwt.JWTClaimsRegistry(
            now=self._clock.now_ms() // 1000,
            leeway=30,
            iss={"essential": True, "value": oauth.issuer},
            aud={"essential": True, "value": oauth.audience},
            exp={"essential": True},
        )
        registry.validate(dict(claims))
