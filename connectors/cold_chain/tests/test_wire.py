from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from tracehub.connect import load_mapping
from tracehub.testing.wire_contract import WireContract
from tracehub_cold_chain import CONNECTOR, wire
from tracehub_cold_chain.config import Judging, Profile


class TestWire(WireContract):
    kind = CONNECTOR
    examples = Path(__file__).parent / "examples"
    about = staticmethod(wire.about)
    document = "consignments.json"
    says = ("food", "A1")


COLD = Judging(profiles={"cold": Profile(lowest_celsius=2, highest_celsius=8, source="test")})


def document(*readings: tuple[str, Any], profile: str = "cold", **more: Any) -> dict[str, Any]:
    found = [{"at": f"2026-09-21 {at}:00", "celsius": celsius} for at, celsius in readings]
    return {"consignments": [{"batchNo": "A1", "profile": profile, "readings": found, **more}]}


def alarms(said: Any, judging: Judging = COLD) -> list[str]:
    """The times of the readings that are excursions."""
    found = wire.excursions(said, judging, {}).document
    return [] if found is None else times(found)


def times(found: bytes) -> list[str]:
    consignments = orjson.loads(found)["consignments"]
    return [each["at"][11:16] for one in consignments for each in one["readings"]]


@pytest.mark.parametrize(
    ("celsius", "found"),
    [(2, []), (8, []), (8.1, ["10:00"]), (1.9, ["10:00"]), ("11.2", ["10:00"]), ("warm", [])],
)
def test_reading_when_outside_its_profile_is_an_excursion(celsius: Any, found: list[str]) -> None:
    assert alarms(document(("10:00", celsius))) == found


def test_excursion_when_shorter_than_tolerated_is_none() -> None:
    profile = Profile(lowest_celsius=2, highest_celsius=8, tolerated_s=600, source="test")
    judging = Judging(profiles={"cold": profile})
    readings = (("10:00", 9), ("10:05", 9), ("10:06", 5), ("10:07", 9), ("10:17", 9), ("10:18", 9))
    assert alarms(document(*readings), judging) == ["10:17", "10:18"]


def test_readings_when_of_two_devices_are_judged_apart() -> None:
    profile = Profile(highest_celsius=8, tolerated_s=600, source="test")
    judging = Judging(profiles={"cold": profile})
    said = document(("10:00", 9), ("10:05", 5), ("10:10", 9))
    for index, device in enumerate(("a", "b", "a")):
        said["consignments"][0]["readings"][index]["deviceId"] = device
    assert alarms(said, judging) == ["10:10"]


def test_consignment_when_it_names_no_profile_is_judged_by_the_connections() -> None:
    said = document(("10:00", 9), profile="")
    assert alarms(said) == []
    assert alarms(said, COLD.model_copy(update={"profile": "cold"})) == ["10:00"]
    assert alarms(document(("10:00", 9), profile="unheard of")) == []


def test_alarm_when_the_system_said_so_itself_is_not_raised_twice() -> None:
    said = document(("10:00", 9))
    said["consignments"][0]["readings"][0]["alarm"] = True
    assert alarms(said) == []


def test_excursion_when_read_through_the_field_table_is_an_alarm_of_its_own() -> None:
    said = document(
        ("10:00", 9), consignmentId="3F2504E0-4F89-41D3-9A0C-0305E82C3318", at="2026-09-21"
    )
    found = wire.excursions(said, COLD, {})
    assert found == wire.excursions(orjson.loads(orjson.dumps(said)), COLD, {})
    assert found.document is not None
    (event,) = load_mapping(CONNECTOR.mapping, "mapping.yaml").read(found.document, "food")
    (element,) = event.event["sensorElementList"]
    assert element["sensorReport"][0]["exception"] == "ALARM_CONDITION"
    assert "eventID" not in event.event


def test_readings_when_they_come_one_by_one_are_judged_as_if_together() -> None:
    profile = Profile(lowest_celsius=2, highest_celsius=8, tolerated_s=600, source="test")
    judging = Judging(profiles={"cold": profile})
    outside: Mapping[str, str] = {}
    found = []
    # One that comes late, of before, ends nothing.
    for at, celsius in (
        ("10:00", 9), ("10:05", 9), ("09:50", 5), ("10:10", 9), ("10:11", 5), ("10:12", 9),
    ):  # fmt: skip
        alarm, outside = wire.excursions(document((at, celsius)), judging, outside)
        found += times(alarm) if alarm else []
    assert found == ["10:10"]
    assert outside == {"cold/A1/": "2026-09-21 10:12:00"}
    assert wire.excursions({"consignments": 1}, judging, outside) == (None, outside)


def test_goods_when_more_than_are_remembered_are_outside_are_forgotten_first_come_first() -> None:
    judging = Judging(profiles={"cold": Profile(highest_celsius=8, tolerated_s=60, source="test")})
    said = document()
    (one,) = said["consignments"]
    readings = document(("10:00", 9))["consignments"][0]["readings"]
    said["consignments"] = [
        {**one, "batchNo": f"B{index}", "readings": readings} for index in range(1001)
    ]
    outside = wire.excursions(said, judging, {}).outside
    assert len(outside) == 1000
    assert "cold/B0/" not in outside
