"""Wiring: settings in, running services out. Nothing else constructs things."""

from tracehub.app.edges import Edges, open_bus, topic_specs
from tracehub.app.judgement import Judgement, judgement, registered
from tracehub.app.run import SERVICES, exchange_stage, line, run

__all__ = [
    "SERVICES",
    "Edges",
    "Judgement",
    "exchange_stage",
    "judgement",
    "line",
    "open_bus",
    "registered",
    "run",
    "topic_specs",
]
