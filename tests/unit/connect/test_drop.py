"""A drop folder stays whole wherever a run is broken off, and whoever writes beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tracehub.clock import SystemClock
from tracehub.connect import Line, Mapping, RetryError, batch_item, load_mapping, load_type
from tracehub.connect.drop import DropConfig, DropConnector, open_drop, open_pickup
from tracehub.connect.lines import About
from tracehub.connect.manifest import PLAN, manifest_name
from tracehub.connect.signing import public_key
from tracehub.testing.deliveries import sample_deliveries
from tracehub.testing.servers.receivers import Folders
from tracehub.testing.servers.sftp import PASSWORD, SftpServer, sftp_server

KEY = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
MAPPING: Mapping = load_mapping(load_type("third-party").mapping, "mapping.yaml")
STEPS = 7
"""Writing, syncing and renaming the plan, the same of the file, and the renaming that counts."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[SftpServer]:
    async with sftp_server(tmp_path) as running:
        yield running


def line_to(server: SftpServer, **changes: str) -> Line:
    settings: dict[str, Any] = {
        "host_key": server.host_key,
        "password": PASSWORD,
        "signing_key": KEY,
        **changes,
    }
    settings.setdefault("partner_key", public_key(KEY))
    config = DropConfig(url=server.url, timeout_s=20, **settings)
    return Line("third-party/drop", config, SystemClock())


def opened(server: SftpServer, **changes: str) -> AbstractAsyncContextManager[DropConnector]:
    return open_drop(line_to(server, **changes), lambda each: batch_item(each, MAPPING))


def names(server: SftpServer) -> list[str]:
    return sorted(each.name for each in (server.folder / "drop").iterdir())


def left_over(server: SftpServer) -> list[str]:
    """Files that no manifest names."""
    named = {each[:10] for each in names(server) if each.endswith(".manifest")}
    return [each for each in names(server) if each[:10] not in named or each.endswith(PLAN)]


@pytest.mark.parametrize("step", range(1, STEPS + 1))
async def test_file_when_broken_off_at_any_step_has_its_effect_once(
    server: SftpServer, step: int
) -> None:
    sent = sample_deliveries(5)
    count = 0

    def broken(_step: str, _name: str) -> bool:
        nonlocal count
        count += 1
        return count == step

    server.break_after = broken
    async with opened(server) as connector:
        with pytest.raises(RetryError):
            await connector.deliver(sent[:3])
    effects = await Folders(server, KEY).effects()
    assert effects == ([] if step < STEPS else [each.effect_key for each in sent[:3]])
    async with opened(server) as connector:
        receipts = await connector.deliver(sent)
    finished = "repeated" if step >= STEPS - 1 else "delivered"
    assert [each.status for each in receipts] == [*[finished] * 3, "delivered", "delivered"]
    assert await Folders(server, KEY).effects() == [each.effect_key for each in sent]


async def test_plan_when_its_number_went_to_another_is_taken_back(server: SftpServer) -> None:
    server.break_after = lambda step, name: step == "rename" and name.endswith(PLAN)
    async with opened(server) as connector:
        with pytest.raises(RetryError):
            await connector.deliver(sample_deliveries(2))
        await connector.deliver(sample_deliveries(3))
    async with opened(server) as connector:
        await connector.deliver(sample_deliveries(4))
    assert left_over(server) == []


async def test_number_when_taken_by_another_process_is_not_taken_twice(
    server: SftpServer,
) -> None:
    async with opened(server) as one, opened(server) as other:
        await one.deliver(sample_deliveries(1))
        await other.deliver(sample_deliveries(2))
        steps: list[str] = []

        def interfere(step: str, name: str) -> bool:
            if step == "rename" and name.endswith(".ndjson") and not steps:
                steps.append(name)
                taken = server.folder / "drop" / manifest_name(3)
                taken.write_bytes(b"another process was faster")
            return False

        server.break_after = interfere
        with pytest.raises(RetryError, match="taken by another"):
            await one.deliver(sample_deliveries(3))
        with pytest.raises(RetryError, match="somebody else wrote"):
            await one.deliver(sample_deliveries(3))


async def test_server_when_its_key_is_another_is_not_spoken_to(server: SftpServer) -> None:
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
    async with opened(server, host_key=other) as connector:
        with pytest.raises(RetryError, match="SFTP failed"):
            await connector.deliver(sample_deliveries(1))
    assert names(server) == []


async def test_password_when_wrong_loses_nothing(server: SftpServer) -> None:
    async with opened(server, password="0" * 20) as connector:
        with pytest.raises(RetryError, match="PermissionDenied"):
            await connector.deliver(sample_deliveries(1))


async def test_file_when_it_is_not_what_its_manifest_says_is_not_collected(
    server: SftpServer,
) -> None:
    folders = Folders(server, KEY)
    await folders.publish([b'{"records": []}'])
    (file,) = [each for each in names(server) if each.endswith(".ndjson")]
    path = server.folder / "drop" / file
    good = path.read_bytes()
    path.write_bytes(good[:-3])
    async with open_pickup(line_to(server), lambda _: About("food", "k")) as collector:
        with pytest.raises(RetryError, match="not what its manifest says"):
            await collector.collect("")
        path.write_bytes(good)
        page = await collector.collect("")
        assert [each.value for each in page.records] == [b'{"records": []}']
        await folders.publish([b"{}"])
        with pytest.raises(RetryError, match="does not continue"):
            await collector.collect("1." + "0" * 64)
