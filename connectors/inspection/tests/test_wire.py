from __future__ import annotations

from pathlib import Path

import orjson

from tracehub.testing.wire_contract import WireContract
from tracehub_inspection import CONNECTOR, wire


class TestWire(WireContract):
    kind = CONNECTOR
    examples = Path(__file__).parent / "examples"
    about = staticmethod(wire.about)
    document = "report.json"
    says = ("food", "A1")


def test_report_when_it_names_codes_is_about_the_first() -> None:
    document = orjson.loads((TestWire.examples / "report.json").read_bytes())
    document["reports"][0]["traceCodes"] = ["81234567890000000001", "other"]
    assert wire.about(document).key == "81234567890000000001"
