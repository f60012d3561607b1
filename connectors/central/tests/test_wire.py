from __future__ import annotations

from pathlib import Path

from tracehub.testing.wire_contract import WireContract
from tracehub_central import CONNECTOR


class TestWire(WireContract):
    kind = CONNECTOR
    examples = Path(__file__).parent / "examples"
