"""The line to a system of type 'ecommerce': the only file here that opens a socket."""

from __future__ import annotations

from tracehub.connect import Documents, batch_type, mapping_text
from tracehub_ecommerce import wire
from tracehub_ecommerce.config import EcommerceConfig

CONNECTOR = batch_type(
    "ecommerce",
    EcommerceConfig,
    mapping_text("tracehub_ecommerce"),
    system=("e-commerce platform", "电子商务平台"),
    documents=Documents("/sales", wire.about),
)
