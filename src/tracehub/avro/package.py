"""The package of compiled parts, `tracehub-compiled`: absent, or built for this hub.

Must not know what the parts do.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from tracehub.errors import ConfigError

INTERFACE: Final = "d3a041c59312dcac"
"""What the package must say of itself: the beginning of the SHA-256 of its `__init__.pyi`.

A test compares all three, so whoever changes how the parts are called changes this too.
"""
_NAME: Final = "tracehub_compiled"
_MEND: Final = (
    "install the tracehub-compiled of this version (in a checkout: make compiled), or set generated"
)


def has_compiled() -> bool:
    """True when the package is installed, whatever it was built for."""
    return find_spec(_NAME) is not None


def compiled_parts() -> Any:
    """The package's module.

    Raises:
        ConfigError: it can't be loaded, or was built for another version of the hub.
    """
    try:
        code = import_module(_NAME)
    except ImportError as error:
        raise ConfigError(
            f"services.codec: the compiled codec can't be loaded ({error}); {_MEND}"
        ) from error
    found = getattr(code, "INTERFACE", "none")
    if found != INTERFACE:
        raise ConfigError(
            "services.codec: the compiled codec was built for another version of the hub "
            f"(interface {found}, needed {INTERFACE}); {_MEND}"
        )
    return code
