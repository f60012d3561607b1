"""The line to a system of type 'third-party': the only file here that opens a socket."""

from __future__ import annotations

from tracehub.connect import Documents, batch_type, mapping_text
from tracehub_third_party import wire
from tracehub_third_party.config import ThirdPartyConfig

CONNECTOR = batch_type(
    "third-party",
    ThirdPartyConfig,
    mapping_text("tracehub_third_party"),
    system=("third-party traceability platform", "第三方追溯平台"),
    documents=Documents("/documents", wire.about),
)
