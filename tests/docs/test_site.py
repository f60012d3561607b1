"""The documentation as a site: every link and anchor is good, and nothing comes from a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import reference
from tests.deploy.conftest import ROOT
from tracehub.cli.main import COMMANDS
from tracehub.settings import (
    ConnectionSettings,
    ConsoleSettings,
    GatewaySettings,
    GrantSettings,
    IndexSettings,
    LimitSettings,
    OidcSettings,
    PrincipalSettings,
    Settings,
)
from tracehub.telemetry.metrics import Metrics

LOADED = re.compile(r'<(?:script|link|img)\b[^>]*?(?:src|href)="(https?://[^"]+)"')


def build(docs: Path, site: Path) -> tuple[int, str]:
    """Build the site of a folder of pages, strictly."""
    config = docs.parent / "mkdocs.yml"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", config, "-d", site],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    return shutil.copytree(ROOT / "docs", tmp_path / "docs")


def test_site_when_built_has_every_page_and_loads_nothing_from_elsewhere(
    docs: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    code, text = build(docs, site)
    assert code == 0, text
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(list(docs.rglob("*.md")))
    loaded = {each for page in pages for each in LOADED.findall(page.read_text("utf-8"))}
    assert loaded == set()


@pytest.mark.parametrize("broken", ["[gone](gone.md)", "[anchor](guarantees.md#nowhere)"])
def test_site_when_a_link_leads_nowhere_is_not_built(
    docs: Path, tmp_path: Path, broken: str
) -> None:
    page = docs / "index.md"
    page.write_text(f"{page.read_text('utf-8')}\n{broken}\n", "utf-8")
    code, text = build(docs, tmp_path / "site")
    assert code != 0
    assert "index.md" in text


def test_site_when_a_page_is_in_no_menu_is_not_built(docs: Path, tmp_path: Path) -> None:
    (docs / "lonely.md").write_text("# Nobody finds me\n", "utf-8")
    code, text = build(docs, tmp_path / "site")
    assert code != 0
    assert "lonely.md" in text


def test_reference_when_made_names_every_setting_metric_and_command() -> None:
    pages = reference.pages()
    fields = {*Settings.model_fields} - {
        "bus",
        "services",
        "gateway",
        "index",
        "console",
        "connections",
    }
    fields |= {f"index.{each}" for each in IndexSettings.model_fields}
    fields |= {f"console.{each}" for each in ConsoleSettings.model_fields}
    fields |= {f"console.oidc.{each}" for each in OidcSettings.model_fields}
    fields |= {f"console.oidc.grants.<value>.{each}" for each in GrantSettings.model_fields}
    fields |= {f"gateway.{each}" for each in GatewaySettings.model_fields}
    fields |= {f"gateway.principals.<name>.{each}" for each in PrincipalSettings.model_fields}
    fields |= {f"connections.<id>.{each}" for each in ConnectionSettings.model_fields}
    fields -= {"connections.<id>.limits"}
    fields |= {f"connections.<id>.limits.{each}" for each in LimitSettings.model_fields}
    assert [each for each in fields if f"`{each}`" not in pages["settings.md"]] == []
    metrics = {each.name for each in Metrics().registry.collect()}
    assert [each for each in metrics if f"`{each}" not in pages["metrics.md"]] == []
    assert [each for each in COMMANDS if f"## `tracehub {each}" not in pages["commands.md"]] == []
