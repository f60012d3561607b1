"""The line to a system of type 'certification': the only file here that opens a socket."""

from __future__ import annotations

from tracehub.connect import Documents, batch_type, mapping_text
from tracehub_certification import wire
from tracehub_certification.config import CertificationConfig

CONNECTOR = batch_type(
    "certification",
    CertificationConfig,
    mapping_text("tracehub_certification"),
    system=("certification and accreditation body", "认证认可系统"),
    documents=Documents("/certificates", wire.about),
)
