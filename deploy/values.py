"""The chart's values: their JSON Schema and their page, both made from values.yaml.

Types come from the defaults, limits from the table below, a connection's settings from the hub.
Must not know what the templates do with them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, get_args

import yaml
from pydantic import BaseModel

from tracehub.avro.engines import EngineName
from tracehub.model.connection import CONNECTION_ID
from tracehub.settings import ConnectionSettings, GrantSettings, PrincipalSettings

Schema = dict[str, Any]

_PARAM: Final = re.compile(r"^\s*## @param (\S+) (.+)$", re.MULTILINE)
_TABLE: Final = "| value | meaning | default |\n|---|---|---|\n"
_TEXTS: Final[Schema] = {"type": "object", "additionalProperties": {"type": "string"}}
_ANY: Final[Schema] = {"type": "object"}
_PEERS: Final[Schema] = {"type": "array", "items": {"type": "object"}}
_RULES: Final[Schema] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"to": _PEERS, "ports": _PEERS},
        "additionalProperties": False,
    },
}
_DOOR: Final[Mapping[str, Schema]] = {
    "service.type": {"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
    "service.port": {"type": "integer", "minimum": 1, "maximum": 65535},
    "service.annotations": _TEXTS,
    "ingress.annotations": _TEXTS,
    "from": _PEERS,
}
_FEW: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 9}
_MANY: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 256}
_LIMITS: Final[Mapping[str, Schema]] = {
    "commonLabels": _TEXTS,
    "image.repository": {"type": "string", "minLength": 1},
    "image.digest": {"type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$"},
    "image.pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
    "image.pullSecrets": {"type": "array", "items": {"type": "string"}},
    "kafka.servers": {
        "type": "array",
        "minItems": 1,
        "items": {"type": "string", "pattern": r"^\S+:[0-9]+$"},
    },
    "kafka.partitions": _MANY,
    "kafka.replication": _FEW,
    "kafka.minInsync": _FEW,
    "kafka.security": {"enum": ["SASL_SSL", "SSL", "SASL_PLAINTEXT", "PLAINTEXT"]},
    "kafka.egress": _RULES,
    "hub.registryUrl": {"type": "string", "pattern": "^(https?://.+)?$"},
    "hub.registryEgress": _RULES,
    "hub.logLevel": {"enum": ["debug", "info", "warning", "error"]},
    "hub.batchRecords": {"type": "integer", "minimum": 1, "maximum": 5000},
    "hub.codec": {"enum": list(get_args(EngineName))},
    "hub.floodRestSeconds": {"type": "number", "minimum": 0},
    "hub.traceRatio": {"type": "number", "minimum": 0, "maximum": 1},
    "hub.catalogue": {"type": "array", "items": {"type": "string"}},
    "hub.files": {
        "type": "object",
        "additionalProperties": False,
        "patternProperties": {"^[a-z0-9][a-z0-9._-]*$": {"type": "string"}},
    },
    "hub.drainSeconds": {"type": "integer", "minimum": 1, "maximum": 600},
    "gateway.principals": {
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/PrincipalSettings"},
    },
    "index.retentionDays": {"type": "integer", "minimum": 1, "maximum": 3660},
    "index.egress": _RULES,
    "console.oidc.address": {"type": "string", "pattern": "^(https?://[^/]+)?$"},
    "console.oidc.grants": {
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/GrantSettings"},
    },
    "console.egress": _RULES,
    **{f"{door}.{name}": limit for door in ("gateway", "console") for name, limit in _DOOR.items()},
    "serviceAccount.annotations": _TEXTS,
    "networkPolicy.metricsFrom": _PEERS,
    "monitoring.serviceMonitor.interval": {"type": "string", "pattern": "^[0-9]+(ms|s|m|h)$"},
    "monitoring.serviceMonitor.labels": _TEXTS,
    "monitoring.prometheusRule.labels": _TEXTS,
    "strimzi.apiVersion": {"enum": ["kafka.strimzi.io/v1", "kafka.strimzi.io/v1beta2"]},
    "strimzi.users.quotas": {
        "type": "object",
        "additionalProperties": {"type": "number", "exclusiveMinimum": 0},
    },
    "extraEnv": {"type": "array", "items": {"type": "object", "required": ["name"]}},
    "podAnnotations": _TEXTS,
    "nodeSelector": _TEXTS,
    "tolerations": _PEERS,
    "affinity": _ANY,
    **{
        f"services.{service}.{name}": limit
        for service in ("exchange", "deliver", "collect", "gateway", "index", "console")
        for name, limit in {
            "replicas": _MANY,
            "workers": {"type": "integer", "minimum": 1, "maximum": 64},
            "resources": _ANY,
            "autoscaling.by": {"enum": ["none", "cpu", *(["lag"] * (service != "gateway"))]},
            "autoscaling.min": _MANY,
            "autoscaling.max": _MANY,
            "autoscaling.cpuPercent": {"type": "integer", "minimum": 1, "maximum": 100},
            "autoscaling.lagRecords": {"type": "integer", "minimum": 1},
        }.items()
    },
}
"""What a type alone does not say, by path."""


def schema(written: str) -> Schema:
    """The JSON Schema of the values; unknown keys are refused everywhere."""
    found: Schema = _of("", yaml.safe_load(written))
    settings = ConnectionSettings.model_json_schema()
    definitions = settings.pop("$defs")
    definitions.pop("SecretReference")
    settings["properties"].pop("secrets")
    found["properties"]["global"] = _ANY
    found["properties"]["connections"] = {
        "type": "object",
        "additionalProperties": False,
        "patternProperties": {f"^{CONNECTION_ID.pattern}$": {"$ref": "#/$defs/Connection"}},
    }
    found["$defs"] = {
        **definitions,
        "ConnectionSettings": settings,
        "GrantSettings": _bound(GrantSettings, f"^({CONNECTION_ID.pattern})?$"),
        "PrincipalSettings": _bound(PrincipalSettings, f"^{CONNECTION_ID.pattern}$"),
        "Connection": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "settings": {"$ref": "#/$defs/ConnectionSettings"},
                "secrets": {"type": "object", "additionalProperties": _secret()},
                "egress": _RULES,
            },
        },
    }
    return {"$schema": "http://json-schema.org/draft-07/schema#", **found}


def page(written: str, readme: str) -> str:
    """The chart's README, its last section a table of every value with its default."""
    defaults = yaml.safe_load(written)
    rows = [
        f"| `{name}` | {text} | `{_shown(_at(defaults, name))}` |"
        for name, text in _PARAM.findall(written)
    ]
    return readme.partition(_TABLE)[0] + _TABLE + "\n".join(rows) + "\n"


def undocumented(written: str) -> list[str]:
    """Paths of values without a `## @param` line."""
    named = {name for name, _ in _PARAM.findall(written)}
    return [path for path in _leaves("", yaml.safe_load(written), named) if path not in named]


def _of(path: str, value: Any) -> Schema:
    if path in _LIMITS:
        return dict(_LIMITS[path])
    if isinstance(value, dict):
        inside = {key: _of(f"{path}.{key}".lstrip("."), each) for key, each in value.items()}
        return {"type": "object", "additionalProperties": False, "properties": inside}
    return {"type": {bool: "boolean", str: "string"}[type(value)]}


def _bound(settings: type[BaseModel], connections: str) -> Schema:
    """Settings that name a connection, by the pattern of what may stand there."""
    found: Schema = settings.model_json_schema()
    said = found["properties"]["connection"]
    said.pop("anyOf", None)
    found["properties"]["connection"] = {**said, "type": "string", "pattern": connections}
    return found


def _secret() -> Schema:
    text = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["secret", "key"],
        "properties": {"secret": text, "key": text},
    }


def _leaves(path: str, value: Any, named: set[str]) -> list[str]:
    if path in named or not isinstance(value, dict):
        return [path]
    return [
        leaf
        for key, each in value.items()
        for leaf in _leaves(f"{path}.{key}".lstrip("."), each, named)
    ]


def _at(tree: Any, path: str) -> Any:
    for key in path.split("."):
        tree = tree[key]
    return tree


def _shown(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=10**6).split("\n", 1)[0]
