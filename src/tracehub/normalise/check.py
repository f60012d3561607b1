"""The rules of EPCIS 2.0 and CBV 2.0 on one plain event. Must not know formats or receivers."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, Final

from tracehub.normalise import fields, rules_naming, rules_what, rules_why, vocabulary
from tracehub.normalise.check_codes import check_codes
from tracehub.normalise.check_fact import check_fact
from tracehub.normalise.check_own import check_own
from tracehub.normalise.check_sense import check_sense
from tracehub.normalise.check_sensor import check_sensors
from tracehub.normalise.check_shape import check_shape
from tracehub.normalise.check_what import check_things, check_what
from tracehub.normalise.plain import PlainEvent
from tracehub.normalise.rules import Rule
from tracehub.normalise.times import instant, is_offset
from tracehub.normalise.verdict import Remarks
from tracehub.normalise.vocabulary import Vocabulary

_WORDS: Final = {
    "bizStep": (vocabulary.BIZ_STEP, rules_why.BIZ_STEP),
    "disposition": (vocabulary.DISPOSITION, rules_why.DISPOSITION),
}
_ENTRY_TYPES: Final = {
    "bizTransactionList": (vocabulary.TRANSACTION_TYPE, rules_why.TRANSACTION_TYPE),
    "sourceList": (vocabulary.PARTY_TYPE, rules_why.PARTY_TYPE),
    "destinationList": (vocabulary.PARTY_TYPE, rules_why.PARTY_TYPE),
}
_PERSISTENT: Final = frozenset({"ObjectEvent", "TransformationEvent"})
"""Types for which GS1's JSON schema lists persistentDisposition."""


def check(event: PlainEvent, attributes: Container[str], path: str, remarks: Remarks) -> None:
    """Apply every rule; each that speaks is added to `remarks`.

    Args:
        event: a plain event.
        attributes: the keys of its category's own attributes.
        path: where it stands in its document.
        remarks: what is said about it.
    """
    if not check_shape(event, path, remarks):
        return
    kind = event.get("type", "")
    allowed = fields.ALLOWED.get(kind)
    if allowed is None:
        remarks.add(rules_what.EVENT_TYPE, f"{path}.type")
    _check_when(event, path, remarks)
    if allowed is not None:
        for name in event:
            if name in fields.EVENT and name not in allowed:
                remarks.add(rules_naming.FIELD_NOT_ALLOWED, f"{path}.{name}")
        if kind == fields.FACT:
            check_fact(event, path, remarks)
        else:
            check_what(kind, event, path, remarks)
    check_things(event, path, remarks)
    _check_where(event, path, remarks)
    _check_why(kind, event, path, remarks)
    if "sensorElementList" in event:
        check_sensors(event["sensorElementList"], f"{path}.sensorElementList", remarks)
    check_sense(event, path, remarks)
    check_own(event, attributes, path, remarks)
    check_codes(event, path, remarks)


def check_time(text: str, path: str, remarks: Remarks) -> None:
    """Any time but eventTime."""
    rule = instant(text).rule
    if rule is not None:
        remarks.add(rule, path)


def _check_when(event: PlainEvent, path: str, remarks: Remarks) -> None:
    event_id = event.get("eventID", "-")
    if not event_id or event_id.split() != [event_id]:
        remarks.add(rules_what.EVENT_ID_FORMAT, f"{path}.eventID")
    time = event.get("eventTime")
    if time is None:
        remarks.add(rules_what.EVENT_TIME_MISSING, f"{path}.eventTime")
    else:
        rule = instant(time).rule
        if rule is rules_what.TIME_FORMAT:
            rule = rules_what.EVENT_TIME_FORMAT
        if rule is not None:
            remarks.add(rule, f"{path}.eventTime")
    offset = event.get("eventTimeZoneOffset")
    if offset is None:
        remarks.add(rules_what.OFFSET_MISSING, f"{path}.eventTimeZoneOffset")
    elif not is_offset(offset):
        remarks.add(rules_what.OFFSET_FORMAT, f"{path}.eventTimeZoneOffset")
    if "recordTime" in event:
        check_time(event["recordTime"], f"{path}.recordTime", remarks)


def _check_where(event: PlainEvent, path: str, remarks: Remarks) -> None:
    for name in fields.PLACES:
        if name in event and not event[name].get("id"):
            remarks.add(rules_why.PLACE_ID_MISSING, f"{path}.{name}")


def _check_why(kind: str, event: PlainEvent, path: str, remarks: Remarks) -> None:
    for name, (known, rule) in _WORDS.items():
        if name in event:
            _check_word(event[name], known, rule, f"{path}.{name}", remarks)
    for name in fields.TYPED_LISTS:
        if name in event:
            _check_entries(name, event[name], f"{path}.{name}", remarks)
    if "persistentDisposition" in event:
        if kind not in _PERSISTENT:
            remarks.add(rules_why.PERSISTENT, f"{path}.persistentDisposition")
        _check_persistent(event["persistentDisposition"], path, remarks)
    if "errorDeclaration" in event:
        _check_declaration(event["errorDeclaration"], f"{path}.errorDeclaration", remarks)
    for index, certificate in enumerate(event.get("certificationInfo", ())):
        if not vocabulary.is_uri(certificate):
            remarks.add(rules_why.CERTIFICATION_TEXT, f"{path}.certificationInfo[{index}]")


def _check_entries(name: str, entries: list[dict[str, Any]], path: str, remarks: Remarks) -> None:
    known, rule = _ENTRY_TYPES[name]
    for index, entry in enumerate(entries):
        where = f"{path}[{index}]"
        if not entry.get(fields.TYPED_LISTS[name]):
            remarks.add(rules_why.ENTRY_ID_MISSING, where)
        if "type" in entry:
            _check_word(entry["type"], known, rule, f"{where}.type", remarks)
        elif name != "bizTransactionList":
            remarks.add(rules_why.ENTRY_TYPE_MISSING, where)


def _check_word(value: str, known: Vocabulary, rule: Rule, path: str, remarks: Remarks) -> None:
    if value not in known.values and not known.allows(value):
        remarks.add(rule, path)


def _check_persistent(found: dict[str, Any], path: str, remarks: Remarks) -> None:
    for side, values in found.items():
        where = f"{path}.persistentDisposition.{side}"
        if side not in fields.DISPOSITION:
            remarks.add(rules_naming.FIELD_UNKNOWN, where)
            continue
        for index, value in enumerate(values):
            known = vocabulary.DISPOSITION
            _check_word(value, known, rules_why.DISPOSITION, f"{where}[{index}]", remarks)


def _check_declaration(found: dict[str, Any], path: str, remarks: Remarks) -> None:
    if "declarationTime" in found:
        check_time(found["declarationTime"], f"{path}.declarationTime", remarks)
    else:
        remarks.add(rules_why.DECLARATION_TIME, path)
    if "reason" in found:
        known = vocabulary.ERROR_REASON
        _check_word(found["reason"], known, rules_why.ERROR_REASON, f"{path}.reason", remarks)
