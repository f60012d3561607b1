"""Simulated other systems: small real HTTP servers that keep what they receive."""

from tracehub.testing.systems.faults import MODES, Fault
from tracehub.testing.systems.ledger import Counts, Entry, Ledger
from tracehub.testing.systems.server import application, running, running_all
from tracehub.testing.systems.system import DEMO, System, platform_of, secret_of, simulated

__all__ = [
    "DEMO",
    "MODES",
    "Counts",
    "Entry",
    "Fault",
    "Ledger",
    "System",
    "application",
    "platform_of",
    "running",
    "running_all",
    "secret_of",
    "simulated",
]
