"""Under which licences the hub runs: every distribution it needs, and whether that is allowed.

Must not know how they were installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, distributions
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

DENIED: Final = re.compile(r"\bA?GPL|(?<!Lesser )General Public License|\bSSPL|\bBUSL|\bBSL-1\.1")
"""Licences that would bind whoever runs or changes the hub; LGPL is imported, never copied."""


def needed(names: Iterable[str], installed: Mapping[str, Distribution]) -> dict[str, Distribution]:
    """All distributions that these need at run time, by name, themselves included.

    Args:
        names: of distributions, also with extras: `tracehub[otel]`.
        installed: what there is to look among.
    """
    found: dict[str, Distribution] = {}
    left = [
        (canonicalize_name(each.name), extra)
        for each in map(Requirement, names)
        for extra in ("", *each.extras)
    ]
    asked: set[tuple[str, str]] = set()
    while left:
        name, extra = left.pop()
        if (name, extra) in asked or name not in installed:
            continue
        asked.add((name, extra))
        found[name] = installed[name]
        for text in installed[name].requires or ():
            wanted = Requirement(text)
            if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
                left += [(canonicalize_name(wanted.name), each) for each in ("", *wanted.extras)]
    return found


def installed(path: Iterable[str] | None = None) -> dict[str, Distribution]:
    """Every distribution here, or in these folders, by its canonical name."""
    found = distributions() if path is None else distributions(path=list(path))
    return {canonicalize_name(each.metadata["Name"]): each for each in found}


def licence(distribution: Distribution) -> str:
    """What a distribution says its licence is; empty when it says nothing."""
    metadata = distribution.metadata
    expressions = metadata.get_all("License-Expression") or ()
    classified = [
        each.rpartition(" :: ")[2]
        for each in metadata.get_all("Classifier") or ()
        if each.startswith("License ::")
    ]
    texts = [each.strip().split("\n", 1)[0] for each in metadata.get_all("License") or ()]
    return " OR ".join(expressions or classified or texts)


def refused(found: Mapping[str, Distribution]) -> list[str]:
    """Distributions that must not be part of a running hub, with their licence."""
    told = {name: licence(each) for name, each in sorted(found.items())}
    return [
        f"{name}: {text or 'says no licence'}"
        for name, text in told.items()
        if not text or DENIED.search(text)
    ]
