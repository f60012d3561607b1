"""What is vendored is what its manifest says, with its licence beside it."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

from tracehub.console.pages import VENDORED


def test_vendored_files_are_those_of_the_manifest_and_have_their_licence() -> None:
    manifest = json.loads(VENDORED.read_text("utf-8"))
    folder: Path = VENDORED.parent
    assert {each.name for each in folder.glob("*.js")} == set(manifest)
    for name, said in manifest.items():
        digest = hashlib.sha384((folder / name).read_bytes()).digest()
        assert said["integrity"] == f"sha384-{base64.b64encode(digest).decode()}"
        assert (folder / said["license_file"]).is_file()
        assert said["version"]
