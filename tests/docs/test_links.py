"""Every relative link on every page leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("connectors/*/*.md")]
)


def broken(page: Path) -> list[str]:
    """Where a page's links lead that lead nowhere."""
    targets = LINK.findall(page.read_text("utf-8"))
    return [each for each in targets if not (page.parent / each).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_when_followed_exist(page: Path) -> None:
    assert broken(page) == []


def test_link_when_it_leads_nowhere_is_named(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[here](page.md#part), [there](https://example.com/x), [gone](gone.md)")
    assert broken(page) == ["gone.md"]
