"""Event -> wire body of the enterprise quality system, and what its documents are about.

Must not know sockets.
"""

from __future__ import annotations

from typing import Any

from tracehub.connect import About
from tracehub.connect import batch_item as item

__all__ = ["about", "item"]


def about(document: Any) -> About:
    """A document's category, and the first code of its first record, else its batch or number.

    Raises:
        AttributeError, LookupError, TypeError: it is not built like one.
    """
    first = document["records"][0]
    return About(
        str(document.get("category", "")),
        str((first.get("traceCodes") or [first.get("batchNo") or first["recordNo"]])[0]),
    )
