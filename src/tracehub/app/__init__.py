"""Wiring: settings in, running services out. Nothing else constructs things."""

from tracehub.app.asyncapi import asyncapi
from tracehub.app.edges import Edges, open_bus, topic_specs
from tracehub.app.judgement import (
    Judgement,
    code_tables,
    edition_of,
    judgement,
    region_table,
    registered,
)
from tracehub.app.reload import run_reloading
from tracehub.app.rights import Right, principal, rights
from tracehub.app.run import SERVICES, exchange_stage, run

__all__ = [
    "SERVICES",
    "Edges",
    "Judgement",
    "Right",
    "asyncapi",
    "code_tables",
    "edition_of",
    "exchange_stage",
    "judgement",
    "open_bus",
    "principal",
    "region_table",
    "registered",
    "rights",
    "run",
    "run_reloading",
    "topic_specs",
]
