"""Write every generated file, or name those that are stale with `--check`."""

from __future__ import annotations

import sys
from pathlib import Path

from deploy.generated import generated

ROOT = Path(__file__).parents[1]


def main() -> int:
    """0 when all is well; 1 when `--check` found a file that differs from the code."""
    stale = []
    for name, text in generated(ROOT).items():
        path = ROOT / name
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.write_text(text, "utf-8")
    for name in stale:
        sys.stdout.write(f"{name}\n")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
