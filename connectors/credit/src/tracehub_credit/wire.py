"""Event -> wire body of a credit management system, and what its changes are about.

Must not know sockets.
"""

from __future__ import annotations

from typing import Any

from tracehub.connect import About, Delivery, Mapping, write_item


def item(delivery: Delivery, mapping: Mapping) -> dict[str, Any]:
    """One event of a request, in the batch format with this system's own body.

    Raises:
        RejectError: the field table can't write this event.
    """
    return write_item(delivery, mapping.write(delivery.event))


def about(document: Any) -> About:
    """A document's category, if it names one, and the party that its first change is about.

    Raises:
        AttributeError, LookupError, TypeError: it is not built like one.
    """
    return About(str(document.get("category", "")), str(document["changes"][0]["uscc"]))
