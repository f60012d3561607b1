"""Every file that is made from the code, by its path. Must not know who keeps them up to date."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from bench.page import generated as performance
from deploy import dashboard, reference, systems, values
from tracehub.bus.kafka_settings import topic_options
from tracehub.bus.port import TopicSpec
from tracehub.normalise import rule_book
from tracehub.settings import Settings

CHART = "deploy/helm/tracehub"


def generated(root: Path) -> Mapping[str, str]:
    """The text of each generated file."""
    written = (root / CHART / "values.yaml").read_text("utf-8")
    readme = (root / CHART / "README.md").read_text("utf-8")
    return {
        f"{CHART}/values.schema.json": _json(values.schema(written)),
        f"{CHART}/README.md": values.page(written, readme),
        f"{CHART}/files/dashboard.json": _json(dashboard.dashboard()),
        f"{CHART}/files/topic-options.yaml": _topic_options(),
        "deploy/hub.schema.json": _json(Settings.model_json_schema()),
        "docs/systems.md": systems.page(root),
        "docs/runbook/index.md": reference.index(root, "runbook", "Runbook · 运维手册"),
        "docs/decisions/index.md": reference.index(root, "decisions", "Decisions · 设计决策"),
        **performance(root),
        "docs/rules.md": rule_book.markdown(),
        **{f"docs/reference/{name}": text for name, text in reference.pages().items()},
    }


def _json(tree: object) -> str:
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


def _topic_options() -> str:
    """What the hub itself would set on a topic; `min.insync.replicas` is a value."""
    tables = {}
    for name, compacted in (("kept", False), ("compacted", True)):
        options = dict(topic_options(TopicSpec(name, 1, compacted), 1))
        del options["min.insync.replicas"]
        tables[name] = options
    return "# Made from the code by `make generate`.\n" + yaml.safe_dump(tables)
