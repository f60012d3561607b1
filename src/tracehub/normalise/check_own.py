"""Our own extension elements: are they of the shape that the body has a place for?

Must not know how they are stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from typing import Any, Final

from tracehub.codes.region import PROVINCES
from tracehub.model.connection import CONNECTION_ID
from tracehub.model.event import KINDS
from tracehub.normalise import rules_own as rules
from tracehub.normalise.body_fields import DECISION_FIELDS, SHARED_TEXTS, TEST_FIELDS, hub
from tracehub.normalise.plain import (
    ADDRESSEE,
    CERTIFICATE,
    DECISION,
    HUB_NAMESPACE,
    KIND,
    PERSON,
    REASON_EVENTS,
    REGION,
    TEST_RESULT,
    PlainEvent,
)
from tracehub.normalise.verdict import Remarks

OURS: Final = f"{{{HUB_NAMESPACE}}}"
_REGION: Final = re.compile(r"[0-9]{6}")
_TEXTS: Final = frozenset(hub(name) for name in SHARED_TEXTS)
_TEST: Final = frozenset(hub(name) for name in TEST_FIELDS)
_DECISION: Final = frozenset(hub(name) for name in DECISION_FIELDS)
_TYPED: Final = frozenset({hub("type"), hub("id")})
_VERDICT: Final = hub("verdict")
_SUBJECT: Final = hub("subject")
_ID: Final = hub("id")
_VERDICTS: Final = frozenset({"passed", "failed", "unknown"})
_WITH_REGION: Final = ("readPoint", "bizLocation")
_LISTS_WITH_REGION: Final = ("sourceList", "destinationList")


def check_own(event: PlainEvent, attributes: Container[str], path: str, remarks: Remarks) -> None:
    """Check every element of our own namespace.

    Args:
        event: a plain event whose standard fields have the right types.
        attributes: the keys of the category's own attributes.
        path: where the event stands.
        remarks: where the rules that speak are added.
    """
    for key, value in event.items():
        if key.startswith(OURS) and not _is_good(key, value, attributes):
            remarks.add(_RULES.get(key, rules.ATTRIBUTE), f"{path}.{key}")
    for name in _WITH_REGION:
        if name in event:
            _check_region(event[name], f"{path}.{name}", remarks)
    for name in _LISTS_WITH_REGION:
        for index, entry in enumerate(event.get(name, ())):
            _check_region(entry, f"{path}.{name}[{index}]", remarks)


def _is_good(key: str, value: Any, attributes: Container[str]) -> bool:
    if key in attributes or key in _TEXTS:
        return isinstance(value, str)
    if key == DECISION:
        return _is_decision(value)
    check = ELEMENTS.get(key)
    return check is None or (isinstance(value, list) and all(map(check, value)))


def _is_record(value: Any, known: frozenset[str], needed: str) -> bool:
    """An object of texts under known names, with one that it needs."""
    if not isinstance(value, dict) or needed not in value:
        return False
    for key, each in value.items():  # noqa: SIM110 - a generator costs more than what it asks
        if key not in known or not isinstance(each, str):
            return False
    return True


def _is_test(value: Any) -> bool:
    return _is_record(value, _TEST, _VERDICT) and value[_VERDICT] in _VERDICTS


def _is_decision(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    reasons = value.get(REASON_EVENTS, [])
    if not isinstance(reasons, list):
        return False
    texts = {key: each for key, each in value.items() if key != REASON_EVENTS}
    return _is_record(texts, _DECISION, _SUBJECT) and all(isinstance(each, str) for each in reasons)


def _check_region(holder: dict[str, Any], path: str, remarks: Remarks) -> None:
    value = holder.get(REGION)
    if value is None:
        return
    if not (isinstance(value, str) and _REGION.fullmatch(value)):
        remarks.add(rules.REGION_FORMAT, f"{path}.{REGION}")
    elif value[:2] not in PROVINCES:
        remarks.add(rules.PROVINCE, f"{path}.{REGION}")


def _is_typed(value: Any) -> bool:
    return _is_record(value, _TYPED, _ID)


def _is_addressee(value: Any) -> bool:
    return isinstance(value, str) and CONNECTION_ID.fullmatch(value) is not None


def _is_kind(value: Any) -> bool:
    return isinstance(value, str) and value in KINDS


ELEMENTS: Final[Mapping[str, Callable[[Any], bool]]] = {
    TEST_RESULT: _is_test,
    CERTIFICATE: _is_typed,
    PERSON: _is_typed,
    ADDRESSEE: _is_addressee,
    KIND: _is_kind,
}
"""Elements of which there are one or many, and what each must be."""
_RULES: Final = {
    **dict.fromkeys((TEST_RESULT, CERTIFICATE, PERSON, DECISION), rules.OWN_SHAPE),
    ADDRESSEE: rules.ADDRESSEE,
    KIND: rules.KIND,
}
