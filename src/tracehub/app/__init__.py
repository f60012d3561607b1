"""Wiring: settings in, running services out. Nothing else constructs things."""

from tracehub.app.edges import Edges, open_bus, topic_specs
from tracehub.app.judgement import Judgement, judgement, registered
from tracehub.app.rights import Right, principal, rights
from tracehub.app.run import SERVICES, line, run

__all__ = [
    "SERVICES",
    "Edges",
    "Judgement",
    "Right",
    "judgement",
    "line",
    "open_bus",
    "principal",
    "registered",
    "rights",
    "run",
    "topic_specs",
]
