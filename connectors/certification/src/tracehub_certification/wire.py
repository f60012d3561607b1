"""Event -> wire body of the certification and accreditation body, and what its documents are about.

Must not know sockets.
"""

from __future__ import annotations

from typing import Any

from tracehub.connect import About
from tracehub.connect import batch_item as item

__all__ = ["about", "item"]


def about(document: Any) -> About:
    """A document's category, and the product of its first certificate, else its number.

    Raises:
        AttributeError, LookupError, TypeError: it is not built like one.
    """
    first = document["certificates"][0]
    return About(
        str(document.get("category", "")), str(first.get("productCode") or first["certificateNo"])
    )
