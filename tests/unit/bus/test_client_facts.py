"""Facts of the client's code that ours rests on: an upgrade that changes one is noticed here.

Numbers are those of docs/kafka-client.md; traps that are behaviour stand in `tests/kafka`.
"""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, errors
from aiokafka.consumer import fetcher, group_coordinator
from aiokafka.producer.producer import commit_structure_validate
from aiokafka.protocol import commit, group, transaction

from tracehub.bus import kafka_deadline
from tracehub.bus.kafka_settings import MEMBER, READER
from tracehub.errors import RetryError


def versions(module: Any, request: str) -> list[int]:
    """The versions of a request that the client can speak."""
    pattern = re.compile(rf"{request}Request_v(\d+)$")
    return sorted(int(found[1]) for name in vars(module) if (found := pattern.match(name)))


def defaults(client: type) -> dict[str, object]:
    parameters = inspect.signature(client).parameters.values()
    return {each.name: each.default for each in parameters}


def test_a20_client_is_of_the_line_that_was_looked_at() -> None:
    assert version("aiokafka").startswith("0.14.")


def test_a3_transactions_name_a_group_and_no_member() -> None:
    signature = inspect.signature(AIOKafkaProducer.send_offsets_to_transaction)
    assert list(signature.parameters) == ["self", "offsets", "group_id"]
    assert versions(commit, "OffsetFetch") == [0, 1, 2, 3], "7 would know require_stable"


@pytest.mark.parametrize(
    "request_name",
    ["EndTxn", "InitProducerId", "AddPartitionsToTxn", "AddOffsetsToTxn", "TxnOffsetCommit"],
)
def test_a4_transactions_are_of_the_first_protocol(request_name: str) -> None:
    assert versions(transaction, request_name) == [0]


def test_a5_client_unpacks_without_a_limit() -> None:
    code = (
        "import cramjam; from aiokafka.codec import zstd_decode\n"
        "small = bytes(cramjam.zstd.compress(bytes(64 << 20)))\n"
        "print(len(small) < 16_384, len(zstd_decode(small)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["True", str(64 << 20)]


def test_a7_defaults_lose_or_repeat_and_none_of_them_is_ours() -> None:
    consumer, producer = defaults(AIOKafkaConsumer), defaults(AIOKafkaProducer)
    theirs = {name: consumer[name] for name in ("enable_auto_commit", "auto_offset_reset")}
    assert theirs == {"enable_auto_commit": True, "auto_offset_reset": "latest"}
    assert consumer["isolation_level"] == "read_uncommitted"
    assert consumer["session_timeout_ms"] == 10_000
    assert producer["enable_idempotence"] is False
    for ours in (READER, MEMBER):
        assert ours["enable_auto_commit"] is False
        assert ours["auto_offset_reset"] == "none"
        assert ours["isolation_level"] == "read_committed"
    assert (MEMBER["session_timeout_ms"], MEMBER["rebalance_timeout_ms"]) == (6_000, 60_000)


def test_a8_groups_are_of_the_classic_protocol() -> None:
    assert versions(group, "JoinGroup") == [0, 1, 2, 5]
    keys = {each.API_KEY for each in vars(group).values() if hasattr(each, "API_KEY")}
    assert 68 not in keys, "ConsumerGroupHeartbeat of KIP-848"


def test_a13_offsets_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match=r"{}"):
        commit_structure_validate({})


@pytest.mark.parametrize("code", [82, 88, 90, 120])
def test_a16_fencing_has_no_class_of_its_own_and_ends_in_a_new_producer(code: int) -> None:
    error = errors.for_code(code)
    assert error is errors.UnknownError
    assert not error.retriable
    assert isinstance(kafka_deadline.told(error("fenced"), "do it"), RetryError)


def test_a17_sessions_are_not_renewed_so_tokens_are_not_offered() -> None:
    source = inspect.getsource(sys.modules["aiokafka.conn"])
    assert "session_lifetime" not in source
    assert "reauth" not in source.lower()


def test_a18_static_membership_is_off() -> None:
    assert not hasattr(errors, "FencedInstanceIdError")
    assert "group_instance_id" not in MEMBER


def test_a19_client_has_its_own_clock_so_time_is_simulated_above_it() -> None:
    for module in (fetcher, group_coordinator):
        assert "time.monotonic()" in inspect.getsource(module)
