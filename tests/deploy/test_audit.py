"""The audit names what is weak, and never calls good what nobody knows anything of."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from deploy import audit

GOOD = {"name": "orjson", "version": "3.11.4", "vulns": []}
WEAK = {
    "name": "jinja2",
    "version": "2.4.1",
    "vulns": [{"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"], "aliases": []}],
}
UNKNOWN = {"name": "fastavro", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([GOOD], 0, "1 packages audited, 0 weaknesses"),
        ([GOOD, WEAK], 1, "jinja2 2.4.1: PYSEC-2019-217, mended in 2.10.1"),
        ([GOOD, UNKNOWN], 2, "NOT AUDITED, for nobody here knows: fastavro"),
        ([WEAK, UNKNOWN], 1, "NOT AUDITED"),
    ],
)
def test_audit_when_reported_is_as_good_as_what_is_known(
    packages: list[dict[str, Any]], code: int, words: str
) -> None:
    found = audit.verdict(orjson.dumps({"dependencies": packages}))
    assert found.code == code
    assert words in audit.told(found)


@pytest.mark.timeout(300)
def test_audit_when_a_package_is_weak_names_it_or_says_that_nobody_knows(
    tmp_path: Path, uv: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(uv).parent), prepend=os.pathsep)
    locked = tmp_path / "locked.txt"
    locked.write_text(f"jinja2==2.4.1 --hash=sha256:{'0' * 64}\n")
    found = audit.asked(locked)
    assert found.code == (2 if found.unknown else 1)
    assert "jinja2" in audit.told(found) or "pip-audit" in audit.told(found)
