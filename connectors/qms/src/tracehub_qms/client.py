"""The line to a system of type 'qms': the only file here that opens a socket."""

from __future__ import annotations

from tracehub.connect import Documents, batch_type, mapping_text
from tracehub_qms import wire
from tracehub_qms.config import QmsConfig

CONNECTOR = batch_type(
    "qms",
    QmsConfig,
    mapping_text("tracehub_qms"),
    system=("enterprise quality management and ERP system", "企业质量管理与 ERP 系统"),
    documents=Documents("/records", wire.about),
)
