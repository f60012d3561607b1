"""Records over the log's limits, and records that only look like the hub's own.

Must not know any engine of the log.
"""

from __future__ import annotations

import random
from typing import Final

from tracehub.bus.limit import MAX_HEADERS, MAX_KEY
from tracehub.model.facts import HEADER_NAME
from tracehub.testing.bad_input.case import Case, Kind, good, legal, refused


def _long_key(chance: random.Random) -> Case:
    key = bytes(chance.randint(MAX_KEY + 1, 1 << 20))
    return refused(good(chance), "bus/key-too-large", key=key)


def _many_headers(chance: random.Random) -> Case:
    headers = tuple((f"h{n}", b"") for n in range(chance.randint(MAX_HEADERS + 1, 3_000)))
    return refused(good(chance), "bus/headers", headers=headers)


def _long_headers(chance: random.Random) -> Case:
    size = chance.randint(8_200, 500_000)
    pair = chance.choice((("h", bytes(size)), ("h" * size, b"")))
    return refused(good(chance), "bus/headers", headers=(pair,))


def _large(chance: random.Random) -> Case:
    return refused(bytes(chance.randint((1 << 20) + 1, 2 << 20)), "bus/too-large")


def _empty(chance: random.Random) -> Case:
    return refused(b"", "document/empty", key=chance.randbytes(chance.randint(0, 9)))


def _forged(chance: random.Random) -> Case:
    headers = ((HEADER_NAME, chance.randbytes(chance.randint(0, 200))),)
    return legal(good(chance), "a publisher's own th is ignored", headers=headers)


def _odd_key(chance: random.Random) -> Case:
    key = chance.choice((b"", b"\0" * 40, chance.randbytes(MAX_KEY), "键".encode()))
    return legal(good(chance), "the key of a raw record has no meaning", key=key)


def _other_headers(chance: random.Random) -> Case:
    headers = tuple((f"名{n}\n", chance.randbytes(20)) for n in range(MAX_HEADERS))
    return legal(good(chance), "other headers are not looked at", headers=headers)


KINDS: Final[tuple[Kind, ...]] = (
    _long_key,
    _many_headers,
    _long_headers,
    _large,
    _empty,
    _forged,
    _odd_key,
    _other_headers,
)
