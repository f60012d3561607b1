"""Connections from their page: only operators, only what they see, only with a token, on record."""

from __future__ import annotations

import pytest

from tests.unit.console.conftest import GUANGDONG, NOW, ZHEJIANG, House
from tests.unit.console.test_pages import AUDITOR, OPERATOR, VIEWER
from tracehub.console import Grant
from tracehub.services.standing import PAUSED, Standing
from tracehub.services.wishes import DRAIN, PAUSE, RUN, Wishes
from tracehub.telemetry.log import silent


async def wish_of(house: House, connection: str) -> str:
    wishes = Wishes(house.bus, silent())
    await wishes.look()
    return wishes.of(connection).what


async def test_connection_when_an_operator_asks_is_wished_for_and_it_is_on_record(
    house: House,
) -> None:
    browser = house.browser(OPERATOR)
    for verb, wish in (("pause", PAUSE), ("drain", DRAIN), ("resume", RUN)):
        page = (await browser.get("/connections")).text
        answer = await browser.post(f"/connections/{GUANGDONG}/{verb}", page)
        assert answer.status_code == 303
        assert await wish_of(house, GUANGDONG) == wish
        told = (await browser.get(answer.headers["location"])).text
        assert f"{GUANGDONG}: is asked to {verb}" in told
        assert "li.wei" in told
    audit = (await house.browser(AUDITOR, "auditor").get("/audit")).text
    assert audit.count(GUANGDONG) == 3
    found = [(each.by, each.what, each.of) for each in await house.desk.deeds()]
    assert sorted(found) == [("li.wei", each, GUANGDONG) for each in sorted((PAUSE, RUN, DRAIN))]


@pytest.mark.parametrize("grant", [VIEWER, AUDITOR, Grant("viewer", GUANGDONG)])
async def test_connection_when_anybody_else_asks_is_left_alone_and_has_no_buttons(
    house: House, grant: Grant
) -> None:
    browser = house.browser(grant)
    page = (await browser.get("/connections")).text
    assert GUANGDONG in page
    assert "/pause" not in page
    for verb in ("pause", "resume", "drain"):
        assert (await browser.post(f"/connections/{GUANGDONG}/{verb}", page)).status_code == 403
    assert await wish_of(house, GUANGDONG) == RUN
    assert await house.desk.deeds() == []


async def test_connection_when_unknown_or_anothers_or_the_verb_is_none_is_absent(
    house: House,
) -> None:
    browser = house.browser(Grant("operator", ZHEJIANG))
    page = (await browser.get("/connections")).text
    for path in (f"{GUANGDONG}/pause", "provincial/none/pause", f"{ZHEJIANG}/explode"):
        assert (await browser.post(f"/connections/{path}", page)).status_code == 404
    assert (await browser.post(f"/connections/{ZHEJIANG}/pause", page)).status_code == 303


async def test_connection_when_its_service_tells_is_shown_with_error_lag_and_breaker(
    house: House,
) -> None:
    standing = Standing(GUANGDONG, "deliver", "host/1", breaker="half-open", lag=77)
    standing.failed("the receiver <says> no", NOW)
    await house.bus.publish([standing.record(NOW)])
    await house.desk.lookout.look()
    text = (await house.browser(VIEWER).get("/connections")).text
    assert "the receiver &lt;says&gt; no" in text
    assert ">77<" in text
    assert "RUNNING" in text
    await house.bus.publish([Standing(GUANGDONG, "deliver", "host/1", PAUSED).record(NOW)])
    await house.desk.lookout.look()
    text = (await house.browser(VIEWER).get("/connections", **{"accept-language": "zh"})).text
    assert "已暂停" in text
    await house.bus.publish([standing.gone()])
    await house.desk.lookout.look()
    assert "RUNNING" not in (await house.browser(VIEWER).get("/connections")).text
