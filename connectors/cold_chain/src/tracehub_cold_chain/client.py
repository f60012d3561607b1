"""The line to a system of type 'cold-chain': the only file here that opens a socket."""

from __future__ import annotations

from tracehub.connect import Documents, batch_type, mapping_text
from tracehub_cold_chain import wire
from tracehub_cold_chain.config import ColdChainConfig

CONNECTOR = batch_type(
    "cold-chain",
    ColdChainConfig,
    mapping_text("tracehub_cold_chain"),
    system=("cold chain warehousing and logistics", "冷链物流与仓储系统"),
    documents=Documents("/readings", wire.about),
)
