"""A manifest is read back only if everything about it is right."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tracehub.connect.manifest import (
    BrokenError,
    manifest_name,
    number_of,
    planned,
    read_manifest,
    write_manifest,
)
from tracehub.connect.signing import public_key, sign

KEY = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
OTHER = "IB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE"
PUBLIC = public_key(KEY)
SECOND = planned(2, "ab" * 32, b'{"a":1}\n', ["k1"])


def test_manifest_when_written_is_read_back() -> None:
    written = write_manifest(SECOND, KEY)
    assert read_manifest(written, 2, "ab" * 32, PUBLIC) == SECOND
    assert read_manifest(written, 2, None, PUBLIC) == SECOND
    assert write_manifest(SECOND, KEY) == written


def test_name_when_the_content_is_the_same_is_the_same() -> None:
    assert planned(2, "", b"x", []).file == planned(2, "cd" * 32, b"x", ["k"]).file
    assert planned(2, "", b"x", []).file != planned(2, "", b"y", []).file
    assert number_of(SECOND.file) == number_of(SECOND.plan) == number_of(SECOND.name) == 2
    assert number_of("readme.txt") == 0
    assert sorted([manifest_name(10), manifest_name(9)]) == [manifest_name(9), manifest_name(10)]


@pytest.mark.parametrize(
    ("number", "previous", "public", "words"),
    [
        (3, "ab" * 32, PUBLIC, "number 2"),
        (2, "cd" * 32, PUBLIC, "does not continue"),
        (2, "", PUBLIC, "does not continue"),
        (2, "ab" * 32, public_key(OTHER), "signature"),
    ],
)
def test_manifest_when_it_is_not_the_one_that_comes_here_is_broken(
    number: int, previous: str, public: str, words: str
) -> None:
    with pytest.raises(BrokenError, match=words):
        read_manifest(write_manifest(SECOND, KEY), number, previous, public)


@pytest.mark.parametrize(
    "change",
    [
        {"file": "../../etc/passwd"},
        {"file": "0000000003-x.ndjson"},
        {"keys": None},
        {"number": "x"},
    ],
)
def test_manifest_when_signed_but_built_wrongly_is_broken(change: dict[str, Any]) -> None:
    body = orjson.dumps({**SECOND._asdict(), **change})
    with pytest.raises(BrokenError):
        read_manifest(body + b"\n" + sign(KEY, body).encode(), 2, None, PUBLIC)


@pytest.mark.parametrize("at", range(0, 200, 7))
def test_manifest_when_any_byte_is_changed_is_broken(at: int) -> None:
    written = bytearray(write_manifest(SECOND, KEY))
    written[at] ^= 1
    with pytest.raises(BrokenError):
        read_manifest(bytes(written), 2, None, PUBLIC)
