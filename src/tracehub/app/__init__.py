"""Wiring: settings in, running services out. Nothing else constructs things."""

from tracehub.app.edges import Edges, open_bus, topic_specs
from tracehub.app.judgement import Judgement, judgement, registered
from tracehub.app.run import SERVICES, line, run

__all__ = [
    "SERVICES",
    "Edges",
    "Judgement",
    "judgement",
    "line",
    "open_bus",
    "registered",
    "run",
    "topic_specs",
]
