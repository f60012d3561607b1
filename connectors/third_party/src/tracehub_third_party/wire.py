"""Event -> the document of a third-party platform, and what its own documents are about.

Must not know sockets.
"""

from __future__ import annotations

from typing import Any

from tracehub.connect import About
from tracehub.connect import batch_item as item

__all__ = ["about", "item"]


def about(document: Any) -> About:
    """A document's category, and the batch of its first record, else its number.

    Of an EPCIS document the first code of its first event.

    Raises:
        AttributeError, LookupError, TypeError: it is built like neither.
    """
    category = str(document.get("category", ""))
    if "epcisBody" in document:
        first = document["epcisBody"]["eventList"][0]
        codes = first.get("epcList") or [first["quantityList"][0]["epcClass"]]
        return About(category, str(codes[0]))
    first = document["records"][0]
    return About(category, str(first.get("batchNo") or first["recordNo"]))
