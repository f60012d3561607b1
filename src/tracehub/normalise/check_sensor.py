"""How something was measured: sensor elements. Must not know the event around them."""

from __future__ import annotations

from typing import Any, Final

from tracehub.normalise import rules_why as rules
from tracehub.normalise import vocabulary
from tracehub.normalise.times import instant
from tracehub.normalise.verdict import Remarks

_TIMES: Final = ("time", "startTime", "endTime")


def check_sensors(elements: list[dict[str, Any]], path: str, remarks: Remarks) -> None:
    """The rules of sensorElementList (GS1 EPCIS 2.0 section 7.3, SensorElement)."""
    for index, element in enumerate(elements):
        where = f"{path}[{index}]"
        _check_times(element.get("sensorMetadata", {}), f"{where}.sensorMetadata", remarks)
        if not element.get("sensorReport"):
            remarks.add(rules.SENSOR_REPORT, where)
        for number, report in enumerate(element.get("sensorReport", ())):
            _check_report(report, f"{where}.sensorReport[{number}]", remarks)


def _check_report(report: dict[str, Any], path: str, remarks: Remarks) -> None:
    _check_times(report, path, remarks)
    if "type" not in report:
        remarks.add(rules.SENSOR_TYPE, path)
    elif not vocabulary.MEASUREMENT.allows(report["type"]):
        remarks.add(rules.MEASUREMENT, f"{path}.type")
    if "exception" in report and not vocabulary.ALERT.allows(report["exception"]):
        remarks.add(rules.ALERT, f"{path}.exception")
    if "component" in report and not vocabulary.COMPONENT.allows(report["component"]):
        remarks.add(rules.COMPONENT, f"{path}.component")


def _check_times(holder: dict[str, Any], path: str, remarks: Remarks) -> None:
    for name in _TIMES:
        if name in holder:
            rule = instant(holder[name]).rule
            if rule is not None:
                remarks.add(rule, f"{path}.{name}")
