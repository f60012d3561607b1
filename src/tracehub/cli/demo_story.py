"""`demo --story`: one consignment's story through every system, a line for each arrival."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tracehub.app import Edges
from tracehub.cli.screen import console, print_json
from tracehub.telemetry.log import silent
from tracehub.testing.consignment import CAST, steps
from tracehub.testing.consignment_run import Told, tell


async def play(directory: Path, bus: Mapping[str, Any], *, as_json: bool) -> bool:
    """Tell the story as it happens; True when every step came to what is due."""
    out, held = console(), 0
    if not as_json:
        out.print(f"{len(CAST)} systems; a hub on {bus['engine']}")
    async for told in tell(directory, bus, lambda: Edges(silent())):
        held += told.held
        if as_json:
            print_json(told.to_dict())
        else:
            out.print("\n".join(_lines(told)), markup=False)
    complete = held == len(steps())
    if not as_json:
        out.print(
            f"{held} of {len(steps())} steps came to what is due."
            if complete
            else f"Only {held} of {len(steps())} steps came to what is due."
        )
    return complete


def _lines(told: Told) -> list[str]:
    step = told.step
    lines = [f"{'✓' if told.held else '✗'} {step.title}  [{step.publisher}]"]
    for each in told.arrivals:
        answer = f"{each.status} {each.reference}".rstrip()
        lines.append(f"    → {each.connection:27} {each.rule or 'by no rule':20} {answer}")
    missing = sorted(step.due.keys() - {each.connection for each in told.arrivals})
    lines += [f"    missing: {each} by {step.due[each]}" for each in missing]
    if told.refused:
        lines.append(f"    refused: {told.refused} dead letters")
    return lines
