"""The field tables that come with the hub, by name: `shipped/<name>.yaml`.

Must not know which connection uses them.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from tracehub.errors import ConfigError
from tracehub.normalise.mapping import Mapping
from tracehub.normalise.mapping_load import load_mapping
from tracehub.normalise.mapping_names import near


@lru_cache(maxsize=1)
def shipped_names() -> tuple[str, ...]:
    """The names of all shipped field tables."""
    folder = resources.files("tracehub.normalise").joinpath("shipped")
    names = (each.name.removesuffix(".yaml") for each in folder.iterdir())
    return tuple(sorted(names))


def shipped_text(name: str) -> str:
    """The YAML of a shipped field table.

    Raises:
        ConfigError: there is none of this name.
    """
    if name not in shipped_names():
        known = dict.fromkeys(shipped_names())
        raise ConfigError(f"there is no shipped field table '{name}'{near(name, known)}")
    path = resources.files("tracehub.normalise").joinpath(f"shipped/{name}.yaml")
    return path.read_text("utf-8")


@lru_cache(maxsize=32)
def _compiled(name: str) -> Mapping:
    return load_mapping(shipped_text(name), f"{name}.yaml")


def shipped(name: str, where: str = "") -> Mapping:
    """A shipped field table, compiled once.

    Args:
        name: its name.
        where: what named it, for the message.

    Raises:
        ConfigError: there is none of this name.
    """
    try:
        return _compiled(name)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}" if where else str(error)) from None
