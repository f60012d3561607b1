"""Login: OpenID Connect's authorization code with PKCE, or nobody at all on the loopback.

Sources: OpenID Connect Core 1.0 section 3.1; RFC 7636; RFC 9700. Must not know any page.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlencode

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tracehub.clock import Clock
from tracehub.console.session import LIFE_MS, Grant, Session, Sessions

_PURPOSE: Final = b"login\0"
_LOGIN_MS: Final = 600_000
_ALGORITHMS: Final = ["RS256", "PS256", "ES256", "EdDSA"]
_OPERATOR: Final = Grant("operator")


class LoginError(Exception):
    """Somebody could not be let in; the text says why, and `who` the name if one was proved."""

    def __init__(self, text: str, who: str = "") -> None:
        super().__init__(text)
        self.who = who


class Provider(NamedTuple):
    """An OpenID provider as the operator names it."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_url: str
    claim: str
    grants: Mapping[str, Grant]


class Begun(NamedTuple):
    """Where to send the browser, and the cookie that it must bring back."""

    url: str
    cookie: str


class Login(Protocol):
    """How somebody becomes known."""

    @property
    def open(self) -> bool:
        """Whether nobody needs to log in."""
        ...

    def unasked(self) -> Session | None:
        """A session for whoever comes; None when one must log in."""
        ...

    async def begin(self) -> Begun:
        """Start a login.

        Raises:
            LoginError: the provider does not answer, or there is none.
        """
        ...

    async def finish(self, answer: Mapping[str, str], cookie: str) -> Session:
        """End a login with what the browser brought back.

        Raises:
            LoginError: it is not to be believed, or may see nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class OpenLogin:
    """Whoever reaches the loopback is its operator."""

    clock: Clock
    chance: Callable[[], str]

    @property
    def open(self) -> bool:
        """Nobody needs to log in."""
        return True

    def unasked(self) -> Session:
        """A new session of the local operator."""
        return Session(self.chance(), "local", _OPERATOR, self.clock.now_ms() + LIFE_MS)

    async def begin(self) -> Begun:
        """Nobody logs in here."""
        raise LoginError("this console needs no login")

    async def finish(self, answer: Mapping[str, str], cookie: str) -> Session:
        """Nobody logs in here."""
        del answer, cookie
        raise LoginError("this console needs no login")


@dataclass(slots=True)
class OidcLogin:
    """Who the provider says it is, with what the operator grants for it."""

    provider: Provider
    sessions: Sessions
    clock: Clock
    chance: Callable[[], str]
    client: httpx2.AsyncClient
    _about: Mapping[str, Any] = field(default_factory=dict, init=False)

    @property
    def open(self) -> bool:
        """Everybody needs to log in."""
        return False

    def unasked(self) -> None:
        """Nobody comes in without a login."""

    async def begin(self) -> Begun:
        """Send the browser to the provider, with a state, a nonce and a challenge of its own."""
        about = await self._discovered()
        state, nonce, verifier = self.chance(), self.chance(), self.chance() + self.chance()
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self.provider.redirect_url,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        facts = {
            "state": state,
            "nonce": nonce,
            "verifier": verifier,
            "until": self.clock.now_ms() + _LOGIN_MS,
        }
        url = f"{about['authorization_endpoint']}?{urlencode(asked)}"
        return Begun(url, self.sessions.sealed(facts, _PURPOSE))

    async def finish(self, answer: Mapping[str, str], cookie: str) -> Session:
        """Exchange the code for an ID token, check it, and look up what is granted."""
        begun = self.sessions.opened(cookie, _PURPOSE, self.clock.now_ms())
        if begun is None or answer.get("state") != begun["state"]:
            raise LoginError("this login was not begun here, or too long ago; begin again")
        if "code" not in answer:
            raise LoginError(f"the provider refused: {answer.get('error', 'no code')}")
        claims = await self._claims(answer["code"], begun)
        return Session(
            self.chance(),
            _name(claims),
            self._granted(claims),
            self.clock.now_ms() + LIFE_MS,
        )

    async def _claims(self, code: str, begun: Mapping[str, Any]) -> Mapping[str, Any]:
        about = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.provider.redirect_url,
            "client_id": self.provider.client_id,
            "client_secret": self.provider.client_secret,
            "code_verifier": begun["verifier"],
        }
        tokens = await self._asked("POST", about["token_endpoint"], form)
        keys = await self._asked("GET", about["jwks_uri"])
        registry = jwt.JWTClaimsRegistry(
            now=self.clock.now_ms() // 1000,
            leeway=30,
            iss={"essential": True, "value": self.provider.issuer},
            aud={"essential": True, "value": self.provider.client_id},
            nonce={"essential": True, "value": begun["nonce"]},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            key_set = KeySet.import_key_set({"keys": keys["keys"]})
            token = jwt.decode(str(tokens["id_token"]), key_set, algorithms=_ALGORITHMS)
            registry.validate(token.claims)
        except (JoseError, KeyError, ValueError) as error:
            raise LoginError(f"the provider's token is not to be believed: {error}") from None
        return token.claims

    def _granted(self, claims: Mapping[str, Any]) -> Grant:
        """The first grant, in the order of the settings, of a value that the claim has."""
        said = claims.get(self.provider.claim)
        values = said if isinstance(said, list) else [said]
        for value, grant in self.provider.grants.items():
            if value in values:
                return grant
        raise LoginError(f"nothing is granted here to your {self.provider.claim}", _name(claims))

    async def _discovered(self) -> Mapping[str, Any]:
        if not self._about:
            url = f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration"
            about = await self._asked("GET", url)
            if about.get("issuer") != self.provider.issuer:
                raise LoginError("the provider calls itself by another name than the settings do")
            self._about = about
        return self._about

    async def _asked(
        self, method: str, url: str, form: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        try:
            answer = await self.client.request(method, url, data=form)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise LoginError(f"the login provider does not answer: {error}") from None
        return found


def _name(claims: Mapping[str, Any]) -> str:
    """Who it is, for people."""
    return str(claims.get("preferred_username") or claims["sub"])
