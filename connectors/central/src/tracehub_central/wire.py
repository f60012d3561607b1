"""Event -> wire body of the central platform: the batch format. Must not know sockets."""

from __future__ import annotations

from tracehub.connect import batch_item as item

__all__ = ["item"]
