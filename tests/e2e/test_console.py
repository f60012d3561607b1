"""The newcomer's way through the console, in a real browser: see, refuse, find, repair, put back.

Screenshots are kept in `.cache/screenshots`.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from tests.conftest import LeaveOut
from tests.e2e.test_bad_input import RAW, good
from tracehub.app import SERVICES, Edges, run
from tracehub.model.record import Record
from tracehub.telemetry.log import silent
from tracehub.testing.rehearsal import Rehearsal, stage

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / ".cache" / "screenshots"
EXAMPLES = ROOT / "docs" / "examples"
SQLITE = {"engine": "sqlite", "path": "hub.db", "partitions": 2}
RECEIVER = "provincial/guangdong"
ID = "urn:uuid:7b1d5a52-1c5e-4c8e-9a52-3d4cf6a0f001"
CODE = "(01)06901028075831(21)1001"
WIDE: ViewportSize = {"width": 1280, "height": 900}
PATHS = ("/", "/connections", f"/story?q={ID}", "/dead-letters", "/rules", "/audit")
SOON_MS = 20_000


@pytest.fixture(scope="module")
def chromium(leave_out: LeaveOut) -> str:
    found = shutil.which("chromium")
    if found is None:
        leave_out("Chromium: no chromium on the PATH; apt-get install chromium")
    return found


@asynccontextmanager
async def browsing(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # Whoever builds in a container is root there, for whom Chromium has no sandbox.
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        await browser.close()


@asynccontextmanager
async def hub(directory: Path) -> AsyncIterator[tuple[Rehearsal, str]]:
    """A whole hub between simulated systems, and its console's address."""
    async with stage(directory, SQLITE) as rehearsal:
        edges = Edges(silent())
        running = asyncio.create_task(run(rehearsal.settings, SERVICES, edges))
        try:
            while "console" not in edges.addresses:
                assert not running.done(), running.exception()
                await asyncio.sleep(0.05)
            yield rehearsal, edges.addresses["console"]
        finally:
            edges.stopping.set()
            await running


async def receiver_is_told(rehearsal: Rehearsal, mode: str) -> None:
    url = rehearsal.settings.connections[RECEIVER].url
    async with httpx2.AsyncClient() as client:
        await client.put(f"{url}/_faults", json={"mode": mode})


async def publish(rehearsal: Rehearsal, *values: bytes) -> None:
    await rehearsal.bus.publish([Record(RAW, b"", each, (), 0) for each in values])


async def until_shown(page: Page, path: str, text: str) -> None:
    """Look again until a page shows a text; who looks waits for the hub."""
    async with asyncio.timeout(SOON_MS / 1000):
        while True:
            await page.goto(path)
            if text in await page.inner_text("main"):
                return
            await asyncio.sleep(0.1)


async def shot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


async def faults(page: Page) -> list[str]:
    """What axe finds wrong with a page."""
    found = await Axe().run(page)
    return [
        f"{each['id']}: {node['html']}"
        for each in found.response["violations"]
        for node in each["nodes"]
    ]


async def sees_a_story(page: Page, rehearsal: Rehearsal) -> None:
    """An event's whole story."""
    await publish(rehearsal, (EXAMPLES / "first-event.json").read_bytes())
    await until_shown(page, f"/story?q={CODE}", f"{RECEIVER}#")
    await expect(page.locator("article")).to_contain_text(ID)
    await expect(page.locator("article")).to_contain_text("accept")
    await shot(page, "1-story")
    await page.get_by_role("link", name="Overview").click()
    await expect(page.locator("svg").first).to_contain_text(RECEIVER)
    await shot(page, "2-overview")


async def has_an_event_refused(page: Page, rehearsal: Rehearsal) -> None:
    """A refusal by the rules, found, and what would become of the corrected document."""
    await publish(rehearsal, (EXAMPLES / "broken-event.json").read_bytes())
    await until_shown(page, "/dead-letters?stage=exchange", "epcis/action-unknown")
    await page.get_by_role("rowheader").get_by_role("link").click()
    await expect(page.locator("mark").first).to_contain_text("action")
    await shot(page, "3-refused-event")
    await page.get_by_role("link", name="Rules").click()
    await page.get_by_label("publisher").select_option("provincial/zhejiang")
    await page.get_by_label("category").select_option("food")
    await page.get_by_label("document").fill((EXAMPLES / "first-event.json").read_text("utf-8"))
    await page.get_by_role("button", name="Judge").click()
    await expect(page.locator("#judged")).to_contain_text("accept")
    await expect(page.locator("#judged")).to_contain_text(RECEIVER)
    await shot(page, "4-what-if")


async def repairs_and_puts_back(page: Page, rehearsal: Rehearsal) -> None:
    """A refusal by a receiver: found, the receiver repaired, the delivery put back."""
    await receiver_is_told(rehearsal, "refuse")
    await publish(rehearsal, good(7))
    await until_shown(page, "/dead-letters?stage=deliver", "Choose")
    await receiver_is_told(rehearsal, "none")
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Dry run").click()
    await expect(page.get_by_role("status")).to_contain_text("1 would be put back")
    await shot(page, "5-dry-run")
    await page.get_by_role("button", name="Put back").click()
    await expect(page.get_by_role("status")).to_contain_text("who asked is on record")
    await page.goto("/dead-letters?stage=deliver")
    await page.get_by_role("rowheader").get_by_role("link").click()
    story = await page.locator("main a[href^='/story']").get_attribute("href")
    assert story is not None
    await until_shown(page, story, f"{RECEIVER}\tdelivered")
    await shot(page, "6-put-back")
    await page.get_by_role("link", name="Audit").click()
    await expect(page.locator("main")).to_contain_text("local")


@pytest.mark.timeout(180)
async def test_newcomer_when_following_the_script_sees_refuses_finds_repairs_and_puts_back(
    tmp_path: Path, chromium: str
) -> None:
    async with hub(tmp_path) as (rehearsal, address), browsing(chromium) as browser:
        page = await browser.new_page(base_url=address, viewport=WIDE, locale="en")
        asked: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))

        await sees_a_story(page, rehearsal)
        await has_an_event_refused(page, rehearsal)
        await repairs_and_puts_back(page, rehearsal)
        assert complaints == []
        assert {each for each in asked if not each.startswith(address)} == set()


@pytest.mark.timeout(180)
async def test_pages_when_scanned_by_axe_are_clean_and_a_defect_is_found(
    tmp_path: Path, chromium: str
) -> None:
    async with hub(tmp_path) as (rehearsal, address), browsing(chromium) as browser:
        documents = [(EXAMPLES / f"{each}-event.json").read_bytes() for each in ("first", "broken")]
        await publish(rehearsal, *documents)
        for locale, scheme in (("en", "light"), ("zh-CN", "dark")):
            page = await browser.new_page(
                base_url=address,
                viewport=WIDE,
                locale=locale,
                color_scheme="dark" if scheme == "dark" else "light",
            )
            await until_shown(page, f"/story?q={ID}", f"{RECEIVER}#")
            await until_shown(page, "/dead-letters", "epcis/action-unknown")
            opened = page.get_by_role("rowheader").get_by_role("link").first
            letter = await opened.get_attribute("href") or ""
            for path in (*PATHS, letter):
                await page.goto(path)
                assert await faults(page) == [], f"{path} {locale}"
            await page.goto("/")
            await shot(page, f"overview-{locale}-{scheme}")
            await page.close()

        page = await browser.new_page(base_url=address, locale="en")
        await page.goto("/rules")
        await page.evaluate(
            "document.querySelector('textarea').closest('label').outerHTML = '<textarea>'"
        )
        await page.evaluate("document.documentElement.removeAttribute('lang')")
        assert {each.partition(":")[0] for each in await faults(page)} == {"label", "html-has-lang"}


@pytest.mark.timeout(120)
async def test_page_when_scripts_are_off_and_only_keys_are_used_still_works(
    tmp_path: Path, chromium: str
) -> None:
    async with hub(tmp_path) as (rehearsal, address), browsing(chromium) as browser:
        await publish(rehearsal, (EXAMPLES / "first-event.json").read_bytes())
        page = await browser.new_page(base_url=address, locale="en", java_script_enabled=False)
        await until_shown(page, f"/story?q={ID}", f"{RECEIVER}#")
        await page.goto("/story")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.get_by_role("textbox").focus()
        await page.keyboard.type(ID)
        await page.keyboard.press("Enter")
        await expect(page.locator("article")).to_contain_text(ID)
        await page.get_by_role("button", name="中文").press("Enter")
        await expect(page.locator("h1")).to_have_text("查找事件")
