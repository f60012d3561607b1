"""Programs of this machine that tests start, and a port for them."""

from __future__ import annotations

import shutil
from pathlib import Path

from tracehub.testing.kafka_jars import UnavailableError
from tracehub.testing.ports import reserve

_FOLDERS = ("/usr/sbin", "/usr/local/sbin")


def program(name: str, *patterns: str) -> Path:
    """Where a program is.

    Args:
        name: as it is called.
        patterns: globs below `/` of further places.

    Raises:
        UnavailableError: it is not here.
    """
    found = shutil.which(name) or shutil.which(name, path=":".join(_FOLDERS))
    others = [each for pattern in patterns for each in sorted(Path("/").glob(pattern))]
    if found is None and not others:
        raise UnavailableError(f"no program {name}; install the package that has it")
    return Path(found) if found else others[-1]


def free_port() -> int:
    """A port that nobody listens on, for this process alone."""
    (port,) = reserve(1)
    return port
