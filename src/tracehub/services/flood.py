"""Floods: a publisher whose records are mostly refused rests for a while, and nobody else.

A wrong release at one publisher must not turn its topic into dead letters faster than anyone can
look; when most of all publishers are refused at once, the fault is ours and the service stops. Most
of all that the hub has, not of those heard so far: a member that has just started has heard few,
and reads their backlogs one topic after the other. Must not know why a record was refused.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Collection, Sequence
from itertools import islice
from operator import attrgetter
from typing import Final

from tracehub.clock import Clock
from tracehub.errors import ConfigError
from tracehub.model.record import Received
from tracehub.telemetry.log import Logger
from tracehub.telemetry.metrics import Metrics

WINDOW: Final = 1000
MOST_REFUSED: Final = 50
"""Of `WINDOW` records, or in a row."""
_FEWEST_PUBLISHERS: Final = 3
_offset: Final = attrgetter("offset")


class _Recent:
    """The last verdicts of one publisher."""

    def __init__(self) -> None:
        self.rest_until_s: float | None = None
        self._verdicts: deque[bool] = deque(maxlen=WINDOW)
        self._refused = 0
        self._in_a_row = 0

    def note(self, verdicts: Sequence[bool]) -> None:
        """Note the next verdicts, with no step of ours for each of them."""
        if not self._refused and True not in verdicts:
            self._verdicts.extend(verdicts)
            return
        gone = max(0, len(self._verdicts) + len(verdicts) - WINDOW)
        self._refused += sum(verdicts[-WINDOW:]) - sum(islice(self._verdicts, gone))
        self._verdicts.extend(verdicts)
        last = next((at for at, refused in enumerate(reversed(verdicts)) if not refused), None)
        self._in_a_row = self._in_a_row + len(verdicts) if last is None else last

    @property
    def flooding(self) -> bool:
        full = len(self._verdicts) == WINDOW
        return self._in_a_row >= MOST_REFUSED or (full and self._refused > MOST_REFUSED)

    def forget(self) -> None:
        self._verdicts.clear()
        self._refused = self._in_a_row = 0


class Floods:
    """The recent verdicts of all publishers, and who rests."""

    def __init__(
        self,
        clock: Clock,
        log: Logger,
        metrics: Metrics,
        rest_s: float,
        publishers: Collection[str],
    ) -> None:
        self._clock = clock
        self._log = log
        self._metrics = metrics
        self._rest_s = rest_s
        self._publishers = {each: _Recent() for each in publishers}
        self._noted: dict[tuple[str, int], int] = {}

    def note(self, publisher: str, batch: Sequence[Received], refused: Sequence[bool]) -> None:
        """Note the verdicts of a batch; what is staged again after a failed publish counts once.

        Raises:
            ConfigError: more than half of all publishers are refused at once.
        """
        recent = self._publishers[publisher]
        place = batch[0].topic, batch[0].partition
        noted = self._noted.get(place, -1)
        known = bisect_right(batch, noted, key=_offset) if noted >= batch[0].offset else 0
        recent.note(refused[known:] if known else refused)
        self._noted[place] = max(noted, batch[-1].offset)
        if self._rest_s and recent.flooding:
            recent.forget()
            recent.rest_until_s = self._clock.monotonic_s() + self._rest_s
            self._metrics.flood.labels(publisher).set(1)
            self._log.error("publisher_rests", connection=publisher, rest_s=self._rest_s)
            self._check_ourselves()

    def rest_s(self, publisher: str) -> float:
        """For how many seconds nothing of this publisher should be read."""
        recent = self._publishers[publisher]
        if recent.rest_until_s is None:
            return 0.0
        left_s = recent.rest_until_s - self._clock.monotonic_s()
        if left_s > 0:
            return left_s
        recent.rest_until_s = None
        self._metrics.flood.labels(publisher).set(0)
        return 0.0

    def _check_ourselves(self) -> None:
        resting = [each for each in self._publishers if self.rest_s(each)]
        known = len(self._publishers)
        if known >= _FEWEST_PUBLISHERS and 2 * len(resting) > known:
            raise ConfigError(
                f"{len(resting)} of {known} publishers are refused at once ({', '.join(resting)}): "
                "look at the newest rules, tables and schemas before you start again; "
                "the dead letters name the codes"
            )
