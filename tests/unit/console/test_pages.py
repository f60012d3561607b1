"""Every page: what it shows to whom, in which language, and what a browser may load with it."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.unit.console.conftest import (
    GUANGDONG,
    ID,
    NATIONAL,
    NOW,
    REFUSED_ID,
    ZHEJIANG,
    House,
    first_event,
)
from tracehub.console import Grant
from tracehub.console.session import Session
from tracehub.console.words import CHINESE, language_of
from tracehub.model.instant import utc
from tracehub.services.replay import Filter

PATHS = ("/", "/flow", "/connections", "/story", "/dead-letters", "/rules", "/audit")
OPERATOR, VIEWER, AUDITOR = Grant("operator"), Grant("viewer"), Grant("auditor")
BOUND = Grant("viewer", NATIONAL)
PAGES = Path(__file__).parents[3] / "src/tracehub/console/pages"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("path", PATHS)
async def test_page_when_asked_for_is_in_the_browsers_language_and_loads_from_us_alone(
    house: House, path: str, language: str
) -> None:
    answer = await house.browser(OPERATOR).get(path, **{"accept-language": language})
    assert answer.status_code == 200
    assert answer.headers["content-language"] == language
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r'(?:src|href)="(?!/|#)', answer.text)
    assert not re.search(r"<[^>]+\s(?:style|on\w+)=", answer.text)
    assert ("总览" in answer.text) == (language == "zh-CN" and path != "/flow")


async def test_overview_when_shown_has_the_figures_as_picture_and_as_table(house: House) -> None:
    text = (await house.browser(VIEWER).get("/", **{"accept-language": "zh"})).text
    assert "<svg" in text
    assert "12345" in text
    assert "浙江" in text
    assert re.search(r"浙江</th><td[^>]*>41</td><td[^>]*>3<", text)
    assert re.search(r"北京</th><td[^>]*>–</td>", text)
    assert 'class="way open"' in text


async def test_story_when_found_tells_verdict_rules_and_dead_letters(house: House) -> None:
    text = (await house.browser(VIEWER).get("/story?q=(01)06901028075831(21)1001")).text
    assert ID in text
    assert ZHEJIANG in text
    assert re.search(r"by\s+<code>", text)
    assert "receiver/refused" in text
    refused = (await house.browser(VIEWER).get(f"/story?q={REFUSED_ID}")).text
    assert "epcis/action-unknown" in refused
    assert "quarantine" in refused


async def test_dead_letter_when_opened_marks_what_is_wrong_in_its_bytes(house: House) -> None:
    found = await house.browser(VIEWER).get(f"/dead-letters/{await letter(house, ZHEJIANG)}")
    assert found.status_code == 200
    assert re.search(
        r'class="wrong">[^<]*&#34;action&#34;[^<]*</mark>\s+◀ epcis/action', found.text
    )
    assert "must be repaired first" in found.text
    shown = found.text.partition("<pre")[2].partition("</pre>")[0]
    assert len(shown.splitlines()) > 20


async def test_repair_when_tried_shows_what_differs_and_what_would_become_of_it(
    house: House,
) -> None:
    browser = house.browser(VIEWER)
    path = f"/dead-letters/{await letter(house, ZHEJIANG)}"
    before = await house.bus.ends("raw.food.provincial.zhejiang")
    page = (await browser.get(path)).text
    broken = (await browser.post(f"{path}/repair", page, document=_document(page))).text
    assert '<strong class="bad-text">quarantine</strong>' in broken
    assert "<ins>" not in broken
    repaired = _document(page).replace("OBSERVED", "OBSERVE").replace("000X", "0009")
    text = (await browser.post(f"{path}/repair", page, document=repaired)).text
    assert "<strong>accept</strong>" in text
    assert text.count("<ins>") == text.count("<del>") == 2
    assert re.search(r"<del>- +&#34;action&#34;: &#34;OBSERVED&#34;,</del>", text)
    assert GUANGDONG in text
    assert await house.bus.ends("raw.food.provincial.zhejiang") == before
    delivery = f"/dead-letters/{await letter(house, GUANGDONG)}"
    assert (await browser.post(f"{delivery}/repair", page, document="{}")).status_code == 404


def _document(page: str) -> str:
    """What the box holds."""
    return unescape(page.partition('spellcheck="false">\n')[2].partition("</textarea>")[0])


async def test_dead_letters_when_filtered_by_day_are_of_those_days(house: House) -> None:
    browser = house.browser(VIEWER)
    day = utc(NOW).strftime("%Y-%m-%d")
    there = (await browser.get(f"/dead-letters?stage=deliver&since={day}&until={day}")).text
    assert "receiver/refused" in there
    for bounds in ("since=2099-01-01", "until=1999-01-01"):
        assert "receiver/refused" not in (await browser.get(f"/dead-letters?{bounds}")).text
    assert "receiver/refused" in (await browser.get("/dead-letters?since=never")).text


async def test_letters_when_all_that_are_shown_are_chosen_are_those_of_the_filter(
    house: House,
) -> None:
    browser = house.browser(OPERATOR)
    page = (await browser.get("/dead-letters")).text
    dry = await browser.post("/dead-letters/dry-run", page, all="1", stage="deliver")
    assert "1 would be put back" in dry.text
    assert GUANGDONG in dry.text
    both = await browser.post("/dead-letters/dry-run", page, all="1")
    assert "2 would be put back" in both.text


async def test_dead_letters_when_filtered_are_those_that_fit(house: House) -> None:
    browser = house.browser(VIEWER)
    both = (await browser.get("/dead-letters")).text
    one = (await browser.get("/dead-letters?stage=deliver")).text
    assert "epcis/action-unknown" in both
    assert "epcis/action-unknown" not in one
    assert "receiver/refused" in one


async def test_what_if_when_asked_shows_verdict_and_routes_and_publishes_nothing(
    house: House,
) -> None:
    browser = house.browser(VIEWER)
    before = await house.bus.ends("raw.food.provincial.zhejiang")
    page = (await browser.get("/rules")).text
    chosen = {"publisher": ZHEJIANG, "category": "food"}
    good = await browser.post("/rules", page, document=json.dumps(first_event()), **chosen)
    assert "<strong>accept</strong>" in good.text
    assert GUANGDONG in good.text
    bad = await browser.post("/rules", page, document="no document", **chosen)
    assert "quarantine" in bad.text
    assert await house.bus.ends("raw.food.provincial.zhejiang") == before


async def test_bound_viewer_when_looking_anywhere_learns_nothing_of_others(house: House) -> None:
    browser = house.browser(BOUND)
    canaries = (GUANGDONG, ZHEJIANG, "12345", "CANARY", "浙江", "epcis/action-unknown")
    letters = [await letter(house, each) for each in (ZHEJIANG, GUANGDONG)]
    wanted = [
        *PATHS,
        f"/story?q={ID}",
        f"/story?q={REFUSED_ID}",
        "/story?q=913301000000000009",
        f"/dead-letters?connection={quote(GUANGDONG, safe='')}",
        *(f"/dead-letters/{each}" for each in letters),
    ]
    for path in wanted:
        text = (await browser.get(path, **{"accept-language": "zh"})).text
        assert [each for each in canaries if each in text] == [], path
    page = (await browser.get("/rules")).text
    asked = {"category": "food", "document": json.dumps(first_event())}
    assert (await browser.post("/rules", page, publisher=ZHEJIANG, **asked)).status_code == 404


async def test_viewer_when_bound_to_a_publisher_sees_its_own_story_alone(house: House) -> None:
    text = (await house.browser(Grant("viewer", ZHEJIANG)).get(f"/story?q={ID}")).text
    assert ID in text
    assert "accept" in text
    assert GUANGDONG not in text
    assert "CANARY" not in text


async def letter(house: House, connection: str) -> str:
    """The id of the first dead letter of a connection."""
    everyone = Session("x", "x", OPERATOR, 0)
    return (await house.desk.letters(everyone, Filter(connection=connection)))[0].letter.id


async def test_audit_when_asked_for_by_a_viewer_is_refused(house: House) -> None:
    assert (await house.browser(VIEWER).get("/audit")).status_code == 403
    assert (await house.browser(AUDITOR).get("/audit")).status_code == 200


async def test_page_when_there_is_none_says_so_in_a_page(house: House) -> None:
    answer = await house.browser(VIEWER).get("/nowhere")
    assert answer.status_code == 404
    assert "<main" in answer.text


def test_texts_of_all_pages_have_their_chinese() -> None:
    said = {
        text
        for page in PAGES.glob("*.html")
        for text in re.findall(r't\("((?:[^"])+)"\)', page.read_text("utf-8"))
    }
    assert said
    assert said - CHINESE.keys() == set()


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [
        ("", "zh-TW,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("", "fr, en-GB;q=0.7, zh;q=0.3", "en"),
        ("", "", "en"),
        ("zh-CN", "en", "zh-CN"),
        ("xx", "zh;q=x, en", "en"),
    ],
)
def test_language_when_asked_for_is_the_chosen_one_or_the_browsers(
    wanted: str, accepted: str, language: str
) -> None:
    assert language_of(wanted, accepted) == language
