"""A package of compiled parts that was built for another hub is refused, and what to do is said."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from tracehub.avro.package import INTERFACE

SOURCE = Path(__file__).parents[3] / "compiled" / "src" / "tracehub_compiled"


@pytest.mark.parametrize(
    ("package", "told"),
    [
        ("", "interface none, needed"),
        ("INTERFACE = 'another'", "interface another, needed"),
        ("from tracehub_compiled.codec import EventCodec", "can't be loaded (No module named"),
    ],
)
@pytest.mark.parametrize("codec", ["auto", "compiled"])
def test_package_when_it_was_built_for_another_hub_is_refused(
    tmp_path: Path, package: str, told: str, codec: str
) -> None:
    (tmp_path / "tracehub_compiled").mkdir()
    (tmp_path / "tracehub_compiled" / "__init__.py").write_text(package)
    (tmp_path / "hub.yaml").write_text(f"services: {{codec: {codec}}}\n")
    done = subprocess.run(
        [sys.executable, "-m", "tracehub", "check"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "COLUMNS": "1000"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 2
    assert "services.codec: " in done.stderr
    assert told in done.stderr
    assert "make compiled" in done.stderr


def test_interface_when_it_changes_has_another_name_on_both_sides() -> None:
    named = hashlib.sha256((SOURCE / "__init__.pyi").read_bytes()).hexdigest()[:16]
    assert named == INTERFACE
    assert f'INTERFACE: Final = "{named}"' in (SOURCE / "__init__.py").read_text("utf-8")
