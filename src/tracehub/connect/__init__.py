"""Other systems. All that a connector package may import."""

from tracehub.connect.batch import (
    REASONS,
    instant,
    read_results,
    results_of,
    text_of,
    write_item,
)
from tracehub.connect.batch_type import (
    CollectedConfig,
    Documents,
    TokenConfig,
    batch_ability,
    batch_item,
    batch_type,
    line_collector,
    mapping_text,
    open_batch,
)
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
from tracehub.connect.lines import (
    PAGE_BYTES,
    About,
    LineCollector,
    about_epcis,
    about_first,
    asking,
    collected,
)
from tracehub.connect.load import installed, load_type
from tracehub.connect.port import (
    Ability,
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
from tracehub.normalise.mapping_shipped import shipped, shipped_text

__all__ = [
    "PAGE_BYTES",
    "REASONS",
    "Ability",
    "About",
    "Collected",
    "CollectedConfig",
    "Collector",
    "Config",
    "ConfigError",
    "Connector",
    "ConnectorType",
    "Delivery",
    "Documents",
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
    "TokenConfig",
    "about_epcis",
    "about_first",
    "asking",
    "batch_ability",
    "batch_item",
    "batch_type",
    "bearer",
    "collected",
    "deliver_batch",
    "deliver_written",
    "garbled",
    "installed",
    "instant",
    "line_collector",
    "load_mapping",
    "load_type",
    "mapping_text",
    "open_batch",
    "open_http",
    "read_json",
    "read_results",
    "results_of",
    "secrets_of",
    "shipped",
    "shipped_text",
    "text_of",
    "write_item",
    "write_json",
]
