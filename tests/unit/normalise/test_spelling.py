from __future__ import annotations

from typing import Any

import pytest

from tracehub.errors import Reason
from tracehub.normalise.spelling import settle

UUID = "374d95fc-9457-4a51-bd6a-0bba133845a8"
OWN = "{urn:tracehub:v1:}"


def _settled(event: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    changes: list[Reason] = []
    settle(event, "$", changes)
    return event, [(change.rule, change.path) for change in changes]


@pytest.mark.parametrize(
    ("event", "settled", "paths"),
    [
        ({"epcList": [UUID]}, {"epcList": [f"urn:uuid:{UUID}"]}, ["$.epcList[0]"]),
        ({"parentID": UUID}, {"parentID": f"urn:uuid:{UUID}"}, ["$.parentID"]),
        (
            {"errorDeclaration": {"correctiveEventIDs": [UUID]}},
            {"errorDeclaration": {"correctiveEventIDs": [f"urn:uuid:{UUID}"]}},
            ["$.errorDeclaration.correctiveEventIDs[0]"],
        ),
        (
            {"persistentDisposition": {"set": "cbv:Disp-recalled", "unset": []}},
            {"persistentDisposition": {"set": ["recalled"]}},
            ["$.persistentDisposition.set[0]"],
        ),
        ({"persistentDisposition": {"set": []}}, {}, []),
        ({"epcList": [], "quantityList": [], "ilmd": {}, "sensorElementList": []}, {}, []),
        ({"errorDeclaration": {"correctiveEventIDs": []}}, {"errorDeclaration": {}}, []),
        ({"certificationInfo": "urn:a"}, {"certificationInfo": ["urn:a"]}, []),
        ({f"{OWN}addressee": "a/b"}, {f"{OWN}addressee": ["a/b"]}, []),
        (
            {f"{OWN}decision": {f"{OWN}reason_event_ids": "urn:a"}},
            {f"{OWN}decision": {f"{OWN}reason_event_ids": ["urn:a"]}},
            [],
        ),
    ],
)
def test_value_when_it_has_another_spelling_is_settled(
    event: dict[str, Any], settled: dict[str, Any], paths: list[str]
) -> None:
    found, changes = _settled(event)
    assert found == settled
    assert [path for _, path in changes] == paths


@pytest.mark.parametrize(
    ("offset", "settled"),
    [
        ("Z", "+00:00"),
        ("+0800", "+08:00"),
        ("-6", "-06:00"),
        ("+8:00", "+08:00"),
        ("+08:00", "+08:00"),
        ("Beijing", "Beijing"),
    ],
)
def test_offset_when_it_has_another_spelling_is_settled(offset: str, settled: str) -> None:
    found, changes = _settled({"eventTimeZoneOffset": offset})
    assert found["eventTimeZoneOffset"] == settled
    assert bool(changes) == (offset != settled)


@pytest.mark.parametrize(
    "event",
    [
        {"bizStep": 5, "eventID": None, "epcList": "x", "eventTimeZoneOffset": 8},
        {"persistentDisposition": "recalled", "errorDeclaration": [], "sourceList": [1]},
        {"sensorElementList": {"sensorReport": 1}},
        {"sensorElementList": [{"sensorReport": [5]}]},
    ],
)
def test_value_when_it_has_the_wrong_type_is_left_for_the_checks(event: dict[str, Any]) -> None:
    found, changes = _settled(dict(event))
    assert (found, changes) == (event, [])
