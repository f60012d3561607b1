"""The line to a inspection and testing laboratory: the only file here that opens a socket."""

from __future__ import annotations

from tracehub.connect import Documents, batch_type, mapping_text
from tracehub_inspection import wire
from tracehub_inspection.config import InspectionConfig

CONNECTOR = batch_type(
    "inspection",
    InspectionConfig,
    mapping_text("tracehub_inspection"),
    system=("inspection and testing laboratory", "检验检测信息系统"),
    documents=Documents("/reports", wire.about),
)
