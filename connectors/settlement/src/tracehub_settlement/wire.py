"""Event -> wire body of the settlement system of a market, and what its documents are about.

Must not know sockets.
"""

from __future__ import annotations

from tracehub.connect import about_first
from tracehub.connect import batch_item as item

__all__ = ["about", "item"]

about = about_first("tickets", "batchNo", "ticketNo")
