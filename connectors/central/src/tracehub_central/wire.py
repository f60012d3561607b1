"""Event -> wire body of the central platform: the batch format, and what it dispatches is about.

Must not know sockets.
"""

from __future__ import annotations

from tracehub.connect import about_epcis as about
from tracehub.connect import batch_item as item

__all__ = ["about", "item"]
