"""Event -> wire body of a credit management system, and what its changes are about.

Must not know sockets.
"""

from __future__ import annotations

from typing import Any

from tracehub.connect import About
from tracehub.connect import batch_item as item

__all__ = ["about", "item"]


def about(document: Any) -> About:
    """A document's category, if it names one, and the party that its first change is about.

    Raises:
        AttributeError, LookupError, TypeError: it is not built like one.
    """
    return About(str(document.get("category", "")), str(document["changes"][0]["uscc"]))
