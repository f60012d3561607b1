from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import aiokafka.codec
import aiokafka.record.default_records as plain
import cramjam
import pytest
from aiokafka.consumer import fetcher
from aiokafka.record._crecords import default_records
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from tracehub.bus import kafka_decoders
from tracehub.bus.kafka_batches import Pages, SteppingRecords, guard_fetches
from tracehub.bus.kafka_decoders import DECODERS, FAULTS, MAX_DECODED, READERS
from tracehub.model.record import Received

CODECS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    name: getattr(aiokafka.codec, f"{name}_encode") for name in CODECS
}
NONE: Mapping[str, bytes] = {}
PLACE = TopicPartition("raw.food.provincial.zhejiang", 0)

guard_fetches()


def batch(
    base: int, values: list[bytes], codec: int = 0, headers: Mapping[str, bytes] = NONE
) -> bytes:
    """A batch as a broker hands it out."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 30)
    for number, value in enumerate(values):
        builder.append(number, 1000, b"k", value, list(headers.items()))
    built = bytearray(builder.build())
    built[:8] = base.to_bytes(8, "big")
    return bytes(built)


def broken(base: int, payload: bytes, codec: int, count: int = 1) -> bytes:
    """A batch whose checksum is right and whose compressed part is `payload`."""
    head = bytearray(batch(base, [b""] * count)[:61])
    head[22] = codec
    whole = head + payload
    whole[8:12] = (len(whole) - 12).to_bytes(4, "big")
    whole[17:21] = plain.calc_crc32c(bytes(whole[21:])).to_bytes(4, "big")
    return bytes(whole)


def read(*batches: bytes) -> list[Received]:
    client = SteppingRecords(PLACE, Pages(b"".join(batches)), [], 0, None, None, True, 1)
    found = list(client)
    assert client.next_fetch_offset == found[-1].offset + 1
    return found


@pytest.mark.parametrize("name", CODECS)
@given(data=st.binary(max_size=2000))
def test_decoder_when_data_are_whole_gives_them_back(name: str, data: bytes) -> None:
    assert DECODERS[f"{name}_decode"](ENCODERS[name](data)) == data


@pytest.mark.parametrize("name", CODECS)
def test_decoder_when_data_are_as_large_as_allowed_gives_them_back(name: str) -> None:
    decode, encode = DECODERS[f"{name}_decode"], ENCODERS[name]
    assert decode(encode(bytes(MAX_DECODED))) == bytes(MAX_DECODED)
    with pytest.raises(FAULTS):
        decode(encode(bytes(MAX_DECODED + 1)))


@pytest.mark.parametrize("name", CODECS)
@given(data=st.binary(min_size=1, max_size=200))
def test_decoder_when_data_are_anything_ends_with_a_known_fault(name: str, data: bytes) -> None:
    try:
        assert len(DECODERS[f"{name}_decode"](data)) <= MAX_DECODED
    except FAULTS:
        return


@pytest.mark.parametrize("size", [-4, 0, 900])
def test_snappy_when_a_block_has_a_false_size_is_refused(size: int) -> None:
    head = ENCODERS["snappy"](b"")[:16]
    with pytest.raises(FAULTS):
        kafka_decoders.snappy(head + size.to_bytes(4, "big", signed=True) + b"abc")


def test_snappy_when_plain_is_decoded() -> None:
    assert kafka_decoders.snappy(bytes(cramjam.snappy.compress_raw(b"abc"))) == b"abc"


def test_gzip_when_it_has_two_members_is_decoded_whole() -> None:
    assert kafka_decoders.gzip(gzip.compress(b"a") + gzip.compress(b"b")) == b"ab"
    with pytest.raises(FAULTS):
        kafka_decoders.gzip(gzip.compress(bytes(MAX_DECODED)) + gzip.compress(b"b"))


def test_client_when_the_bus_is_imported_holds_capped_decoders_only() -> None:
    found = {
        (reader.__name__, name)
        for reader in READERS
        for name in vars(reader)
        if name.endswith("_decode")
    }
    assert len(found) == 14
    assert all(getattr(r, n) is DECODERS[n] for r in READERS for n in DECODERS if hasattr(r, n))
    assert fetcher.PartitionRecords.func is SteppingRecords
    assert plain.DefaultRecordBatch is default_records.DefaultRecordBatch


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_batch_when_compressed_is_read(codec: int) -> None:
    found = read(batch(0, [b"a", b"b"], codec))
    assert [(each.offset, each.value, each.fault) for each in found] == [
        (0, b"a", None),
        (1, b"b", None),
    ]


@pytest.mark.parametrize("codec", [*CODECS.values(), 7])
def test_batch_when_unreadable_is_one_fault_at_its_last_offset(codec: int) -> None:
    good = batch(0, [b"a", b"b"]), batch(5, [b"c"])
    found = read(good[0], broken(2, b"\xff" * 40, codec, count=3), good[1])
    assert [each.offset for each in found] == [0, 1, 4, 5]
    fault = found[2].fault
    assert fault is not None
    assert fault.code == "bus/unreadable-batch"
    assert "offsets 2 to 4" in fault.text
    assert [each.value for each in found if each.fault is None] == [b"a", b"b", b"c"]


def test_batch_when_broken_after_some_records_keeps_those() -> None:
    inner = batch(0, [b"a", b"b"])[61:]
    found = read(broken(0, inner[:-3], 0, count=2), batch(2, [b"c"]))
    assert [(each.offset, each.value) for each in found] == [(0, b"a"), (1, b""), (2, b"c")]
    assert found[1].fault is not None
    assert "offsets 1 to 1" in found[1].fault.text


def test_batch_when_damaged_on_its_way_is_asked_for_again() -> None:
    whole = bytearray(batch(0, [b"abc"]))
    whole[-2] ^= 1
    with pytest.raises(fetcher.Errors.CorruptRecordException, match="Invalid CRC"):
        read(bytes(whole))


@pytest.mark.parametrize(
    ("headers", "code"),
    [({f"h{n}": b"" for n in range(33)}, "bus/headers"), ({"h": bytes(9000)}, "bus/headers")],
)
def test_record_when_its_headers_are_over_the_limit_is_a_fault(
    headers: dict[str, bytes], code: str
) -> None:
    (found,) = read(batch(0, [b"v"], headers=headers))
    assert found.fault is not None
    assert found.fault.code == code
    assert (found.value, found.headers) == (b"", ())


def test_record_when_it_unpacks_to_half_a_gigabyte_costs_little_memory(tmp_path: Path) -> None:
    frame = bytes(cramjam.zstd.compress(bytes(512 << 20), level=3))
    assert len(frame) < 70_000
    file = tmp_path / "batch"
    file.write_bytes(broken(0, frame, CODECS["zstd"]))
    script = (
        "import sys, resource; resource.setrlimit(resource.RLIMIT_AS, (512 << 20,) * 2)\n"
        "from pathlib import Path\n"
        "from aiokafka.structs import TopicPartition\n"
        "from tracehub.bus.kafka_batches import Pages, SteppingRecords, guard_fetches\n"
        "guard_fetches()\n"
        "records = Pages(Path(sys.argv[1]).read_bytes())\n"
        "(one,) = SteppingRecords(TopicPartition('t', 0), records, [], 0, None, None, True, 1)\n"
        "print(one.fault)\n"
        "from tracehub.testing.memory import peak_mib\n"
        "print(round(1024 * peak_mib()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True
    )
    why, peak = done.stdout.splitlines()
    assert "offsets 0 to 0" in why
    assert int(peak) < 200 * 1024
