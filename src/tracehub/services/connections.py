"""Connections as operators see them: what is wanted of each, and how its services are doing.

Must not know who asks, or how.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tracehub.bus.port import Bus
from tracehub.services.standing import RUNNING, Standing, standings
from tracehub.services.wishes import Wishes
from tracehub.telemetry.log import Logger


async def status(bus: Bus, wishes: Wishes, connection: str, log: Logger) -> Mapping[str, Any]:
    """The status of one connection, in the shape of Kafka Connect's.

    Raises:
        RetryError: the log did not answer.
    """
    tasks = await standings(bus, connection, log)
    return {
        "name": connection,
        "wish": wishes.of(connection)._asdict(),
        "connector": {"state": state_of(tasks)},
        "lag": lag_of(tasks),
        "tasks": [asdict(each) for each in tasks],
    }


def state_of(tasks: Sequence[Standing]) -> str:
    """`RUNNING` or `PAUSED` when all that serve a connection agree.

    `CHANGING` on the way from one to the other, and `UNASSIGNED` when nobody serves it.
    """
    states = {each.state for each in tasks}
    if len(states) == 1:
        return states.pop()
    return "CHANGING" if states else "UNASSIGNED"


def lag_of(tasks: Sequence[Standing]) -> int | None:
    """Records that wait for a connection; None while nobody who serves it can tell."""
    lags = [each.lag for each in tasks if each.lag is not None and each.state == RUNNING]
    return sum(lags) if lags else None
