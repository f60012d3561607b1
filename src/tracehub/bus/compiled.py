"""The compiled parts for batches of records: of `tracehub-compiled`, which may be absent.

They read and write batches as Kafka keeps them, and give up on what is damaged or unusual: then the
client's own code looks at the same bytes, and it alone says what is wrong. Must not know a client.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from tracehub.avro.engines import EngineName
from tracehub.avro.package import compiled_parts, has_compiled
from tracehub.bus.limit import FAIR_HEADERS, FAIR_RECORD, fault
from tracehub.errors import ConfigError
from tracehub.model.record import Received, Row

Check = Callable[[Row], None]
"""Asked about a row that may be over the limits; raises when it is."""
_FAIR: Final = (FAIR_RECORD, FAIR_HEADERS)
_SAMPLE_MS: Final = 1_700_000_000_000
_SAMPLES: Final[Sequence[Row]] = [
    (b"", b"", ()),
    (b"key", b"\xff" * 300, (("th", b"facts"), ("示例", b""))),
]


class Opened(Protocol):
    """What is left of a batch that was read."""

    def read(self, into: list[Received], most: int, first: int) -> bool:
        """Append up to `most` records from offset `first` on; True when more may be left."""


class Batches(NamedTuple):
    """What reads and writes batches; whatever `opened` and `read` raise means: ask the client.

    Attributes:
        is_whole: do the bytes between two places fit their checksum?
        opened: the records between two places of the bytes of a fetch.
        pack: as many rows from an index on as have room, and how many they are.
        seal: writes producer, epoch, sequence and checksum.
    """

    is_whole: Callable[[bytes, int, int], bool]
    opened: Callable[[bytes, int, int, tuple[str, int], bytes | None], Opened]
    pack: Callable[[Sequence[Row], int, int, int, Check], tuple[bytearray, int]]
    seal: Callable[[bytearray, int, int, int], None]


def compiled_batches(name: EngineName) -> Batches | None:
    """The compiled parts when the engine of that name has them; None: the client does it.

    Raises:
        ConfigError: they were built for another hub, or do not give back what they were given.
    """
    if name not in {"auto", "compiled"} or not has_compiled():
        return None
    code = compiled_parts()

    def opened(
        data: bytes, start: int, end: int, place: tuple[str, int], unpacked: bytes | None
    ) -> Opened:
        found: Opened = code.Records(
            data, start, end, tuple(place), Received, _FAIR, fault, unpacked
        )
        return found

    def pack(
        rows: Sequence[Row], begin: int, now_ms: int, room: int, check: Check
    ) -> tuple[bytearray, int]:
        held = rows if isinstance(rows, list) else [*rows]
        packed: tuple[bytearray, int] = code.pack(held, begin, now_ms, room, _FAIR, check)
        return packed

    batches = Batches(code.is_whole, opened, pack, code.seal)
    _check(batches)
    return batches


def _check(batches: Batches) -> None:
    """Write two records and read them: this finds parts that were built for something else."""
    packed, count = batches.pack(_SAMPLES, 0, _SAMPLE_MS, 1 << 20, _passes)
    batches.seal(packed, 1, 2, 3)
    data, found = bytes(packed), list[Received]()
    more = batches.opened(data, 0, len(data), ("t", 1), None).read(found, 3, 0)
    expected = [Received("t", *row, 1, offset, _SAMPLE_MS) for offset, row in enumerate(_SAMPLES)]
    if (count, more, found) != (2, False, expected) or not batches.is_whole(data, 0, len(data)):
        raise ConfigError(
            "services.codec: the compiled parts do not read what they wrote; install the "
            "tracehub-compiled of this version, or set generated"
        )


def _passes(_row: Row) -> None:
    """None of these is over the limits."""
