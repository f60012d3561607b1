"""The line to a system of type 'enforcement': the only file here that opens a socket."""

from __future__ import annotations

from tracehub.connect import Documents, batch_type, mapping_text
from tracehub_enforcement import wire
from tracehub_enforcement.config import EnforcementConfig

CONNECTOR = batch_type(
    "enforcement",
    EnforcementConfig,
    mapping_text("tracehub_enforcement"),
    system=("comprehensive law enforcement system", "综合执法系统"),
    documents=Documents("/decisions", wire.about),
)
