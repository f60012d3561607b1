"""Strict JSON for mapped records. Must not know what the document means."""

from __future__ import annotations

import json
from typing import Any

from tracehub.errors import RejectError


def parse_json(value: bytes) -> Any:
    """Parse bytes.

    Raises:
        RejectError: `json/malformed`.
    """
    try:
        return json.loads(value.decode())
    except (ValueError, RecursionError) as error:
        raise RejectError("json/malformed", f"the record is not JSON: {error}") from None
