"""The line to a system of type 'complaint': the only file here that opens a socket."""

from __future__ import annotations

from tracehub.connect import Documents, batch_type, mapping_text
from tracehub_complaint import wire
from tracehub_complaint.config import ComplaintConfig

CONNECTOR = batch_type(
    "complaint",
    ComplaintConfig,
    mapping_text("tracehub_complaint"),
    system=("consumer complaints and reports", "消费者举报投诉系统"),
    documents=Documents("/complaints", wire.about),
)
