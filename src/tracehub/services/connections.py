"""Connections as operators see them: what is wanted of each, and how its services are doing.

Must not know who asks, or how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tracehub.bus.port import Bus
from tracehub.services.standing import RUNNING, standings
from tracehub.services.wishes import Wishes


async def status(bus: Bus, wishes: Wishes, connection: str) -> Mapping[str, Any]:
    """The status of one connection, in the shape of Kafka Connect's.

    `state` is `RUNNING` or `PAUSED` when all that serve it agree, `CHANGING` on the way from one
    to the other, and `UNASSIGNED` when nobody serves it.

    Raises:
        RetryError: the log did not answer.
    """
    tasks = await standings(bus, connection)
    states = {each.state for each in tasks}
    lags = [each.lag for each in tasks if each.lag is not None and each.state == RUNNING]
    return {
        "name": connection,
        "wish": wishes.of(connection)._asdict(),
        "connector": {"state": states.pop() if len(states) == 1 else _mixed(states)},
        "lag": sum(lags) if lags else None,
        "tasks": [asdict(each) for each in tasks],
    }


def _mixed(states: set[str]) -> str:
    return "CHANGING" if states else "UNASSIGNED"
