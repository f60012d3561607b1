from __future__ import annotations

from pathlib import Path

from tracehub.testing.wire_contract import WireContract
from tracehub_ecommerce import CONNECTOR, wire


class TestWire(WireContract):
    kind = CONNECTOR
    examples = Path(__file__).parent / "examples"
    about = staticmethod(wire.about)
    document = "sales.json"
    says = ("food", "https://id.gs1.org/01/06901028075831/21/1")
