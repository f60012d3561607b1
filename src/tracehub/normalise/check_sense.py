"""Can all that an event says be true at once: times, action, family, amounts, parties?

Must not know the form of single fields: they are good when this is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tracehub.normalise import fields
from tracehub.normalise import rules_sense as rules
from tracehub.normalise.body_fields import hub
from tracehub.normalise.plain import DECISION, PlainEvent
from tracehub.normalise.times import instant
from tracehub.normalise.verdict import Remarks

BEGINNINGS: Final = frozenset({"commissioning", "creating_class_instance"})
ENDINGS: Final = frozenset({"decommissioning", "destroying"})
PARTY_TYPES: Final = frozenset({"owning_party", "possessing_party"})
_OFFSET_LENGTH: Final = 6


def check_sense(event: PlainEvent, path: str, remarks: Remarks) -> None:
    """Every rule about the event as a whole."""
    if "eventTime" in event:
        _check_times(event, path, remarks)
    if against_step(event):
        remarks.add(rules.ACTION_AGAINST_STEP, f"{path}.action")
    _check_family(event, path, remarks)
    for name in fields.QUANTITY_LISTS:
        for index, each in enumerate(event.get(name, ())):
            if lacks_unit(each):
                remarks.add(rules.UOM_MISSING, f"{path}.{name}[{index}]")
    if event.get("type") == "TransactionEvent" and not has_party(event):
        remarks.add(rules.PARTY_MISSING, path)
    _check_decision(event.get(DECISION), path, remarks)


def zone_differs(event: PlainEvent) -> bool:
    """True when the event's time is written in an offset of its own."""
    time, offset = event["eventTime"], event.get("eventTimeZoneOffset", "")
    own = time[-_OFFSET_LENGTH:]
    return bool(offset) and own[:1] in {"+", "-"} and own != offset


def against_step(event: PlainEvent) -> bool:
    """True when the action says the opposite of the business step."""
    action, step = event.get("action"), event.get("bizStep")
    return (action == "DELETE" and step in BEGINNINGS) or (action == "ADD" and step in ENDINGS)


def lacks_unit(quantity: Mapping[str, Any]) -> bool:
    """True for a fraction of nobody knows what."""
    amount = quantity.get("quantity")
    return amount.__class__ is float and not amount.is_integer() and "uom" not in quantity


def has_party(event: PlainEvent) -> bool:
    """True when an owner or holder is named on either side."""
    return any(
        entry.get("type") in PARTY_TYPES
        for name in ("sourceList", "destinationList")
        for entry in event.get(name, ())
    )


def _check_times(event: PlainEvent, path: str, remarks: Remarks) -> None:
    happened = instant(event["eventTime"]).ms
    if zone_differs(event):
        remarks.add(rules.ZONE_DIFFERS, f"{path}.eventTime")
    if _is_before(event.get("recordTime"), happened):
        remarks.add(rules.RECORD_BEFORE, f"{path}.recordTime")
    declaration = event.get("errorDeclaration", {})
    if _is_before(declaration.get("declarationTime"), happened):
        remarks.add(rules.DECLARED_BEFORE, f"{path}.errorDeclaration.declarationTime")
    for index, element in enumerate(event.get("sensorElementList", ())):
        metadata = element.get("sensorMetadata", {})
        start = metadata.get("startTime")
        if start is not None and _is_before(metadata.get("endTime"), instant(start).ms):
            remarks.add(rules.SENSOR_PERIOD, f"{path}.sensorElementList[{index}].sensorMetadata")


def _is_before(text: str | None, other_ms: int) -> bool:
    found = instant(text) if text is not None else None
    return found is not None and bool(found.ms) and found.ms < other_ms


def _check_family(event: PlainEvent, path: str, remarks: Remarks) -> None:
    if event.get("parentID") in event.get("childEPCs", ()):
        remarks.add(rules.PARENT_IN_CHILDREN, f"{path}.parentID")
    for name in fields.EPC_LISTS:
        things = event.get(name, ())
        if len(set(things)) != len(things):
            remarks.add(rules.EPC_REPEATED, f"{path}.{name}")
    if not set(event.get("inputEPCList", ())).isdisjoint(event.get("outputEPCList", ())):
        remarks.add(rules.INPUT_IS_OUTPUT, f"{path}.outputEPCList")


def _check_decision(decision: Any, path: str, remarks: Remarks) -> None:
    """ISO 8601 dates stand in the order of their text, days and instants of one zone alike."""
    if not isinstance(decision, dict):
        return
    first, last = decision.get(hub("valid_from")), decision.get(hub("valid_until"))
    if isinstance(first, str) and isinstance(last, str) and last < first:
        remarks.add(rules.DECISION_PERIOD, f"{path}.{DECISION}")
