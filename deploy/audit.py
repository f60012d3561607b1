"""Known weaknesses of locked packages, as pip-audit tells them: `python -m deploy.audit FILE`.

0 when there is none, 1 when there is, 2 when it could not be found out, which it says, and why.
Must not know where the file comes from.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

PROGRAM: Final = ("uv", "tool", "run", "--quiet", "pip-audit==2.10.1")
"""In an environment of its own: its pins don't go with ours."""
_ARGUMENTS: Final = ("--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off")


class Verdict(NamedTuple):
    """What is weak, one line each; what nobody knows anything of, and why."""

    weak: Sequence[str]
    unknown: Mapping[str, str]
    known: int

    @property
    def code(self) -> int:
        """The exit code."""
        return 1 if self.weak else 2 if self.unknown else 0


def verdict(report: bytes) -> Verdict:
    """Read a report of pip-audit."""
    packages = orjson.loads(report)["dependencies"]
    unknown = {each["name"]: each["skip_reason"] for each in packages if "skip_reason" in each}
    return Verdict(list(_weak(packages)), unknown, len(packages) - len(unknown))


def _weak(packages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for package in packages:
        for each in package.get("vulns", ()):
            mended = ", ".join(each["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {each['id']}, mended in {mended}"


def told(found: Verdict) -> str:
    """The verdict in words."""
    lines = list(found.weak)
    if found.unknown:
        names = ", ".join(sorted(found.unknown))
        first = next(iter(found.unknown.values()))
        lines.append(f"NOT AUDITED, for nobody here knows: {names} ({first})")
    return "\n".join([*lines, f"{found.known} packages audited, {len(found.weak)} weaknesses"])


def asked(requirements: Path) -> Verdict:
    """Ask about every package of a file of requirements with hashes."""
    done = subprocess.run(  # noqa: S603 - a fixed program; the file is an argument
        [*PROGRAM, *_ARGUMENTS, "--requirement", str(requirements)],
        capture_output=True,
        check=False,
    )
    if not done.stdout:
        reason = done.stderr.decode().strip().rpartition("\n")[2]
        return Verdict((), {"pip-audit": reason}, 0)
    return verdict(done.stdout)


if __name__ == "__main__":
    answer = asked(Path(sys.argv[1]))
    sys.stdout.write(told(answer) + "\n")
    sys.exit(answer.code)
