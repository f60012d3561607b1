"""The line to a system of type 'customs': the only file here that opens a socket."""

from __future__ import annotations

from tracehub.connect import Documents, batch_type, mapping_text
from tracehub_customs import wire
from tracehub_customs.config import CustomsConfig

CONNECTOR = batch_type(
    "customs",
    CustomsConfig,
    mapping_text("tracehub_customs"),
    system=("customs declaration system", "海关报关系统"),
    documents=Documents("/declarations", wire.about),
)
