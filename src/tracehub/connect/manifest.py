"""Manifest: what one file in a drop folder holds, chained to the one before it and signed.

A file counts only when the manifest of its number names it. A manifest is two lines: JSON, and the
signature of that JSON. Must not know how files get anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from tracehub.connect.http import write_json
from tracehub.connect.signing import sign, verified

ENDING: Final = ".manifest"
PLAN: Final = ".plan"
PART: Final = ".part"
_DIGITS: Final = 10


class Manifest(NamedTuple):
    """What a number stands for.

    Attributes:
        number: from 1, without gaps.
        file: the name of the file with the records, one JSON document a line.
        sha256: of the file.
        keys: the effect key of each record; of a partner that has none, empty texts.
        previous: SHA-256 of the manifest before this one; empty for the first.
    """

    number: int
    file: str
    sha256: str
    keys: tuple[str, ...]
    previous: str

    @property
    def name(self) -> str:
        """The manifest's own name."""
        return manifest_name(self.number)

    @property
    def plan(self) -> str:
        """Its name while it is only a plan."""
        return f"{self.file}{PLAN}"


class BrokenError(Exception):
    """A manifest is not what it must be; the text says how."""


def manifest_name(number: int) -> str:
    """The name of a manifest; names sort as numbers do."""
    return f"{number:0{_DIGITS}}{ENDING}"


def number_of(name: str) -> int:
    """The number in a manifest's, a plan's or a file's name; 0 when it has none."""
    digits = name[:_DIGITS]
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def planned(number: int, previous: str, body: bytes, keys: Sequence[str]) -> Manifest:
    """The manifest of a file with this content; the same content has the same name."""
    digest = sha256(body)
    return Manifest(
        number, f"{number:0{_DIGITS}}-{digest[:16]}.ndjson", digest, tuple(keys), previous
    )


def write_manifest(manifest: Manifest, key: str) -> bytes:
    """Its bytes, signed."""
    body = write_json({**manifest._asdict(), "keys": list(manifest.keys)})
    return body + b"\n" + sign(key, body).encode() + b"\n"


def read_manifest(written: bytes, number: int, previous: str | None, public: str) -> Manifest:
    """A manifest, after everything about it was checked.

    Args:
        written: its bytes.
        number: which one it must be.
        previous: the digest of the one before it; None when that is not known.
        public: the key of who must have signed it.

    Raises:
        BrokenError: it is not the manifest that comes here.
    """
    body, _, signature = written.rstrip(b"\n").partition(b"\n")
    if not verified(public, body, signature.decode("ascii", "replace")):
        raise BrokenError("its signature is not by the agreed key")
    try:
        manifest = _manifest(orjson.loads(body))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise BrokenError("it is not built like a manifest") from None
    if manifest.number != number:
        raise BrokenError(f"it says number {manifest.number}")
    if previous is not None and manifest.previous != previous:
        raise BrokenError("it does not continue the one before it")
    if "/" in manifest.file or number_of(manifest.file) != number:
        raise BrokenError("it names a file that is not its own")
    return manifest


def sha256(body: bytes) -> str:
    """SHA-256 in lower-case hex."""
    return hashlib.sha256(body).hexdigest()


def _manifest(said: Any) -> Manifest:
    keys = tuple(map(str, said["keys"]))
    return Manifest(
        int(said["number"]), str(said["file"]), str(said["sha256"]), keys, str(said["previous"])
    )
