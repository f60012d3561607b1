"""Login by OpenID Connect, against a small provider: who comes in, and who does not."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import unescape
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.unit.console.conftest import NOW, House
from tracehub.console import Address, Grant, OidcLogin, Provider, application
from tracehub.testing.clock import ManualClock

ISSUER = "https://login.example"
OURS = "https://console.example"


@dataclass
class Issuer:
    """A provider that logs in whoever comes, and says what a test wants."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signs: RSAKey | None = None
    says: dict[str, Any] = field(default_factory=dict)
    nonce: str = ""
    challenge: str = ""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        async def about() -> dict[str, str]:
            return {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
            }

        @app.get("/keys")
        async def keys() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        @app.post("/token")
        async def token(request: Request) -> Response:
            form = {
                name: each[0] for name, each in parse_qs((await request.body()).decode()).items()
            }
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            known = (form["client_id"], form["client_secret"]) == ("hub", "secret")
            if not known or challenge != self.challenge or form["code"] != "a-code":
                return JSONResponse({"error": "invalid_grant"}, 400)
            return JSONResponse({"id_token": self.token()})

        return app

    def token(self) -> str:
        claims = {
            "iss": ISSUER,
            "aud": "hub",
            "sub": "77",
            "preferred_username": "li.wei",
            "nonce": self.nonce,
            "exp": NOW // 1000 + 60,
            "groups": ["staff", "trace-operators"],
            **self.says,
        }
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signs or self.key)

    def asked(self, url: str) -> dict[str, str]:
        """What the browser was sent with; the provider remembers it with the code."""
        found = {name: each[0] for name, each in parse_qs(urlsplit(url).query).items()}
        self.nonce, self.challenge = found["nonce"], found["code_challenge"]
        return found


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def clock(house: House) -> ManualClock:
    """The house's."""
    found = house.desk.register.clock
    assert isinstance(found, ManualClock)
    return found


@pytest.fixture
async def browser(house: House, issuer: Issuer) -> AsyncIterator[httpx2.AsyncClient]:
    clock, numbers = ManualClock(NOW), count()
    grants = {
        "trace-operators": Grant("operator"),
        "zhejiang": Grant("viewer", "provincial/zhejiang"),
    }
    provider = Provider(ISSUER, "hub", "secret", f"{OURS}/login/done", "groups", grants)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(issuer.app())) as client:
        login = OidcLogin(
            provider, house.sessions, clock, lambda: f"chance-{next(numbers)}", client
        )
        address = Address(("console.example",), secure=True)
        app = application(house.desk, login, house.sessions, "0badcafe", address)
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url=OURS) as found:
            yield found


async def entered(browser: httpx2.AsyncClient, issuer: Issuer, **changes: str) -> httpx2.Response:
    begun = await browser.get("/login")
    asked = issuer.asked(begun.headers["location"])
    assert begun.headers["location"].startswith(f"{ISSUER}/authorize?")
    assert (asked["code_challenge_method"], asked["redirect_uri"]) == ("S256", f"{OURS}/login/done")
    answer = {"code": "a-code", "state": asked["state"], **changes}
    return await browser.get("/login/done", params=answer)


async def test_page_when_nobody_is_logged_in_leads_to_the_login(
    browser: httpx2.AsyncClient,
) -> None:
    answer = await browser.get("/dead-letters")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert (await browser.post("/rules")).status_code == 401
    assert (await browser.get("/flow", headers={"hx-request": "true"})).status_code == 401


async def deeds(house: House) -> list[tuple[str, str, str]]:
    """What is on record, the oldest first."""
    await house.desk.lookout.look()
    return [(each.by, each.what, each.of) for each in house.desk.lookout.deeds]


async def test_login_when_good_gives_the_role_of_the_claim_until_they_leave(
    house: House, browser: httpx2.AsyncClient, issuer: Issuer
) -> None:
    answer = await entered(browser, issuer)
    assert answer.headers["location"] == "/"
    assert "Secure" in answer.headers["set-cookie"]
    page = (await browser.get("/")).text
    assert "li.wei (operator)" in page
    token = page.partition('name="token" value="')[2].partition('"')[0]
    assert (await browser.post("/logout", data={"token": token})).status_code == 303
    assert (await browser.get("/")).status_code == 303
    assert await deeds(house) == [("li.wei", "login", "operator"), ("li.wei", "logout", "")]


async def test_login_when_the_claim_is_a_text_is_bound_as_granted(
    browser: httpx2.AsyncClient, issuer: Issuer
) -> None:
    issuer.says = {"groups": "zhejiang"}
    await entered(browser, issuer)
    assert "viewer, provincial/zhejiang" in (await browser.get("/")).text


@pytest.mark.parametrize(
    "says",
    [
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"nonce": "of another login"},
        {"exp": NOW // 1000 - 3600},
        {"groups": ["staff"]},
        {"groups": None},
    ],
    ids=lambda says: next(iter(says)),
)
async def test_login_when_the_token_does_not_fit_is_refused(
    house: House, browser: httpx2.AsyncClient, issuer: Issuer, says: dict[str, Any]
) -> None:
    issuer.says = says
    answer = await entered(browser, issuer)
    assert answer.status_code == 403
    assert (await browser.get("/")).status_code == 303
    ((who, what, why),) = await deeds(house)
    assert (who, what) == ("li.wei" if "groups" in says else "", "login-refused")
    assert unescape(answer.text).count(why) == 1


async def test_logins_when_refused_in_a_flood_are_counted_and_not_all_written_down(
    house: House, clock: ManualClock, browser: httpx2.AsyncClient
) -> None:
    for _ in range(9):
        assert (await browser.get("/login/done", params={"state": "x"})).status_code == 403
    assert len(await deeds(house)) == 1
    await clock.advance(1.0)
    await browser.get("/login/done", params={"state": "x"})
    (_, (_, _, why)) = await deeds(house)
    assert "(and 8 not written down)" in why


async def test_login_when_another_key_signed_is_refused(
    browser: httpx2.AsyncClient, issuer: Issuer
) -> None:
    issuer.signs = RSAKey.generate_key(2048, {"kid": "one"})
    assert (await entered(browser, issuer)).status_code == 403


@pytest.mark.parametrize("changes", [{"state": "forged"}, {"code": "stolen"}])
async def test_login_when_the_answer_is_not_to_ours_is_refused(
    browser: httpx2.AsyncClient, issuer: Issuer, changes: dict[str, str]
) -> None:
    assert (await entered(browser, issuer, **changes)).status_code == 403


async def test_login_when_it_was_begun_in_another_browser_is_refused(
    browser: httpx2.AsyncClient, issuer: Issuer
) -> None:
    begun = await browser.get("/login")
    asked = issuer.asked(begun.headers["location"])
    browser.cookies.clear()
    answer = await browser.get("/login/done", params={"code": "a-code", "state": asked["state"]})
    assert answer.status_code == 403
