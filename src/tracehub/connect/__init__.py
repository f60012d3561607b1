"""Other systems. All that a connector package may import."""

from tracehub.connect.batch import REASONS, instant, read_results, text_of, write_item
from tracehub.connect.guard import Guard, Limits
from tracehub.connect.http import (
    Http,
    HttpConfig,
    Reply,
    garbled,
    open_http,
    read_json,
    write_json,
)
from tracehub.connect.lines import About, LineCollector
from tracehub.connect.load import installed, load_type
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
from tracehub.connect.secret import Scrub, Secret, secrets_of
from tracehub.connect.sending import bearer, deliver_batch, deliver_written
from tracehub.errors import ConfigError, RejectError, RetryError
from tracehub.normalise.mapping import Mapping
from tracehub.normalise.mapping_load import load_mapping

__all__ = [
    "REASONS",
    "About",
    "Collected",
    "Collector",
    "Config",
    "ConfigError",
    "Connector",
    "ConnectorType",
    "Delivery",
    "Guard",
    "Http",
    "HttpConfig",
    "Limits",
    "Line",
    "LineCollector",
    "Mapping",
    "Page",
    "Receipt",
    "RejectError",
    "Reply",
    "RetryError",
    "Scrub",
    "Secret",
    "bearer",
    "deliver_batch",
    "deliver_written",
    "garbled",
    "installed",
    "instant",
    "load_mapping",
    "load_type",
    "open_http",
    "read_json",
    "read_results",
    "secrets_of",
    "text_of",
    "write_item",
    "write_json",
]
