"""The line to a credit management system: the only file here that opens a socket."""

from __future__ import annotations

from tracehub.connect import Documents, batch_type, mapping_text
from tracehub_credit import wire
from tracehub_credit.config import CreditConfig

CONNECTOR = batch_type(
    "credit",
    CreditConfig,
    mapping_text("tracehub_credit"),
    system=("credit management system", "信用管理系统"),
    documents=Documents("/changes", wire.about),
)
