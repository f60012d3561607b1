"""Every alert fires before a real Prometheus when its fault is caused, and clears after it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    closing,
)
from itertools import chain
from pathlib import Path

import pytest

from tests.conftest import LeaveOut
from tests.e2e.hubs import hub_here, killed, worker_here, write_hub, wrong_release
from tests.e2e.night import RECEIVERS, Night
from tests.e2e.prometheus import Prometheus, prometheus
from tracehub.app import Edges, open_bus, topic_specs
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent
from tracehub.testing.proxy import Proxy, in_front
from tracehub.testing.servers.found import free_port
from tracehub.testing.systems import Ledger, running_all, simulated

Fault = Callable[[Night], AbstractAsyncContextManager[None]]

ABSENT, GAP, BEHIND = "TracehubAbsent", "TracehubGap", "TracehubBehind"
OF_THE_LOG: Mapping[Fault, tuple[str, ...]] = {
    Night.full_disk: ("TracehubPublishFailing", "TracehubGatewayFailing"),
    Night.slow_log: ("TracehubGatewayFull",),
}
"""Faults that everything waits for, one after the other, and the alerts that each must raise."""
OF_ONE: Mapping[Fault, tuple[str, ...]] = {
    Night.no_answer: ("TracehubStuck", BEHIND, "TracehubBreakerOpen"),
    Night.refusals: ("TracehubDeliveriesRefused",),
    Night.slow_line: ("TracehubDeliverySlow",),
    Night.bad_records: ("TracehubRejects", "TracehubFlood"),
}
"""Faults of one system or publisher, which leave each other alone."""
OF_RELEASES = ("TracehubRulesDiffer", "TracehubUnaccounted")
OF_WORKERS = ("TracehubWorkersDying",)
ALL = {ABSENT, GAP, *OF_RELEASES, *OF_WORKERS}.union(*OF_THE_LOG.values(), *OF_ONE.values())


@asynccontextmanager
async def night(folder: Path) -> AsyncIterator[tuple[Night, int]]:
    """A hub that is not started yet, and the port of its metrics."""
    links: dict[str, Proxy] = {}
    with closing(Ledger(folder / "ledger.db")) as ledger:
        systems = {each: simulated(each, ledger) for each in RECEIVERS}
        async with (
            running_all((each, 0) for each in systems.values()) as urls,
            in_front(urls, links) as told,
        ):
            path, metrics, gateway = write_hub(folder, "hub", told)
            settings = load_settings(path)
            async with open_bus(settings, Edges(silent()).clock) as bus:
                await bus.ensure(topic_specs(settings))
                url = f"http://127.0.0.1:{gateway}"
                yield Night(folder, path, url, bus, systems, links), metrics


async def quiet(told: Prometheus, stage: Night) -> None:
    """Until each system has had something of ordinary traffic, and nothing fired meanwhile."""
    while any(each.requests["/events"] < 5 for each in stage.systems.values()):
        assert await told.firing() <= {ABSENT}
        await asyncio.sleep(0.1)
    await told.clears({ABSENT})
    assert await told.value("count(count by (rules) (tracehub_build_info))") == 1


async def mended(told: Prometheus) -> None:
    """Until the hub that was started again has passed the gap."""
    while await told.value(f'tracehub_gap{{connection="{RECEIVERS[3]}"}} == 0') is None:
        await asyncio.sleep(0.1)
    await told.clears({GAP, BEHIND})


@pytest.mark.timeout(300)
async def test_alerts_when_their_faults_are_caused_fire_and_clear_when_repaired(
    tmp_path: Path, leave_out: LeaveOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = shutil.which("prometheus")
    if program is None:
        leave_out("Prometheus: no prometheus on the PATH")
    # As the hub's own: what events are routed by is the same everywhere until a wrong release.
    systems = dict.fromkeys(RECEIVERS, "http://127.0.0.1:9")
    other, other_port, _ = write_hub(tmp_path, "other", systems)
    worker, worker_port, _ = write_hub(tmp_path, "worker", systems)
    async with (
        night(tmp_path) as (stage, port),
        prometheus(program, tmp_path, free_port(), (port, other_port, worker_port)) as told,
    ):
        assert {each["name"] for each in await told.rules()} == ALL
        await told.fires(ABSENT)
        async with running(stage), worker_here(worker) as workers:
            async with hub_here(other, "exchange"):
                await quiet(told, stage)
                for fault, alerts in OF_THE_LOG.items():
                    async with fault(stage):
                        await told.fires(*alerts)
            async with AsyncExitStack() as faults:
                for fault in OF_ONE:
                    await faults.enter_async_context(fault(stage))
                await faults.enter_async_context(wrong_release(other, monkeypatch))
                await faults.enter_async_context(killed(workers))
                missing = await stage.lose()
                await told.fires(GAP, *OF_RELEASES, *OF_WORKERS, *chain(*OF_ONE.values()))
            async with hub_here(other, "exchange"):
                # What stands behind the gap grows old.
                await told.clears(ALL - {GAP, BEHIND})
                assert GAP in await told.firing()
                await stage.set_back(*missing)
                await mended(told)
                assert {each["health"] for each in await told.rules()} == {"ok"}


@asynccontextmanager
async def running(stage: Night) -> AsyncIterator[None]:
    """The hub runs, and publishers publish, while the block does."""
    await stage.hub.start()
    publishing = asyncio.create_task(stage.traffic())
    try:
        yield
        await stage.hub.end()
    finally:
        publishing.cancel()
        await asyncio.wait({publishing})
        await stage.hub.kill()
