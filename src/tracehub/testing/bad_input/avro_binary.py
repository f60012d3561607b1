"""Bad Avro: canonical bytes cut, stretched, and announcing what is not there.

Must not know what the fields of an event mean.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Final

from tracehub.avro.catalogue import bundled, event_subject
from tracehub.avro.codec import FRAME, Codec, Encoded
from tracehub.model.connection import Connection
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.rule_book import RULES
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import Accepted
from tracehub.testing.bad_input.case import ACCEPTED, Case, Kind, good, refused

_OTHERS: Final = ("receipt-value", "dead-letter-value")


@lru_cache(maxsize=1)
def _normaliser() -> Normaliser:
    return Normaliser(Codec(bundled()), Tables())


def _written(chance: random.Random) -> Encoded:
    """A good event in canonical bytes."""
    source = Source("food", Connection("provincial/zhejiang", region="330000"))
    (item,) = _normaliser().normalise(good(chance), source)
    assert isinstance(item, Accepted)
    return Encoded(item.value, item.offsets)


def _number(number: int) -> bytes:
    """A number in Avro's variable-length zig-zag form."""
    rest, out = (number << 1) ^ (number >> 63), bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


def _with_digests(chance: random.Random, digests: bytes) -> bytes:
    """The event with its list of digests, the byte before the sections, written so."""
    value, offsets = _written(chance)
    return value[: offsets[0] - 1] + digests + value[offsets[0] :]


def _cut(chance: random.Random) -> Case:
    value = _written(chance).value
    length = chance.randint(1, len(value) - 1)
    return refused(value[:length], "avro/malformed" if length >= FRAME else "avro/magic")


def _trailing(chance: random.Random) -> Case:
    more = chance.randbytes(chance.randint(1, 300))
    return refused(_written(chance).value + more, "avro/trailing-bytes")


def _other_schema(chance: random.Random) -> Case:
    known = [bundled().newest(name).wire_id for name in _OTHERS]
    wire_id = chance.choice([*known, chance.randint(100_000, 2**32 - 1)])
    value = b"\0" + wire_id.to_bytes(4, "big") + _written(chance).value[FRAME:]
    return refused(value, "avro/unknown-schema")


def _other_category(chance: random.Random) -> Case:
    wire_id = bundled().newest(event_subject("drug")).wire_id
    value = b"\0" + wire_id.to_bytes(4, "big") + _written(chance).value[FRAME:]
    return refused(value, "avro/malformed", "catalogue/category-mismatch")


def _padded_number(chance: random.Random) -> Case:
    value = _written(chance).value
    padding = b"\x80" * chance.randint(0, 12) + b"\0"
    longer = bytes([value[FRAME] & 0x7F | 0x80]) + padding
    return refused(value[:FRAME] + longer + value[FRAME + 1 :], "avro/varint")


def _endless_number(chance: random.Random) -> Case:
    frame = _written(chance).value[:FRAME]
    return refused(frame + b"\xff" * chance.randint(11, 200_000), "avro/varint")


def _negative_length(chance: random.Random) -> Case:
    value = _written(chance).value
    length = _number(-chance.randint(1, 2**62))
    return refused(value[:FRAME] + length + value[FRAME + 1 :], "avro/malformed")


def _long_length(chance: random.Random) -> Case:
    value = _written(chance).value
    length = _number(chance.randint(2_000, 2**62))
    return refused(value[:FRAME] + length + value[FRAME + 1 :], "avro/malformed")


def _many_items(chance: random.Random) -> Case:
    count = chance.randint(10_001, 2**62)
    size = _number(chance.randint(0, 2**62))
    announced = chance.choice((_number(count), _number(-count) + size))
    return refused(_with_digests(chance, announced + b"\0" * 9), "avro/too-many-items")


def _many_blocks(chance: random.Random) -> Case:
    blocks = (_number(5_000) + b"\0" * 5_000) * chance.randint(3, 20)
    return refused(_with_digests(chance, blocks + b"\0"), "avro/too-many-items")


def _missing_items(chance: random.Random) -> Case:
    announced = _number(chance.randint(3_000, 10_000))
    value = _with_digests(chance, announced + b"\0")
    return refused(value, "avro/malformed", "avro/varint", "avro/trailing-bytes")


def _false_size(chance: random.Random) -> Case:
    block = _number(-1) + _number(chance.choice((-1, 1, 3, 2**60))) + b"\x02a\0"
    return refused(_with_digests(chance, block), "avro/malformed")


def _sized_block(chance: random.Random) -> Case:
    block = b"".join(_number(-1) + b"\x42" + b"\x40" + chance.randbytes(32) for _ in range(2))
    value = _with_digests(chance, block + b"\0")
    return refused(value, "canonical/digests")


def _false_branch(chance: random.Random) -> Case:
    value, offsets = _written(chance)
    at = chance.choice(offsets)
    branch = _number(chance.choice((-1, -(2**40), 2, 3, 2**40)))
    return refused(value[:at] + branch + value[at + 1 :], "avro/malformed")


def _false_symbol(chance: random.Random) -> Case:
    value = _written(chance).value
    at = FRAME + 1 + value[FRAME] // 2
    symbol = _number(chance.choice((-1, 12, 99, 2**30)))
    return refused(value[:at] + symbol + value[at + 1 :], "avro/malformed")


def _not_text(chance: random.Random) -> Case:
    value = bytearray(_written(chance).value)
    value[FRAME + 1 + chance.randrange(value[FRAME] // 2)] = chance.choice((0x80, 0xC0, 0xFF))
    return refused(bytes(value), "avro/malformed")


def _flipped(chance: random.Random) -> Case:
    value = bytearray(_written(chance).value)
    for _ in range(chance.randint(1, 4)):
        value[chance.randrange(FRAME, len(value))] ^= 1 << chance.randrange(8)
    return Case("", bytes(value), frozenset({ACCEPTED, *RULES}), "some bits carry no meaning")


KINDS: Final[tuple[Kind, ...]] = (
    _cut,
    _trailing,
    _other_schema,
    _other_category,
    _padded_number,
    _endless_number,
    _negative_length,
    _long_length,
    _many_items,
    _many_blocks,
    _missing_items,
    _false_size,
    _sized_block,
    _false_branch,
    _false_symbol,
    _not_text,
    _flipped,
)
