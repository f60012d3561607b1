from __future__ import annotations

from pathlib import Path

from tracehub.testing.wire_contract import WireContract
from tracehub_central import CONNECTOR, wire


class TestWire(WireContract):
    kind = CONNECTOR
    examples = Path(__file__).parent / "examples"
    about = staticmethod(wire.about)
    document = "documents.json"
    says = ("food", "urn:epc:id:sgtin:6901028.007583.1001")
