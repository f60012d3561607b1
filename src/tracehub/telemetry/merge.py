"""Merge: the metrics of several workers as one exposition, each sample labelled with its worker.

Must not know how they are asked. Prometheus text format 0.0.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def merged(expositions: Mapping[str, str]) -> str:
    """All families once, with the samples of every worker.

    Args:
        expositions: texts by worker; those of the empty name get no label.
    """
    heads: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}
    for name, text in expositions.items():
        for family, head, lines in _families(text):
            heads.setdefault(family, head)
            samples.setdefault(family, []).extend(
                _labelled(each, name) if name else each for each in lines
            )
    return "".join(
        line + "\n" for family, head in heads.items() for line in (*head, *samples[family])
    )


def _families(text: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each family's name, its comments and its samples."""
    family, head, lines = "", list[str](), list[str]()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            if family:
                yield family, head, lines
            family, head, lines = line.split(" ", 3)[2], [line], []
        elif line.startswith("#"):
            head.append(line)
        elif line:
            lines.append(line)
    if family:
        yield family, head, lines


def _labelled(sample: str, number: str) -> str:
    name, brace, rest = sample.partition("{")
    if brace:
        return f'{name}{{worker="{number}",{rest}'
    name, _, value = sample.partition(" ")
    return f'{name}{{worker="{number}"}} {value}'
