"""What an event is about: the fields that each type of event must have. Must not know codes."""

from __future__ import annotations

import re
from typing import Any, Final

from tracehub.normalise import fields
from tracehub.normalise import rules_what as rules
from tracehub.normalise.plain import PlainEvent
from tracehub.normalise.verdict import Remarks
from tracehub.normalise.vocabulary import is_uri

_ACTIONS: Final = frozenset({"ADD", "OBSERVE", "DELETE"})
_UOM: Final = re.compile(r"[A-Z0-9]{2,3}")
_SPACE: Final = re.compile(r"\s")


def check_what(kind: str, event: PlainEvent, path: str, remarks: Remarks) -> None:
    """The rules of one type of event (GS1 EPCIS 2.0 section 7.4)."""
    action = event.get("action", "")
    if kind == "TransformationEvent":
        _check_sides(event, path, remarks)
    elif "action" not in event:
        remarks.add(rules.ACTION_MISSING, f"{path}.action")
    elif action not in _ACTIONS:
        remarks.add(rules.ACTION_UNKNOWN, f"{path}.action")
    if kind == "ObjectEvent":
        _check_object(event, action, path, remarks)
    elif kind == "TransactionEvent":
        _check_transaction(event, action, path, remarks)
    elif kind != "TransformationEvent":
        _check_family(kind, event, action, path, remarks)


def check_things(event: PlainEvent, path: str, remarks: Remarks) -> None:
    """The form of everything that is named, whatever the type of event."""
    for name in fields.EPC_LISTS:
        for index, epc in enumerate(event.get(name, ())):
            _check_identifier(epc, f"{path}.{name}[{index}]", remarks)
    if "parentID" in event:
        _check_identifier(event["parentID"], f"{path}.parentID", remarks)
    for name in fields.QUANTITY_LISTS:
        for index, quantity in enumerate(event.get(name, ())):
            _check_quantity(quantity, f"{path}.{name}[{index}]", remarks)


def _check_object(event: PlainEvent, action: str, path: str, remarks: Remarks) -> None:
    sensed = "sensorElementList" in event and ("readPoint" in event or "bizLocation" in event)
    if not ("epcList" in event or "quantityList" in event or sensed):
        remarks.add(rules.OBJECT_MISSING, path)
    if "ilmd" in event and action != "ADD":
        remarks.add(rules.ILMD_EXTENDED, f"{path}.ilmd")


def _check_transaction(event: PlainEvent, action: str, path: str, remarks: Remarks) -> None:
    if "bizTransactionList" not in event:
        remarks.add(rules.TRANSACTION_MISSING, path)
    if action != "DELETE" and not ("epcList" in event or "quantityList" in event):
        remarks.add(rules.OBJECT_MISSING, path)


def _check_family(kind: str, event: PlainEvent, action: str, path: str, remarks: Remarks) -> None:
    if "parentID" not in event and (kind == "AssociationEvent" or action != "OBSERVE"):
        remarks.add(rules.PARENT_MISSING, path)
    if action != "DELETE" and not ("childEPCs" in event or "childQuantityList" in event):
        remarks.add(rules.CHILDREN_MISSING, path)


def _check_sides(event: PlainEvent, path: str, remarks: Remarks) -> None:
    inputs = "inputEPCList" in event or "inputQuantityList" in event
    outputs = "outputEPCList" in event or "outputQuantityList" in event
    whole = inputs and outputs
    if not whole and not ("transformationID" in event and (inputs or outputs)):
        remarks.add(rules.SIDES_MISSING, path)


def _check_identifier(value: str, path: str, remarks: Remarks) -> None:
    if not value or _SPACE.search(value):
        remarks.add(rules.EPC_FORMAT, path)
    elif not is_uri(value):
        remarks.add(rules.EPC_NOT_URI, path)


def _check_quantity(found: dict[str, Any], path: str, remarks: Remarks) -> None:
    if "epcClass" in found:
        _check_identifier(found["epcClass"], f"{path}.epcClass", remarks)
    else:
        remarks.add(rules.EPC_CLASS_MISSING, path)
    if found.get("quantity", 0) < 0:
        remarks.add(rules.QUANTITY_NEGATIVE, f"{path}.quantity")
    if "uom" in found and not _UOM.fullmatch(found["uom"]):
        remarks.add(rules.UOM_FORMAT, f"{path}.uom")
