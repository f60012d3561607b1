"""Other systems. All that a connector package may import."""

from tracehub.connect.port import (
    Collected,
    Collector,
    Config,
    Connector,
    ConnectorType,
    Delivery,
    Line,
    Page,
    Receipt,
)
from tracehub.errors import ConfigError, RejectError, RetryError
from tracehub.normalise.mapping import Mapping
from tracehub.normalise.mapping_load import load_mapping

__all__ = [
    "Collected",
    "Collector",
    "Config",
    "ConfigError",
    "Connector",
    "ConnectorType",
    "Delivery",
    "Line",
    "Mapping",
    "Page",
    "Receipt",
    "RejectError",
    "RetryError",
    "load_mapping",
]
