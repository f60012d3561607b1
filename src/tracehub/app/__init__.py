"""Wiring: settings in, running services out. Nothing else constructs things."""

from tracehub.app.edges import Edges, open_bus, topic_specs
from tracehub.app.judgement import Judgement, judgement
from tracehub.app.run import SERVICES, line, run

__all__ = [
    "SERVICES",
    "Edges",
    "Judgement",
    "judgement",
    "line",
    "open_bus",
    "run",
    "topic_specs",
]
