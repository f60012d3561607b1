"""Make CHANGELOG.md from the fragments: `python -m deploy.changelog 0.2.0 2026-12-01`.

The fragments of the release are removed. Must not know what changed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
KINDS: Final = {"added": "Added", "changed": "Changed", "fixed": "Fixed"}
TITLE: Final = "# Changes\n"


def release(root: Path, version: str, date: str) -> None:
    """Put the fragments at the head of the changelog, and take them away.

    Raises:
        ValueError: a fragment's name does not say what kind it is, or there is none.
    """
    fragments = sorted((root / "changelog.d").glob("*.md"))
    path = root / "CHANGELOG.md"
    older = path.read_text("utf-8").removeprefix(TITLE) if path.is_file() else ""
    path.write_text(f"{TITLE}\n{section(fragments, version, date)}{older}", "utf-8")
    for each in fragments:
        each.unlink()


def section(fragments: list[Path], version: str, date: str) -> str:
    """The section of one release: the fragments by kind, each as one entry."""
    kinds: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for each in fragments:
        kind = each.stem.rpartition(".")[2]
        if kind not in kinds:
            named = ", ".join(f"what.{known}.md" for known in KINDS)
            raise ValueError(f"changelog.d/{each.name}: name it one of {named}")
        kinds[kind].append(" ".join(each.read_text("utf-8").split()))
    if not fragments:
        raise ValueError("changelog.d holds no fragment, so there is nothing to release")
    parts = [
        f"### {KINDS[kind]}\n\n" + "".join(f"- {text}\n" for text in texts)
        for kind, texts in kinds.items()
        if texts
    ]
    return f"## {version} ({date})\n\n" + "\n".join(parts)


if __name__ == "__main__":
    release(ROOT, *sys.argv[1:3])
