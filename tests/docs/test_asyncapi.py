"""The AsyncAPI document is one: AsyncAPI's own parser reads it, with its Avro schemas."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.conftest import LeaveOut
from tracehub.cli.main import app

ROOT = Path(__file__).parents[2]
PACKAGES = ("@asyncapi/parser@3.6.3", "@asyncapi/avro-schema-parser@3.0.24")
CHECK = """
const { Parser } = require("@asyncapi/parser");
const { AvroSchemaParser } = require("@asyncapi/avro-schema-parser");
(async () => {
  const parser = new Parser();
  parser.registerSchemaParser(AvroSchemaParser());
  const text = require("fs").readFileSync(process.argv[2], "utf8");
  const { document, diagnostics } = await parser.parse(text);
  const channels = document ? document.channels().all().map((each) => each.address()) : [];
  const faults = diagnostics.filter((each) => each.severity < 2);
  console.log(JSON.stringify({ channels, faults }));
})();
"""


@pytest.fixture(scope="session")
def parser(tmp_path_factory: pytest.TempPathFactory, leave_out: LeaveOut) -> Path:
    """A folder in which AsyncAPI's parser is installed."""
    if shutil.which("npm") is None:
        leave_out("npm: it installs AsyncAPI's parser")
    folder = tmp_path_factory.mktemp("asyncapi")
    (folder / "package.json").write_text('{"private": true}', "utf-8")
    (folder / "check.js").write_text(CHECK, "utf-8")
    installed = subprocess.run(
        ["npm", "install", "--silent", "--no-package-lock", "--no-audit", "--no-fund", *PACKAGES],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        leave_out(f"npm registry: {installed.stderr[-200:]}")
    return folder


def checked(parser: Path, document: dict[str, Any]) -> dict[str, Any]:
    file = parser / "document.json"
    file.write_text(json.dumps(document), "utf-8")
    done = subprocess.run(
        ["node", "check.js", file.name], cwd=parser, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_document_when_parsed_has_a_channel_for_every_topic(parser: Path) -> None:
    config = str(ROOT / "deploy" / "hub.example.yaml")
    listed = CliRunner().invoke(app, ["topics", "-c", config, "--json"])
    told = CliRunner().invoke(app, ["topics", "-c", config, "--asyncapi"])
    document = json.loads(told.stdout)
    found = checked(parser, document)
    assert found["faults"] == []
    topics = {json.loads(line)["name"] for line in listed.stdout.splitlines()}
    assert set(found["channels"]) == topics
    document["channels"]["event.food"]["messages"]["food"]["$ref"] = "#/nowhere"
    assert checked(parser, document)["faults"]
