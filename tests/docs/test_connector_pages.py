"""Every connector's page says what it must, and its example connections are good settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tracehub.app import Edges
from tracehub.app.connections import line
from tracehub.connect import load_type
from tracehub.settings import Settings
from tracehub.telemetry.log import silent

ROOT = Path(__file__).parents[2]
PAGES = sorted(ROOT.glob("connectors/*/README.md"))
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
SECRET = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"  # noqa: S105 - of this test only


def connections(page: Path) -> dict[str, Any]:
    (block,) = BLOCK.findall(page.read_text("utf-8"))
    found: dict[str, Any] = yaml.safe_load(block)["connections"]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.parent.name))
def test_page_when_read_says_protocol_authentication_limits_and_what_is_unknown(
    page: Path,
) -> None:
    text = page.read_text("utf-8").lower()
    for word in ("protocol", "authentication", "limits", "idempotency", "## unknown"):
        assert word in text
    assert page.parent.name.replace("_", "-") == text.split("\n", 1)[0].removeprefix("# ")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.parent.name))
def test_connection_when_written_as_on_the_page_is_good(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = connections(page)
    for entry in written.values():
        for name in entry["secrets"]:
            entry["secrets"][name] = {"env": "THE_SECRET"}
    monkeypatch.setenv("THE_SECRET", SECRET)
    settings = Settings(connections=written)
    for connection in settings.models():
        kind = load_type(connection.type)
        settled = settings.connections[connection.id]
        lined = line(connection, settled, kind, Edges(silent()))
        assert isinstance(lined.config, kind.config)
