"""The line to a system of type 'border-inspection': the only file here that opens a socket."""

from __future__ import annotations

from tracehub.connect import Documents, batch_type, mapping_text
from tracehub_border_inspection import wire
from tracehub_border_inspection.config import BorderInspectionConfig

CONNECTOR = batch_type(
    "border-inspection",
    BorderInspectionConfig,
    mapping_text("tracehub_border_inspection"),
    system=("import and export inspection and quarantine", "出入境检验检疫系统"),
    documents=Documents("/results", wire.about),
)
