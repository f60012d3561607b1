"""What an event is about: its kinds, from what it says (domain: EPCIS to canonical event).

Must not know who receives which kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tracehub.model.event import KINDS
from tracehub.normalise.plain import HUB_NAMESPACE, KIND, TEST_RESULT, PlainEvent

WITHOUT_GOODS: Final = frozenset({"enforcement-decision", "credit-change", "complaint"})
"""Kinds that EPCIS can't express, because nothing moves."""
_INSPECTING: Final = frozenset({"inspecting", "sampling"})
_TESTS: Final = frozenset({"testprd", "testres"})
_VERDICT: Final = f"{{{HUB_NAMESPACE}}}verdict"
_RANK: Final = {kind: rank for rank, kind in enumerate(KINDS)}


def kinds_of(event: PlainEvent) -> tuple[str, ...]:
    """The set of kinds in the order of `KINDS`; `trace` when it is none of the others.

    A publisher may add kinds by our own element `kind`, for what EPCIS has no word
    (`settlement`, `customs`).
    """
    kinds = set(event.get(KIND, ()))
    tests = event.get(TEST_RESULT, ())
    step = event.get("bizStep")
    if tests or step in _INSPECTING or _names_test(event.get("bizTransactionList", ())):
        failed = "failed" in [each.get(_VERDICT) for each in tests]
        kinds.add("inspection-failure" if failed else "inspection")
    if event.get("disposition") == "recalled" or (
        "persistentDisposition" in event
        and "recalled" in event["persistentDisposition"].get("set", ())
    ):
        kinds.add("recall")
    if step == "retail_selling":
        kinds.add("sale")
    if "sensorElementList" in event and _has_alarm(event):
        kinds.add("sensor-alarm")
    if len(kinds) <= 1:
        return tuple(kinds) or ("trace",)
    return tuple(sorted(kinds, key=_RANK.__getitem__))


def _names_test(documents: Iterable[Mapping[str, Any]]) -> bool:
    for each in documents:  # noqa: SIM110 - a generator costs more than what it asks
        if each.get("type") in _TESTS:
            return True
    return False


def _has_alarm(event: PlainEvent) -> bool:
    return any(
        report.get("exception") == "ALARM_CONDITION"
        for element in event["sensorElementList"]
        for report in element.get("sensorReport", ())
    )
