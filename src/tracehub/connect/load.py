"""Load: a connector type by name, among the entry points of installed packages.

Only the named one is imported; there is no scan and no registration at import.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Final

from tracehub.connect.port import ConnectorType
from tracehub.errors import ConfigError

GROUP: Final = "tracehub.connectors"


def load_type(name: str) -> ConnectorType:
    """The connector type that an installed package offers under `name`.

    Raises:
        ConfigError: there is none, it can't be imported, or it is something else.
    """
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        known = ", ".join(sorted(found)) or "none"
        raise ConfigError(
            f"there is no connector type '{name}'; installed: {known}. Install the package that "
            f"offers it (usually 'pip install tracehub-{name}') or correct the first half of the "
            "connection's id"
        )
    return _load(found[name])


def installed() -> tuple[str, ...]:
    """The names of all connector types that are installed; none is imported."""
    return tuple(sorted(entry.name for entry in entry_points(group=GROUP)))


def _load(entry: EntryPoint) -> ConnectorType:
    try:
        kind = entry.load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"connector type '{entry.name}' can't be loaded from '{entry.value}': {error}; "
            "install its package again"
        ) from error
    if not isinstance(kind, ConnectorType) or kind.name != entry.name:
        raise ConfigError(
            f"'{entry.value}' is not the ConnectorType '{entry.name}'; correct the entry point "
            f"in group '{GROUP}' of its package"
        )
    return kind
