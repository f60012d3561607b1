"""The tour of the console, walked in a real browser: the page's own steps are the script.

Everything in bold is done; a step that the script can't follow is a fault of the page.
Screenshots are kept in `.cache/screenshots`.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page

from tests.docs.test_readme import Shell
from tests.e2e.test_console import ROOT, SOON_MS, WIDE, browsing, chromium, press, shot

__all__ = ["chromium"]
PAGE: Final = ROOT / "docs/tour.md"
BLOCK: Final = re.compile(r"^```sh\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
STEP: Final = re.compile(r"^\d+\. (.*?)(?=^\d+\. |^$)", re.MULTILINE | re.DOTALL)
DEED: Final = re.compile(
    r"Open \*\*(?P<page>[^*]+)\*\*"
    r"|Press \*\*(?P<button>[^*]+)\*\*"
    r"|Follow the first \*\*(?P<link>[^*]+)\*\*"
    r"|Tick the first \*\*(?P<tick>[^*]+)\*\*"
    r"|Type `(?P<text>[^`]+)` into \*\*(?P<field>[^*]+)\*\*"
    r"|Choose `(?P<choice>[^`]+)` as \*\*(?P<list>[^*]+)\*\*"
    r"|Paste `(?P<file>[^`]+)` into \*\*(?P<area>[^*]+)\*\*"
    r"|Replace `(?P<old>[^`]+)` by `(?P<new>[^`]+)` in \*\*(?P<box>[^*]+)\*\*"
    r"|You see `(?P<shown>[^`]+)`"
)
ADDRESS: Final = re.compile(r"The console: (http://\S+)")
STARTED_S: Final = 300
NEEDED: Final = ("Makefile", "pyproject.toml", "uv.lock", ".venv", "connectors", "docs")


@contextmanager
def demonstration(folder: Path, command: str) -> Iterator[Path]:
    """What the page's first block starts, in a folder that looks like a clone; its output."""
    for name in NEEDED:
        (folder / name).symlink_to(ROOT / name)
    printed = folder / "demo.log"
    with printed.open("wb") as out:
        process = subprocess.Popen(
            ["bash", "--norc", "-c", command],
            cwd=folder,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield printed
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


async def address_in(printed: Path) -> str:
    """The console's address, once it is printed."""
    async with asyncio.timeout(STARTED_S):
        while True:
            text = await asyncio.to_thread(printed.read_text, "utf-8", "replace")
            if found := ADDRESS.search(text):
                assert "Everything adds up." in text
                return found[1]
            await asyncio.sleep(0.1)


def parts(text: str) -> Iterator[tuple[str, str]]:
    """Blocks and steps of the page, in their order: `("sh", commands)` and `("step", words)`."""
    places = [(each.start(), "sh", each[1]) for each in BLOCK.finditer(text)]
    places += [(each.start(), "step", " ".join(each[1].split())) for each in STEP.finditer(text)]
    for _, kind, found in sorted(places):
        yield kind, found


async def walk(page: Page, step: str) -> int:
    """Do what a step says; how many things that were."""
    deeds = list(DEED.finditer(step))
    assert len(re.findall(r"\*\*.+?\*\*", step)) == sum("**" in each[0] for each in deeds), step
    for each in deeds:
        await do(page, each.groupdict())
    return len(deeds)


async def do(page: Page, deed: dict[str, str | None]) -> None:
    """One thing; of those that a page says, exactly one is given."""
    form = page.locator("main form")
    match {name: value for name, value in deed.items() if value is not None}:
        case {"page": name}:
            menu = page.get_by_role("navigation")
            await press(page, menu.get_by_role("link", name=name, exact=True))
        case {"button": name}:
            await press(page, page.get_by_role("button", name=name, exact=True))
        case {"link": _}:
            await press(page, page.get_by_role("rowheader").get_by_role("link").first)
        case {"tick": name}:
            await page.get_by_role("checkbox", name=name).first.check()
        case {"text": text, "field": label}:
            await form.get_by_label(label).fill(text)
        case {"file": name, "area": label}:
            await form.get_by_label(label).fill((ROOT / name).read_text("utf-8"))
        case {"choice": value, "list": label}:
            await form.get_by_label(label).select_option(value)
        case {"old": old, "new": new, "box": label}:
            box = form.get_by_label(label)
            held = await box.input_value()
            assert held.count(old) == 1, f"{old} stands there {held.count(old)} times"
            await box.fill(held.replace(old, new))
        case {"shown": text}:
            await until_seen(page, text)


async def until_seen(page: Page, text: str) -> None:
    """Reload, as a reader would, until the page shows a text; blanks are all alike."""
    wanted = " ".join(text.split())
    try:
        async with asyncio.timeout(SOON_MS / 1000):
            while wanted not in " ".join((await page.inner_text("main")).split()):
                await asyncio.sleep(0.3)
                await page.goto(page.url)
    except TimeoutError:
        raise AssertionError(f"{page.url} does not show {text!r}") from None


@pytest.mark.timeout(600)  # a demonstration, a browser and a shell on one machine
async def test_tour_when_walked_as_it_is_written_leads_where_it_says(
    tmp_path: Path, chromium: str
) -> None:
    (start, *rest) = parts(PAGE.read_text("utf-8"))
    assert start == ("sh", "make demo ARGS=--keep\n")
    if shutil.which("curl") is None:
        pytest.fail("the page uses curl: apt-get install curl")
    with demonstration(tmp_path, start[1]) as printed:
        address = await address_in(printed)
        shell, steps, done = Shell(tmp_path), 0, 0
        asked: list[str] = []
        complaints: list[str] = []
        try:
            async with browsing(chromium) as browser:
                page = await browser.new_page(base_url=address, viewport=WIDE, locale="en")
                page.on("request", lambda request: asked.append(request.url))
                page.on("console", lambda said: complaints.append(said.text))
                page.on("pageerror", lambda error: complaints.append(str(error)))
                await page.goto("/")
                for kind, text in rest:
                    if kind == "sh":
                        await asyncio.to_thread(shell.run, text)
                        continue
                    done += await walk(page, text)
                    steps += 1
                    await shot(page, f"tour-{steps:02}")
        finally:
            shell.close()
    assert (steps, done) >= (13, 46)
    assert complaints == []
    assert {each for each in asked if not each.startswith(address)} == set()


def test_step_when_it_says_what_nobody_can_do_is_a_fault_of_the_page() -> None:
    known = "Open **Stories**. You see `x`."
    assert [each.groupdict()["page"] for each in DEED.finditer(known)] == ["Stories", None]
    with pytest.raises(AssertionError, match="Smash"):
        asyncio.run(walk(None, "Open **Stories**. Smash **Find**."))  # type: ignore[arg-type]  # nothing is done
