"""Event -> wire body of the consumer complaints and reports, and what its documents are about.

Must not know sockets.
"""

from __future__ import annotations

from typing import Any

from tracehub.connect import About
from tracehub.connect import batch_item as item

__all__ = ["about", "item"]


def about(document: Any) -> About:
    """A document's category, and the party that its first complaint is about, else its number.

    Raises:
        AttributeError, LookupError, TypeError: it is not built like one.
    """
    first = document["complaints"][0]
    return About(
        str(document.get("category", "")), str(first.get("subject") or first["complaintNo"])
    )
