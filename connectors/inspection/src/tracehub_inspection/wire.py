"""Event -> wire body of an inspection laboratory, and what its reports are about.

Must not know sockets.
"""

from __future__ import annotations

from tracehub.connect import about_first
from tracehub.connect import batch_item as item

__all__ = ["about", "item"]

about = about_first("reports", "traceCodes", "batchNo", "reportNo")
