"""Readings: what services tell of themselves at `/metrics`, and the rates between two looks. Pure.

Must not know where the text comes from.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

_SAMPLE: Final = re.compile(r"^(tracehub_\w+?)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

Labels = frozenset[tuple[str, str]]


class Readings(NamedTuple):
    """Every sample by its name and labels; of several processes, the sum."""

    samples: Mapping[str, Mapping[Labels, float]]

    def total(self, name: str, **labels: str) -> float:
        """The sum of all samples that have these labels."""
        wanted = set(labels.items())
        return sum(value for found, value in self.samples.get(name, {}).items() if wanted <= found)

    def by(self, name: str, label: str, **labels: str) -> Mapping[str, float]:
        """The same for each value of one label."""
        wanted = set(labels.items())
        found: dict[str, float] = defaultdict(float)
        for each, value in self.samples.get(name, {}).items():
            if wanted <= each:
                found[dict(each).get(label, "")] += value
        return found


def readings(*texts: str) -> Readings:
    """Read the text format of Prometheus 0.0.4, of our own metrics."""
    samples: dict[str, dict[Labels, float]] = defaultdict(lambda: defaultdict(float))
    for text in texts:
        for name, labels, value in _SAMPLE.findall(text):
            samples[name][frozenset(_LABEL.findall(labels))] += float(value)
    return Readings(samples)
