"""Event -> the document of a third-party platform, and what its own documents are about.

Must not know sockets.
"""

from __future__ import annotations

from typing import Any

from tracehub.connect import About, about_epcis, about_first
from tracehub.connect import batch_item as item

__all__ = ["about", "item"]

_about = about_first("records", "batchNo", "recordNo")


def about(document: Any) -> About:
    """A document's category, and the batch of its first record, else its number.

    Of an EPCIS document the first code of its first event.

    Raises:
        AttributeError, LookupError, TypeError: it is built like neither.
    """
    return about_epcis(document) if "epcisBody" in document else _about(document)
