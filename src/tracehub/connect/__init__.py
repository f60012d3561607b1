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

__all__ = [
    "Collected",
    "Collector",
    "Config",
    "ConfigError",
    "Connector",
    "ConnectorType",
    "Delivery",
    "Line",
    "Page",
    "Receipt",
    "RejectError",
    "RetryError",
]
