from __future__ import annotations

from pathlib import Path

from tracehub.testing.wire_contract import WireContract
from tracehub_complaint import CONNECTOR, wire


class TestWire(WireContract):
    kind = CONNECTOR
    examples = Path(__file__).parent / "examples"
    about = staticmethod(wire.about)
    document = "complaints.json"
    says = ("food", "913301000000000009")
