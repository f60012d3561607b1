"""Event -> wire body of the central platform. Must not know sockets."""

from __future__ import annotations

from typing import Any

from tracehub.connect import Delivery, Mapping, write_item


def item(delivery: Delivery, mapping: Mapping) -> dict[str, Any]:
    """One event of a request, in the batch format with this system's own body.

    Raises:
        RejectError: the field table can't write this event.
    """
    return write_item(delivery, mapping.write(delivery.event))
