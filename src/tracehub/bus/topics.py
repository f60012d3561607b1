"""Every topic name, one function each, and the way back.

A connection `<type>/<name>` is spelled `<type>.<name>`; neither part may hold a dot, so the
spelling is reversible.
"""

from __future__ import annotations

import functools
from typing import Final

STATE_EXCHANGE: Final = "state.exchange"
REPLAY: Final = "replay"
"""The control topic of what operators ask to be put back; it is kept, not compacted."""
AUDIT: Final = "audit"
"""The control topic of who came, and what operators asked of connections; it is kept."""
CATALOGUE: Final = "catalogue"
"""The control topic of product lists."""
RULES: Final = "rules"
"""The control topic that says from which raw offset on which edition of the catalogue holds."""
CONNECTIONS: Final = "connections"
"""The control topic of what operators want of each connection; compacted."""
_NAMES: Final = 10_000
"""What the same few names say is asked again and again."""


def raw(category: str, connection: str) -> str:
    """Where one connection publishes records of one category."""
    return f"raw.{category}.{_dotted(connection)}"


def event(category: str) -> str:
    """Canonical events of one category, for every consumer that may read them."""
    return f"event.{category}"


def deliver(connection: str) -> str:
    """Events for one receiver, already cut down to what it may see."""
    return f"deliver.{_dotted(connection)}"


def dead_letter(connection: str) -> str:
    """What was refused: inputs of a publisher, or deliveries to a receiver."""
    return f"dead-letter.{_dotted(connection)}"


def receipt(connection: str) -> str:
    """What became of each delivery to one receiver."""
    return f"receipt.{_dotted(connection)}"


def control(name: str) -> str:
    """What operators tell the services: requests, and tables that they follow."""
    return f"control.{name}"


def state_deliver(connection: str) -> str:
    """What deliver must remember of one connection across restarts; compacted."""
    return f"state.deliver.{_dotted(connection)}"


def state_collect(connection: str) -> str:
    """What collect must remember of one connection across restarts; compacted."""
    return f"state.collect.{_dotted(connection)}"


def collect_group(connection: str) -> str:
    """The group whose members take turns in asking one connection's system."""
    return f"collect.{_dotted(connection)}"


def state_connection(connection: str) -> str:
    """How the services of one connection are doing; compacted."""
    return f"state.connection.{_dotted(connection)}"


@functools.lru_cache(_NAMES)
def source_of(topic: str) -> tuple[str, str]:
    """`(category, connection)` of a raw topic.

    Raises:
        ValueError: the name is not one of `raw()`.
    """
    parts = topic.split(".")
    if len(parts) != 4 or parts[0] != "raw":  # noqa: PLR2004 - raw, category, type, name
        raise ValueError(f"{topic!r} is not a raw topic")
    return parts[1], f"{parts[2]}/{parts[3]}"


def connection_of(topic: str) -> str:
    """The connection of a deliver, dead-letter or receipt topic."""
    _, kind, name = topic.rsplit(".", 2)
    return f"{kind}/{name}"


@functools.lru_cache(_NAMES)
def family_of(topic: str) -> str:
    """What a topic's name begins with: `raw`, `event`, `deliver` and so on."""
    return topic.partition(".")[0]


def _dotted(connection: str) -> str:
    return connection.replace("/", ".")
