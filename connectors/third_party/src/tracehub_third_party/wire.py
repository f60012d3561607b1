"""Event -> wire body of the third-party traceability platform, and what its documents are about.

Must not know sockets.
"""

from __future__ import annotations

from typing import Any

from tracehub.connect import About
from tracehub.connect import batch_item as item

__all__ = ["about", "item"]


def about(document: Any) -> About:
    """A document's category, and the batch of its first record, else its number.

    Raises:
        AttributeError, LookupError, TypeError: it is not built like one.
    """
    first = document["records"][0]
    return About(str(document.get("category", "")), str(first.get("batchNo") or first["recordNo"]))
