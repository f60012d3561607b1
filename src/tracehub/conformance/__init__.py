"""Conformance: what another system's test endpoint does, scenario by scenario, signed."""

from tracehub.conformance.report import junit, read_report, sign_report
from tracehub.conformance.run import Target, perform
from tracehub.conformance.scenario import SCENARIOS, Finding, Scenario

__all__ = [
    "SCENARIOS",
    "Finding",
    "Scenario",
    "Target",
    "junit",
    "perform",
    "read_report",
    "sign_report",
]
