"""Course: what is recorded of one raw partition, and what is to be recorded next. Pure.

Must not know where records lie; see `Switches` for why they are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

Wanted = tuple[str, int]
"""The version of an edition, and its ordinal."""


class Switch(NamedTuple):
    """From raw offset `first` on the edition with this version (hex) holds.

    `ordinal` orders editions in time (see `Editions`).
    """

    first: int
    edition: str
    ordinal: int


class Step(NamedTuple):
    """The next record of a course: a proposal, or a switch.

    Attributes:
        number: which switch of the course it is about, from 0.
        edition: what is to hold.
        least: the offset that a switch may not lie before; None for a proposal.
        ending: the switch lies at the end of the raw partition.
    """

    number: int
    edition: Wanted
    least: int | None = None
    ending: bool = False

    def found(self, end: int) -> dict[str, Any]:
        """What is recorded, when the raw partition ends there."""
        version, ordinal = self.edition
        found: dict[str, Any] = {"index": self.number, "edition": version, "ordinal": ordinal}
        if self.least is not None:
            found["first"] = max(self.least, end)
        return found


def read_found(value: bytes) -> Mapping[str, Any]:
    """What is recorded, as `Step.found()` made it.

    Raises:
        ValueError: it says something else.
    """
    found: Any = orjson.loads(value)
    match found:
        case {"index": int(), "edition": str(), "ordinal": int()} if isinstance(
            found.get("first", 0), int
        ):
            return dict(found)
    raise ValueError("is neither a proposal nor a switch")


@dataclass(slots=True)
class Course:
    """What is recorded of one raw partition.

    Attributes:
        switches: in their order; the first is from offset 0.
        proposed: the edition and ordinal of the next one, when its offset is not recorded yet.
        inherited: how many switches were there when this member came.
    """

    switches: list[Switch] = field(default_factory=list)
    proposed: Wanted | None = None
    inherited: int = 0

    def take(self, found: Mapping[str, Any]) -> None:
        """Fold one record; one that comes too late has no effect."""
        if found["index"] != len(self.switches):
            return
        edition = found["edition"], found["ordinal"]
        if "first" not in found:
            self.proposed = self.proposed or edition
        elif not self.switches or self.proposed == edition:
            self.switches.append(Switch(found["first"], *edition))
            self.proposed = None

    def at(self, offset: int) -> str:
        """The edition that holds at a raw offset."""
        return next(each.edition for each in reversed(self.switches) if each.first <= offset)

    def before(self, end: int) -> int:
        """How many switches lie before an offset; by these all before it is judged."""
        found = len(self.switches)
        while found and self.switches[found - 1].first >= end:
            found -= 1
        return found

    def reached(self) -> tuple[int, Wanted | None]:
        """How far it has come; another after every step."""
        return len(self.switches), self.proposed

    def next(self, wanted: Wanted) -> Step | None:
        """What is to be recorded next; None when what is wanted holds, or comes too late."""
        number = len(self.switches)
        if not number:
            return Step(number, wanted, least=0)
        if self.proposed is not None:
            return Step(number, self.proposed, least=self.switches[-1].first, ending=True)
        return Step(number, wanted) if self._is_newer(wanted) else None

    def _is_newer(self, wanted: Wanted) -> bool:
        """Is the wanted edition to follow the last one?

        Files have no time: theirs is taken only in place of what was there when this member came.
        """
        last = self.switches[-1]
        if wanted[0] == last.edition:
            return False
        inherited = len(self.switches) <= self.inherited
        return wanted[1] > last.ordinal or (wanted[1] == last.ordinal and inherited)
