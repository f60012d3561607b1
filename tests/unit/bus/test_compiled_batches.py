"""The compiled parts give what the client's own code gives, on good bytes and on damaged ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NoReturn

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder, calc_crc32c
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.bus.test_kafka_decoders import CODECS, batch, broken
from tracehub.avro.package import has_compiled
from tracehub.bus import compiled as seam
from tracehub.bus.compiled import Batches, Check, compiled_batches
from tracehub.bus.kafka_batches import Pages, SteppingRecords
from tracehub.bus.kafka_packed import Packed
from tracehub.bus.kafka_settings import BATCH_BYTES
from tracehub.bus.limit import MAX_RECORD
from tracehub.errors import ConfigError, RejectError
from tracehub.model.record import Received, Row

PLACE = TopicPartition("raw.food.provincial.zhejiang", 3)
NOW_MS = 1_790_000_000_000
names = st.text(max_size=12)
rows = st.tuples(
    st.binary(max_size=300),
    st.binary(max_size=300),
    st.lists(st.tuples(names, st.binary(max_size=20)), max_size=3).map(tuple),
)


@pytest.fixture(scope="module")
def batches(leave_out: Callable[[str], NoReturn]) -> Batches:
    found = compiled_batches("auto")
    if found is None:
        leave_out("the compiled parts: make compiled")
    return found


def passes(_row: Row) -> None:
    """Every row may be sent."""


def theirs(written: Sequence[Row], room: int = BATCH_BYTES) -> tuple[bytes, int]:
    """What the client's builder makes of rows, and how many it takes."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, 0, room)
    count = 0
    for key, value, headers in written:
        if builder.append(count, NOW_MS, key, value, [*headers]) is None:
            break
        count += 1
    builder.set_producer_state(77, 5, 900)
    return bytes(builder.build()), count


def ours(batches: Batches, written: Sequence[Row], room: int = BATCH_BYTES) -> tuple[bytes, int]:
    packed, count = batches.pack(list(written), 0, NOW_MS, room, passes)
    batches.seal(packed, 77, 5, 900)
    return bytes(packed), count


def read(data: bytes, fast: Batches | None, most: int = 7, **fetch: Any) -> Any:
    """What a fetch comes to, in parts; or that its bytes are to be asked for again."""
    options = {"aborted": [], "first": 0, "isolation": 1, **fetch}
    records = SteppingRecords(
        PLACE,
        Pages(data),
        options["aborted"],
        options["first"],
        None,
        None,
        True,
        options["isolation"],
        batches=fast,
    )
    found: list[Received] = []
    try:
        while taken := records.take(most):
            found += taken
    except fetcher.Errors.CorruptRecordException as error:
        return found, str(error)
    shown = [each._replace(fault=None) for each in found]
    faults = [(each.fault.code, each.fault.text) for each in found if each.fault is not None]
    return shown, faults, records.next_fetch_offset


def resealed(data: bytes) -> bytes:
    """The same bytes under a checksum that fits them."""
    checksum: int = calc_crc32c(data[21:])
    return data[:17] + checksum.to_bytes(4, "big") + data[21:]


@given(written=st.lists(rows, min_size=1, max_size=20))
def test_batch_when_packed_equals_what_the_client_builds(
    batches: Batches, written: list[Row]
) -> None:
    assert ours(batches, written) == theirs(written)


@given(written=st.lists(rows, min_size=1, max_size=20), room=st.integers(61, 4000))
def test_batch_when_it_has_little_room_takes_what_fits(
    batches: Batches, written: list[Row], room: int
) -> None:
    packed, count = ours(batches, written, room)
    # The client's own builder counts letters of other scripts in names of headers higher.
    assert count >= theirs(written, room)[1]
    assert packed == theirs(written[:count])[0]
    assert count == 1 or len(packed) <= room


@given(written=st.lists(rows, min_size=1, max_size=40))
def test_batch_when_the_client_built_it_is_read_as_the_client_reads_it(
    batches: Batches, written: list[Row]
) -> None:
    data = theirs(written)[0]
    expected = [
        Received(PLACE.topic, *row, PLACE.partition, offset, NOW_MS)
        for offset, row in enumerate(written)
    ]
    assert read(data, batches) == read(data, None) == (expected, [], len(written))


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_batch_when_compressed_is_read_as_the_client_reads_it(batches: Batches, codec: int) -> None:
    data = batch(40, [bytes([each]) * 50 for each in range(30)], codec, {"th": b"facts"})
    assert read(data, batches, first=45) == read(data, None, first=45)
    assert len(read(data, batches, first=45)[0]) == 25


@pytest.mark.parametrize("codec", [0, *CODECS.values()])
def test_batch_when_bytes_are_cut_flipped_or_spliced_ends_as_with_the_client(
    batches: Batches, codec: int
) -> None:
    chance = random.Random(codec)  # noqa: S311 - the same bytes each time
    good = batch(5, [b"a" * 20, b"", b"b" * 200, b"c"] * 3, codec, {"th": b"x" * 9, "n": b""})
    behind = batch(17, [b"behind"])
    for _ in range(600):
        damaged = bytearray(good)
        for _ in range(chance.choice((1, 1, 2, 5))):
            at = chance.randrange(17, len(damaged))
            damaged[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        if chance.random() < 0.3:
            del damaged[chance.randrange(61, len(damaged)) :]
        elif chance.random() < 0.2:
            damaged += bytes(chance.randrange(1, 9))
        damaged[16] = 2
        damaged[8:12] = (len(damaged) - 12).to_bytes(4, "big")
        data = resealed(bytes(damaged)) + behind
        assert read(data, batches) == read(data, None)
        again = bytes(damaged) + behind
        assert read(again, batches) == read(again, None)


@given(payload=st.binary(max_size=200), count=st.integers(-2, 9))
def test_batch_when_it_holds_anything_ends_as_with_the_client(
    batches: Batches, payload: bytes, count: int
) -> None:
    whole = bytearray(broken(3, payload, 0))
    whole[57:61] = count.to_bytes(4, "big", signed=True)
    data = resealed(bytes(whole))
    assert read(data, batches) == read(data, None)


def test_batch_when_cut_anywhere_is_never_read_beyond_its_end(batches: Batches) -> None:
    good = batch(0, [b"value"] * 3, headers={"th": b"facts"})
    for end in range(len(good)):
        assert not batches.is_whole(good, 0, end)
        for start in (0, len(good) - end):
            try:
                opened = batches.opened(good, start, end, PLACE, None)
                found: list[Received] = []
                while opened.read(found, 2, 0):
                    pass
            except ValueError:
                assert len(found) < 3 if end >= 61 and not start else True
            else:
                pytest.fail(f"all was read of {end} bytes")


@pytest.mark.parametrize("compiled", [False, True])
def test_batch_when_the_logs_own_is_unreadable_is_one_fault(
    batches: Batches, compiled: bool
) -> None:
    good = batch(0, [b"a"], headers={"th": b"x"})
    damaged = bytearray(good)
    damaged[22] |= 0x20
    damaged[damaged.index(b"th")] = 0xF0
    damaged[43:51] = (9).to_bytes(8, "big")
    data = resealed(bytes(damaged)) + batch(1, [b"behind"])
    shown, faults, reached = read(data, batches if compiled else None)
    assert [(each.offset, each.value) for each in shown] == [(0, b""), (1, b"behind")]
    assert [code for code, _ in faults] == ["bus/unreadable-batch"]
    assert reached == 2


@pytest.mark.parametrize("isolation", [0, 1])
def test_batch_when_of_a_given_up_transaction_or_of_the_log_itself_is_skipped(
    batches: Batches, isolation: int
) -> None:
    def of(base: int, attributes: int, key: bytes = b"k") -> bytes:
        builder = DefaultRecordBatchBuilder(2, 0, 0, 9, 0, 0, 1 << 20)
        builder.append(0, NOW_MS, key, b"value", [])
        whole = bytearray(builder.build())
        whole[:8], whole[22] = base.to_bytes(8, "big"), attributes
        return resealed(bytes(whole))

    data = of(0, 0x10) + of(1, 0x30, b"\0\0\0\0") + of(2, 0x10) + of(3, 0x30, b"\0\0\0\1")
    fetch: dict[str, Any] = {"aborted": [(9, 0)], "isolation": isolation}
    found = read(data, batches, **fetch)
    assert found == read(data, None, **fetch)
    assert [each.offset for each in found[0]] == ([2] if isolation else [0, 2])


@pytest.mark.parametrize("headers", [[("h", bytes(9000))], [(str(n), b"") for n in range(33)], []])
def test_record_when_over_the_limits_is_a_fault_as_with_the_client(
    batches: Batches, headers: list[tuple[str, bytes]]
) -> None:
    value = bytes(MAX_RECORD) if not headers else b""
    data = theirs([(b"k", value, tuple(headers)), (b"", b"next", ())], 2 * MAX_RECORD)[0]
    found = read(data, batches)
    assert found == read(data, None)
    assert len(found[1]) == 1


def test_packed_when_a_record_is_over_the_limits_refuses_it_by_its_topic(batches: Batches) -> None:
    large = (b"k", bytes(MAX_RECORD + 1), ())
    with pytest.raises(RejectError, match=r"for deliver\.central\.national") as refused:
        Packed(batches, ("deliver.central.national", 0)).fill([large], 0)
    assert refused.value.code == "bus/too-large"


def test_packed_when_numbered_is_whole_and_has_what_there_is_room_for(batches: Batches) -> None:
    packed = Packed(batches, ("t", 0))
    assert packed.fill([(b"k", bytes(500_000), ())] * 3, 1) == 2
    written = bytes(packed.numbered(7, 1, 40))
    assert packed.count == 1
    assert batches.is_whole(written, 0, len(written))
    assert len(read(written, batches)[0]) == 1


@pytest.mark.parametrize(
    "row",
    [
        None,
        (b"k", b"v"),
        ("k", b"v", ()),
        (b"k", None, ()),
        (b"k", b"v", [("a", b"")]),
        (b"k", b"v", (("a",),)),
        (b"k", b"v", ((b"a", b""),)),
        (b"k", b"v", (("\ud800", b""),)),
    ],
)
def test_row_when_it_is_no_row_is_refused(batches: Batches, row: Any) -> None:
    with pytest.raises((TypeError, UnicodeEncodeError)):
        batches.pack([(b"k", b"v", ()), row], 0, NOW_MS, 1000, passes)


def test_rows_when_changed_meanwhile_are_those_that_were_looked_at(batches: Batches) -> None:
    written: list[Row] = [(b"", bytes(9000), ())] * 2
    assert batches.pack(written, 0, NOW_MS, BATCH_BYTES, lambda _row: written.clear())[1] == 1


def test_rows_when_of_very_different_sizes_are_written_whole(batches: Batches) -> None:
    written: list[Row] = [(b"k", bytes(each), ()) for each in (*range(3000, 0, -15), 200_000, 40)]
    assert ours(batches, written) == theirs(written)


@given(data=st.binary(max_size=100))
def test_checksum_when_by_tables_or_by_the_processor_is_the_clients(
    batches: Batches, data: bytes
) -> None:
    checksum = import_module("tracehub_compiled").checksum
    assert checksum(data) == checksum(data, by_tables=True) == calc_crc32c(data)


def test_compiled_parts_when_another_engine_is_asked_for_are_not_used() -> None:
    assert compiled_batches("generated") is None
    assert compiled_batches("fastavro") is None
    assert (compiled_batches("auto") is not None) == has_compiled()


def test_compiled_parts_when_they_read_other_than_they_wrote_refuse_to_start(
    batches: Batches,
) -> None:
    def late(
        given: Sequence[Row], begin: int, now_ms: int, room: int, check: Check
    ) -> tuple[bytearray, int]:
        return batches.pack(given, begin, now_ms + 1, room, check)

    with pytest.raises(ConfigError, match="do not read what they wrote"):
        seam._check(batches._replace(pack=late))
