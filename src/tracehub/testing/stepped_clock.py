"""The wall clock of another process, stepped while it runs, by Debian's libfaketime.

Its monotonic clock goes on undisturbed, as a machine's does. Must not know what the process does.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tracehub.testing.kafka_jars import UnavailableError

_LIBRARY: Final = "faketime/libfaketimeMT.so.1"
_FOLDERS: Final = ("/usr/lib", "/usr/local/lib")


class SteppedClock:
    """A clock that is right until it is stepped."""

    def __init__(self, file: Path) -> None:
        """Prepare it; `file` says how far it is off.

        Raises:
            UnavailableError: libfaketime is not installed.
        """
        self._library = _library()
        self._file = file
        self.step(0)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process must be started with."""
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def step(self, seconds: int) -> None:
        """Be off by so many seconds from now on; the process notices within two."""
        whole = self._file.with_suffix(".new")
        whole.write_text(f"{seconds:+d}\n", "utf-8")
        whole.replace(self._file)


def _library() -> Path:
    for folder in map(Path, _FOLDERS):
        for found in (*folder.glob(f"*/{_LIBRARY}"), folder / _LIBRARY):
            if found.is_file():
                return found
    raise UnavailableError(f"libfaketime: no {_LIBRARY} in {' or '.join(_FOLDERS)}")
