"""The line to a system of type 'settlement': the only file here that opens a socket."""

from __future__ import annotations

from tracehub.connect import Documents, batch_type, mapping_text
from tracehub_settlement import wire
from tracehub_settlement.config import SettlementConfig

CONNECTOR = batch_type(
    "settlement",
    SettlementConfig,
    mapping_text("tracehub_settlement"),
    system=("electronic settlement of wholesale and retail markets", "批发零售电子结算系统"),
    documents=Documents("/tickets", wire.about),
)
