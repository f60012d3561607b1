"""Event -> wire body of a credit management system, and what its changes are about.

Must not know sockets.
"""

from __future__ import annotations

from tracehub.connect import about_first
from tracehub.connect import batch_item as item

__all__ = ["about", "item"]

about = about_first("changes", "uscc")
