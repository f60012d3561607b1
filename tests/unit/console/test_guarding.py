"""Changes: only with the session's own token, from our own pages, by an operator, on record."""

from __future__ import annotations

import pytest

from tests.unit.console.conftest import ZHEJIANG, House
from tests.unit.console.test_pages import AUDITOR, OPERATOR, VIEWER, letter
from tracehub.console import Grant
from tracehub.console.session import COOKIE

CHANGES = (
    "/dead-letters/dry-run",
    "/dead-letters/put-back",
    "/dead-letters/x/repair",
    f"/connections/{ZHEJIANG}/pause",
    "/rules",
    "/language",
    "/logout",
)


@pytest.mark.parametrize("path", CHANGES)
async def test_form_when_its_token_is_missing_or_anothers_is_refused(
    house: House, path: str
) -> None:
    mine, other = house.browser(OPERATOR), house.browser(OPERATOR, "wang.fang")
    assert (await mine.client.post(path, data={"letter": "x"})).status_code == 403
    page = (await other.get("/dead-letters")).text
    assert (await mine.post(path, page, letter="x")).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
async def test_form_when_another_site_sent_it_is_refused(
    house: House, headers: dict[str, str]
) -> None:
    browser = house.browser(OPERATOR)
    page = (await browser.get("/rules")).text
    browser.client.headers.update(headers)
    answer = await browser.post("/rules", page, category="food", publisher=ZHEJIANG, document="{}")
    assert answer.status_code == 403


async def test_letter_when_put_back_was_shown_by_a_dry_run_and_is_on_record(house: House) -> None:
    browser = house.browser(OPERATOR)
    chosen = await letter(house, ZHEJIANG)
    page = (await browser.get("/dead-letters")).text
    dry = await browser.post("/dead-letters/dry-run", page, letter=chosen)
    assert "1 would be put back" in dry.text
    assert await house.desk.requests() == []
    plan = dry.text.partition('name="plan" value="')[2].partition('"')[0]
    wrong = await browser.post("/dead-letters/put-back", dry.text, letter=chosen, plan="0" * 8)
    assert wrong.status_code == 409
    done = await browser.post("/dead-letters/put-back", dry.text, letter=chosen, plan=plan)
    assert (done.status_code, done.headers["location"]) == (303, "/dead-letters?done=1")
    (asked,) = await house.desk.requests()
    assert (asked.of, asked.by, asked.plan) == (chosen, "li.wei", plan)
    audit = (await house.browser(AUDITOR, "auditor").get("/audit")).text
    assert "li.wei" in audit
    assert plan in audit


@pytest.mark.parametrize("grant", [VIEWER, AUDITOR, Grant("viewer", ZHEJIANG)])
async def test_letter_when_asked_for_by_another_role_stays_where_it_is(
    house: House, grant: Grant
) -> None:
    browser = house.browser(grant)
    page = (await browser.get("/dead-letters")).text
    chosen = await letter(house, ZHEJIANG)
    for path in ("/dead-letters/dry-run", "/dead-letters/put-back"):
        assert (await browser.post(path, page, letter=chosen)).status_code == 403
    assert await house.desk.requests() == []


async def test_operator_when_bound_can_put_back_its_own_alone(house: House) -> None:
    browser = house.browser(Grant("operator", "provincial/guangdong"))
    page = (await browser.get("/dead-letters")).text
    theirs = await letter(house, ZHEJIANG)
    assert (await browser.post("/dead-letters/dry-run", page, letter=theirs)).status_code == 400


async def test_loopback_when_anybody_comes_gives_them_a_session_but_under_our_name_alone(
    house: House,
) -> None:
    browser = house.browser()
    answer = await browser.get("/")
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(COOKIE)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await browser.get("/", host="rebound.example")).status_code == 421


async def test_session_when_forged_or_old_is_not_believed(house: House) -> None:
    sessions, cookie = house.sessions, house.browser(OPERATOR).client.cookies[COOKIE]
    assert sessions.session(cookie, 0) is not None
    assert sessions.session(cookie, 1_800_000_000_000) is None
    assert sessions.session(cookie[:-1] + ("0" if cookie[-1] != "0" else "1"), 0) is None
    assert sessions.session("", 0) is None
    assert sessions.opened(cookie, b"login\0", 0) is None


async def test_language_when_chosen_is_remembered_and_leads_back_to_us(house: House) -> None:
    browser = house.browser(VIEWER)
    page = (await browser.get("/rules")).text
    answer = await browser.post("/language", page, language="zh-CN", back="/rules")
    assert answer.headers["location"] == "/rules"
    assert "总览" in (await browser.get("/rules")).text
    away = await browser.post("/language", page, language="zh-CN", back="//evil.example")
    assert away.headers["location"] == "/"
