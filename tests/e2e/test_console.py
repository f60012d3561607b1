"""The console in a real browser: clean in both languages and colours, moving, without scripts.

Screenshots are kept in `.cache/screenshots`.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import (
    Browser,
    Locator,
    Page,
    ViewportSize,
    async_playwright,
    expect,
)

from tests.conftest import LeaveOut
from tests.e2e.test_bad_input import RAW
from tracehub.app import SERVICES, Edges, run
from tracehub.clock import SystemClock
from tracehub.model.record import Record
from tracehub.services.wishes import PAUSE, publish_wish
from tracehub.telemetry.log import silent
from tracehub.testing.rehearsal import Rehearsal, stage

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / ".cache" / "screenshots"
EXAMPLES = ROOT / "docs" / "examples"
SQLITE = {"engine": "sqlite", "path": "hub.db", "partitions": 2}
RECEIVER = "provincial/guangdong"
ID = "urn:uuid:7b1d5a52-1c5e-4c8e-9a52-3d4cf6a0f001"
WIDE: ViewportSize = {"width": 1280, "height": 900}
PATHS = ("/", "/connections", f"/story?q={ID}", "/dead-letters", "/rules", "/audit", "/nowhere")
SCHEMES: Sequence[tuple[Literal["light", "dark"], Sequence[str]]] = (
    ("light", ()),
    ("dark", ("color-contrast",)),
)
"""Beside what has colours, nothing depends on them."""
KEPT = (("en", "light"), ("zh-CN", "dark"))
SOON_MS = 60_000


@pytest.fixture(scope="module")
def chromium(leave_out: LeaveOut) -> str:
    found = shutil.which("chromium")
    if found is None:
        leave_out("Chromium: no chromium on the PATH; apt-get install chromium")
    return found


@asynccontextmanager
async def browsing(chromium: str) -> AsyncIterator[Browser]:
    expect.set_options(timeout=SOON_MS)
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


async def press(page: Page, what: Locator) -> None:
    """Click on what leads to another page, and wait until that is there."""
    async with page.expect_navigation():
        await what.click()


async def shot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


async def faults(page: Page, only: Sequence[str] = ()) -> list[str]:
    """What axe finds wrong with a page, by all of its rules or by some."""
    found = await Axe().run(page, options={"runOnly": list(only)} if only else None)
    return [
        f"{each['id']}: {node['html']}"
        for each in found.response["violations"]
        for node in each["nodes"]
    ]


class Scan:
    """Scans what a page shows, in both colour schemes."""

    def __init__(self, page: Page, locale: str) -> None:
        self.page = page
        self._locale = locale

    async def __call__(self, name: str) -> None:
        for scheme, only in SCHEMES:
            await self.page.emulate_media(color_scheme=scheme)
            found = await faults(self.page, only)
            assert found == [], f"{name} {self._locale} {scheme}"
            if (self._locale, scheme) in KEPT:
                await shot(self.page, f"{name}-{self._locale}-{scheme}")

    async def pages(self, *paths: str) -> None:
        """Pages that an address leads to."""
        for path in paths:
            await self.page.goto(path)
            await self(path.strip("/").partition("?")[0].replace("/", "-") or "overview")


async def scan_all(page: Page, locale: str) -> None:
    """Every page and every answer to a form."""
    scan = Scan(page, locale)
    await until_shown(page, f"/story?q={ID}", f"{RECEIVER}#")
    await until_shown(page, "/dead-letters", "epcis/action-unknown")
    await scan.pages(*PATHS)
    await page.goto("/dead-letters")
    await page.get_by_role("checkbox").first.check()
    await press(page, page.locator("main form[method=post] button").first)
    await scan("dry-run")
    await page.goto("/dead-letters")
    await press(page, page.get_by_role("rowheader").get_by_role("link").first)
    await scan("dead-letter")
    await page.locator("main form[action$=repair] textarea").fill("{}")
    await press(page, page.locator("main form[action$=repair] button"))
    await scan("repair")
    await page.goto("/connections")
    await press(page, page.locator("main button[formaction$=resume]").first)
    await scan("connections-asked")


async def test_pages_when_scanned_by_axe_are_clean_and_a_defect_is_found(
    tmp_path: Path, chromium: str
) -> None:
    async with hub(tmp_path) as (rehearsal, address), browsing(chromium) as browser:
        documents = [(EXAMPLES / f"{each}-event.json").read_bytes() for each in ("first", "broken")]
        await publish(rehearsal, *documents)
        for locale in ("en", "zh-CN"):
            page = await browser.new_page(base_url=address, viewport=WIDE, locale=locale)
            await scan_all(page, locale)
            await page.close()

        page = await browser.new_page(base_url=address, locale="en")
        await page.goto("/rules")
        await page.evaluate(
            "document.querySelector('textarea').closest('label').outerHTML = '<textarea>'"
        )
        await page.evaluate("document.documentElement.removeAttribute('lang')")
        await page.evaluate("document.querySelector('h1').style.color = '#ccc'")
        wrong = {each.partition(":")[0] for each in await faults(page)}
        assert wrong == {"label", "html-has-lang", "color-contrast"}


async def test_overview_when_something_moves_shows_it_in_place(
    tmp_path: Path, chromium: str
) -> None:
    async with hub(tmp_path) as (rehearsal, address), browsing(chromium) as browser:
        page = await browser.new_page(base_url=address, viewport=WIDE, locale="en")
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto("/")
        table = page.locator("details", has=page.locator("#tiles-rows")).locator("summary")
        await table.press("Enter")
        await expect(page.locator("#tiles-rows")).to_be_visible()
        await page.evaluate("window.loaded = 'once'")

        await publish(rehearsal, (EXAMPLES / "first-event.json").read_bytes())
        province = page.locator("#tiles-rows tr", has_text="Zhejiang").get_by_role("cell").first
        await expect(province).to_have_text("1")
        food = page.locator(
            "#flow-categories tr", has=page.get_by_role("rowheader", name="food", exact=True)
        )
        await expect(food.get_by_role("cell").first).to_have_text("1")
        received = page.locator("#flow-connections tr", has_text=RECEIVER).get_by_role("cell").first
        await expect(received).to_have_text("1")
        await publish_wish(rehearsal.bus, RECEIVER, PAUSE, "tester", SystemClock())
        await expect(page.locator("#flow-picture path.paused")).to_have_count(1)

        assert await page.evaluate("window.loaded") == "once"
        await expect(page.locator("#tiles-rows")).to_be_visible()
        await expect(table).to_be_focused()
        assert complaints == []


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
