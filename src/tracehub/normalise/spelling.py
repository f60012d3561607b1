"""The last step to the plain form: one spelling for what the standard lets one write in many ways.

Bare vocabulary values, `urn:uuid:` before a bare UUID, `+hh:mm`, lists where EPCIS has one or many,
and no empty lists. Works on a plain event in place and leaves what has the wrong type for the
checks. Must not know formats.
"""

from __future__ import annotations

import re
from typing import Any, Final

from tracehub.errors import Reason
from tracehub.normalise import fields, vocabulary
from tracehub.normalise import rules_naming as rules
from tracehub.normalise.plain import DECISION, HUB_LISTS, REASON_EVENTS, PlainEvent
from tracehub.normalise.vocabulary import Vocabulary

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_UUID_LENGTH: Final = 36
_OFFSET: Final = re.compile(r"([+-])([0-9]{1,2})(?::?([0-9]{2}))?")
_LIST_TYPES: Final = {
    "bizTransactionList": vocabulary.TRANSACTION_TYPE,
    "sourceList": vocabulary.PARTY_TYPE,
    "destinationList": vocabulary.PARTY_TYPE,
}
_REPORT_WORDS: Final = {
    "type": vocabulary.MEASUREMENT,
    "exception": vocabulary.ALERT,
    "component": vocabulary.COMPONENT,
}
_EMPTY: Final = frozenset(
    {
        *fields.EPC_LISTS,
        *fields.QUANTITY_LISTS,
        *fields.TYPED_LISTS,
        "certificationInfo",
        *HUB_LISTS,
        "sensorElementList",
    }
)


def settle(event: PlainEvent, path: str, changes: list[Reason]) -> None:
    """Bring the values of `event` to one spelling; each change is one reason."""
    _word(event, "bizStep", vocabulary.BIZ_STEP, path, changes)
    _word(event, "disposition", vocabulary.DISPOSITION, path, changes)
    _identifiers(event, path, changes)
    _offset(event, path, changes)
    for field, types in _LIST_TYPES.items():
        for index, entry in enumerate(_dicts(event.get(field))):
            _word(entry, "type", types, f"{path}.{field}[{index}]", changes)
    if "persistentDisposition" in event:
        _persistent(event, path, changes)
    if "errorDeclaration" in event:
        _declaration(event["errorDeclaration"], f"{path}.errorDeclaration", changes)
    if "sensorElementList" in event:
        _sensors(event["sensorElementList"], path, changes)
    _listed(event, "certificationInfo")
    list_own(event)
    if isinstance(event.get(DECISION), dict):
        _listed(event[DECISION], REASON_EVENTS)
    _drop_empty(event)


def list_own(event: PlainEvent) -> None:
    """Make lists of our own elements of which there may be one or many."""
    for name in HUB_LISTS:
        _listed(event, name)


def _drop_empty(event: PlainEvent) -> None:
    for field in _EMPTY & event.keys():
        if event[field] == []:
            del event[field]
    if event.get("ilmd") == {}:
        del event["ilmd"]


def _listed(holder: dict[str, Any], name: str) -> None:
    """What may be one or many becomes a list."""
    if name in holder and not isinstance(holder[name], list):
        holder[name] = [holder[name]]


def _word(
    holder: dict[str, Any], field: str, known: Vocabulary, path: str, changes: list[Reason]
) -> None:
    value = holder.get(field)
    if value.__class__ is str and value not in known.values:
        bare = known.bare(value)
        if bare != value:
            holder[field] = bare
            changes.append(rules.VALUE_SPELLING.at(f"{path}.{field}"))


def _words(values: Any, known: Vocabulary, path: str, changes: list[Reason]) -> Any:
    if isinstance(values, str):
        values = [values]
    if isinstance(values, list):
        for index, value in enumerate(values):
            if isinstance(value, str) and (bare := known.bare(value)) != value:
                values[index] = bare
                changes.append(rules.VALUE_SPELLING.at(f"{path}[{index}]"))
    return values


def _identifiers(event: PlainEvent, path: str, changes: list[Reason]) -> None:
    for field in fields.IDS:
        if _is_uuid(event.get(field)):
            event[field] = f"urn:uuid:{event[field]}"
            changes.append(rules.BARE_UUID.at(f"{path}.{field}"))
    for field in fields.EPC_LISTS:
        values = event.get(field)
        if isinstance(values, list):
            _uuids(values, f"{path}.{field}", changes)


def _uuids(values: list[Any], path: str, changes: list[Reason]) -> None:
    for index, value in enumerate(values):
        if _is_uuid(value):
            values[index] = f"urn:uuid:{value}"
            changes.append(rules.BARE_UUID.at(f"{path}[{index}]"))


def _is_uuid(value: Any) -> bool:
    return (
        value.__class__ is str and len(value) == _UUID_LENGTH and _UUID.fullmatch(value) is not None
    )


def _offset(event: PlainEvent, path: str, changes: list[Reason]) -> None:
    value = event.get("eventTimeZoneOffset")
    if not isinstance(value, str):
        return
    if value == "Z":
        settled = "+00:00"
    elif found := _OFFSET.fullmatch(value):
        sign, hours, minutes = found.groups(default="00")
        settled = f"{sign}{hours:0>2}:{minutes}"
    else:
        return
    if settled != value:
        event["eventTimeZoneOffset"] = settled
        changes.append(rules.OFFSET_SPELLING.at(f"{path}.eventTimeZoneOffset"))


def _persistent(event: PlainEvent, path: str, changes: list[Reason]) -> None:
    found = event["persistentDisposition"]
    if not isinstance(found, dict):
        return
    for side in fields.DISPOSITION & found.keys():
        where = f"{path}.persistentDisposition.{side}"
        found[side] = _words(found[side], vocabulary.DISPOSITION, where, changes)
        if found[side] == []:
            del found[side]
    if not found:
        del event["persistentDisposition"]


def _declaration(found: Any, path: str, changes: list[Reason]) -> None:
    if not isinstance(found, dict):
        return
    _word(found, "reason", vocabulary.ERROR_REASON, path, changes)
    corrective = found.get("correctiveEventIDs")
    if isinstance(corrective, list):
        _uuids(corrective, f"{path}.correctiveEventIDs", changes)
        if not corrective:
            del found["correctiveEventIDs"]


def _sensors(found: Any, path: str, changes: list[Reason]) -> None:
    for index, element in enumerate(_dicts(found)):
        for number, report in enumerate(_dicts(element.get("sensorReport"))):
            where = f"{path}.sensorElementList[{index}].sensorReport[{number}]"
            for field, known in _REPORT_WORDS.items():
                if field in report:
                    _word(report, field, known, where, changes)


def _dicts(value: Any) -> list[dict[str, Any]]:
    """The elements of a list of objects; none when it is anything else."""
    if isinstance(value, list) and all(each.__class__ is dict for each in value):
        return value
    return []
