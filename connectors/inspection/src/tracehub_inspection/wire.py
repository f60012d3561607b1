"""Event -> wire body of an inspection laboratory, and what its reports are about.

Must not know sockets.
"""

from __future__ import annotations

from typing import Any

from tracehub.connect import About
from tracehub.connect import batch_item as item

__all__ = ["about", "item"]


def about(document: Any) -> About:
    """A document's category, and the first thing that its first report is about.

    Raises:
        AttributeError, LookupError, TypeError: it is not built like one.
    """
    report = document["reports"][0]
    codes = report.get("traceCodes") or [report.get("batchNo") or report["reportNo"]]
    return About(str(document.get("category", "")), str(codes[0]))
