"""An event that fits a layout is seen as the look sees it that made the layout."""

from __future__ import annotations

import math
import random
import string
import struct
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest

from tests.unit.avro.values import chance_of, damaged
from tests.unit.normalise.conftest import Document
from tests.unit.normalise.test_likeness import (
    FAMILY,
    MADE,
    NORMALISER,
    WHOLE,
)
from tracehub.avro.catalogue import bundled
from tracehub.avro.codec import FRAME
from tracehub.avro.fast import GIVEN_UP
from tracehub.avro.generate import reads_of
from tracehub.avro.layout import layout_of
from tracehub.avro.layouts import Layouts, Looked
from tracehub.avro.look_values import Noted
from tracehub.avro.runtime import long_of
from tracehub.avro.shape import parts_of
from tracehub.model.connection import Connection
from tracehub.normalise.likeness import SIGHT
from tracehub.normalise.normaliser import Source
from tracehub.normalise.verdict import Accepted

READS, VALUES = reads_of({each.wire_id: parts_of(each) for each in bundled() if each.head}, SIGHT)
OTHERS = (
    *(struct.pack("<d", each) for each in (math.nan, math.inf, -math.inf, -0.0, -1.0, 1e308)),
    *(b"914403001922038216", b"913301000000000009", b"914403001922038217"),
    *(b"urn:tracehub:uscc:913301000000000009", b"urn:tracehub:uscc:914403001922038217"),
    *(b"2026-01-30T08:00:00.000+08:00", b"2026-02-30T08:00:00.000+08:00", b"2026-01-31T09:60:00Z"),
    *(b"1926-01-31T08:00:00.000+08:00", b"2126-01-31T08:00:00.000+08:00", b"2126-01-31T09:00:00Z"),
    *(b"urn:epc:id:sgtin:6901028.007583.a", b"urn:epc:id:sgtin:6901028.007584.1"),
    *(b"urn:epc:id:sgtin:6901028.0075830.", b"urn:epc:id:sgtin:6901028.007583\0007"),
    *(b"urn:epc:id:sscc:6901028.1234567899", b"urn:tracehub:drug:8123456000000000000a"),
    *(b'"wo"d"', b"[1,2,3", b"[1,2,3]", b"-12.5e", b"-12.5e", b'"\\u00"', b'"wo\nd"'),
)
"""Values that may pass and that may not, as long as some of the events'."""
SIGNS = (string.digits, string.ascii_uppercase + string.digits, "-_.:/% ~é\0字")


class Pair:
    """The layouts of a schema, and the look alone; counts what fitted a layout."""

    def __init__(self, frame: bytes) -> None:
        self.read = READS[frame]
        self.read_again = 0
        self.layouts = Layouts(self._counted, partial(layout_of, VALUES))
        self.fitted = 0

    def compare(self, value: bytes) -> Any:
        """Look in both ways."""
        before = self.read_again
        found = outcome(self.layouts.look, value)
        looked = outcome(self.read, value)
        assert found == (looked and looked[0])
        if found is not None and before == self.read_again:
            self.fitted += 1
        return found

    def _counted(self, value: bytes) -> Looked:
        self.read_again += 1
        return self.read(value)


def outcome(look: Callable[[bytes], Any], value: bytes) -> Any:
    try:
        return look(value)
    except GIVEN_UP:
        return None


@pytest.fixture(scope="module")
def events(document: Document) -> Sequence[bytes]:
    """Rich events, written canonically, that the look passes."""
    without = {"epcList": None, "action": None}
    child = {**FAMILY, "parentID": "urn:epc:id:sgtin:6901028.007583.9"}
    documents = [
        document(),
        document(**WHOLE),
        document(**{**WHOLE, **FAMILY, "epcList": None, "quantityList": None}),
        document(**{**WHOLE, **child, "epcList": None, "quantityList": None}),
        document(**without, **MADE),
    ]
    source = Source("food", Connection("provincial/zhejiang", region="330000"))
    found = [item for each in documents for item in NORMALISER.normalise(each, source)]
    assert all(isinstance(item, Accepted) for item in found), found
    return [item.value for item in found if isinstance(item, Accepted)]


def made(value: bytes) -> Pair:
    """A pair that has made the layout of a value."""
    pair = Pair(value[:FRAME])
    for _ in range(3):
        assert pair.compare(value) is not None
    assert pair.fitted == 1
    return pair


def replaced(value: bytes, noted: Sequence[Noted], chance: random.Random) -> Iterator[bytes]:
    """The value with another of the same length in one of its places, or wherever it stands."""
    spans = {value[start:end] for _, start, end, _ in noted}
    for _, start, end, _ in noted:
        own, size = value[start:end], end - start
        texts = ["".join(chance.choices(signs, k=size)) for signs in SIGNS for _ in range(4)]
        others = [each for each in (*spans, *OTHERS) if len(each) == size]
        others += [each.encode()[:size] for each in texts]
        others += [chance.randbytes(size) for _ in range(4)]
        for at in range(size):
            bytes_of_it = (0x2E, 0x30, 0x39, 0x41, 0x7F, 0x80, own[at] ^ 1, own[at] ^ 0x80)
            others += [own[:at] + bytes([byte]) + own[at + 1 :] for byte in bytes_of_it]
        for other in others:
            yield value[:start] + other + value[end:]
            if size > len("end"):
                yield value.replace(own, other)
                # A number too, in every form that the code has.
                yield value.replace(own[-4:], other[-4:])


def test_event_when_its_values_are_others_is_seen_as_by_the_look(events: Sequence[bytes]) -> None:
    chance, fitted = chance_of(5), []
    for value in events:
        pair = made(value)
        _, noted = pair.read(value)
        for number, other in enumerate(replaced(value, noted, chance)):
            pair.compare(other)
            if number % 5 == 0:  # what was settled for it serves it again, and no other
                pair.compare(other)
        fitted.append(pair.fitted)
    assert min(fitted) > 100


def test_event_when_anything_else_is_another_is_seen_as_by_the_look(
    events: Sequence[bytes],
) -> None:
    chance = chance_of(6)
    for value in events:
        pair = made(value)
        for at in range(len(value)):
            for byte in (0, 1, 2, 4, 0x80, value[at] ^ 1, value[at] ^ 2, value[at] ^ 0x80):
                pair.compare(value[:at] + bytes([byte]) + value[at + 1 :])
        for _ in range(300):
            for other in damaged(value, chance):
                pair.compare(other)


TIMES = (
    *(b"2026-09-01T12:31:07.000Z", b"2026-09-01T12:31:07+08:00", b"2026-09-01T12:31+08:00"),
    *(b"2026-09-01T12:31:59.9996Z", b"1970-01-01T00:00:00Z", b"2099-12-31T23:59:59.9999Z"),
    b"20260901T123107Z",
)


def test_moment_when_others_of_its_minute_are_known_is_what_parsing_it_gives() -> None:
    chance, good = random.Random(3), 0  # noqa: S311 - the same changes each time
    for _ in range(20_000):
        text = bytearray(chance.choice(TIMES))
        for _ in range(chance.randint(0, 2)):
            text[chance.randrange(len(text))] = chance.choice(b"0123456789:.-+TZ ")
        found = VALUES.moment(bytes(text))
        ms = SIGHT.checks.instant(text.decode())
        assert (found is None) == (ms is None or not 0 < ms < 4_102_444_800_000)
        if found is not None and ms is not None:
            assert long_of(found[0], 0) == (2 * ms, len(found[0]))
            good += 1
    assert good > 5000
