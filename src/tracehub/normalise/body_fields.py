"""Where each field of the plain form stands in the canonical body, for building and back.

Must not know how either is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from tracehub.avro.catalogue import Schema
from tracehub.model.event import SECTIONS
from tracehub.normalise import fields
from tracehub.normalise.plain import HUB_NAMESPACE

PUBLIC_LISTS: Final = {
    "epcList": "epcs",
    "childEPCs": "child_epcs",
    "inputEPCList": "input_epcs",
    "outputEPCList": "output_epcs",
    "certificationInfo": "certification_info",
}
QUANTITY_LISTS: Final = {
    "quantityList": "quantities",
    "childQuantityList": "child_quantities",
    "inputQuantityList": "input_quantities",
    "outputQuantityList": "output_quantities",
}
TYPED_LISTS: Final = {
    "bizTransactionList": "transactions",
    "sourceList": "sources",
    "destinationList": "destinations",
}
PLACES: Final = {"readPoint": "read_point", "bizLocation": "biz_location"}
REGULATOR_TEXTS: Final = {"recordTime": "record_time", "transformationID": "transformation_id"}
REPORT: Final = {
    **fields.REPORT_TEXTS,
    **fields.REPORT_NUMBERS,
    fields.REPORT_FLAG: "boolean_value",
}
TEST_FIELDS: Final = (
    "verdict",
    "report_id",
    "laboratory",
    "method",
    "item",
    "value",
    "limit",
    "sampled_at",
)
DECISION_FIELDS: Final = (
    "subject",
    "list",
    "action",
    "authority",
    "number",
    "legal_basis",
    "measure",
    "appeal_state",
    "valid_from",
    "valid_until",
)
"""Texts of a decision; its `reason_event_ids` are a list."""
REASON_IDS: Final = "reason_event_ids"
SHARED_TEXTS: Final = {
    "price": "trade_secret",
    "contract_id": "trade_secret",
    "contact": "personal",
}
"""Our own elements that every category has, and the section of each."""


def hub(name: str) -> str:
    """The key of one of our own elements."""
    return f"{{{HUB_NAMESPACE}}}{name}"


class Layout(NamedTuple):
    """The sections of one category's events.

    Attributes:
        attributes: key of our own element -> (section, field), for the category's own attributes.
        empty: an empty record of each section: every field present, the body apart.
    """

    attributes: Mapping[str, tuple[str, str]]
    empty: Mapping[str, Mapping[str, Any]]


def layout_of(schema: Schema) -> Layout:
    """Read a category's sections from its schema."""
    attributes: dict[str, tuple[str, str]] = {}
    empty: dict[str, Mapping[str, Any]] = {}
    for section, field in zip(SECTIONS, schema.text["fields"][-len(SECTIONS) :], strict=True):
        own = [each["name"] for each in field["type"][1]["fields"] if each["name"] != "body"]
        attributes.update({hub(name): (section, name) for name in own})
        empty[section] = dict.fromkeys(own)
    return Layout(attributes, empty)
