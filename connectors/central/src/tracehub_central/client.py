"""The line to a national traceability platform: the only file here that opens a socket."""

from __future__ import annotations

from tracehub.connect import Documents, batch_type, mapping_text
from tracehub_central import wire
from tracehub_central.config import CentralConfig

CONNECTOR = batch_type(
    "central",
    CentralConfig,
    mapping_text("tracehub_central"),
    system=("national traceability platform", "中央追溯管理平台"),
    documents=Documents("/documents", wire.about),
)
