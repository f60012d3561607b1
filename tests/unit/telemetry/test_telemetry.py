"""What people see of a hub: logs, metrics and health, over real HTTP."""

from __future__ import annotations

import io
import json
import re

import httpx2

from tracehub.telemetry.health import STUCK_S, Health, application, serving
from tracehub.telemetry.log import logger, silent
from tracehub.telemetry.metrics import Metrics
from tracehub.testing.clock import ManualClock


def test_log_when_written_is_one_json_line_with_its_context() -> None:
    out = io.StringIO()
    logger("info", out, service="exchange").info("record_rejected", code="json/syntax")
    line = json.loads(out.getvalue())
    assert line["event"] == "record_rejected"
    assert (line["service"], line["code"], line["level"]) == ("exchange", "json/syntax", "info")
    assert line["timestamp"].endswith("Z")


def test_log_when_below_its_level_is_not_written() -> None:
    out = io.StringIO()
    logger("warning", out).info("nothing_happened")
    assert out.getvalue() == ""
    silent().critical("nobody_hears")


def test_metrics_when_exposed_have_our_prefix_and_a_help_text() -> None:
    text = Metrics().exposition().decode()
    names = re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE)
    assert len(names) >= 8
    for name, words in names:
        assert name.startswith("tracehub_")
        assert words.endswith(".")


def test_connection_state_when_shown_is_one_of_three() -> None:
    metrics = Metrics()
    metrics.show_state("a/b", "open")
    metrics.show_state("a/b", "half-open")
    shown = re.findall(r'state="([a-z-]+)"} ([01])', metrics.exposition().decode())
    assert sorted(shown) == [("closed", "0"), ("half-open", "1"), ("open", "0")]


async def test_health_when_asked_over_http_tells_live_ready_and_metrics() -> None:
    health, metrics = Health(ManualClock()), Metrics()
    app = application(health, metrics)
    async with serving(app, "127.0.0.1", 0) as port, httpx2.AsyncClient() as client:

        async def status(path: str) -> int:
            return (await client.get(f"http://127.0.0.1:{port}{path}")).status_code

        assert (await status("/livez"), await status("/readyz")) == (200, 503)
        health.pulse("exchange").ready = True
        assert await status("/readyz") == 200
        health.pulse("deliver").ready = False
        assert await status("/readyz") == 503
        answer = await client.get(f"http://127.0.0.1:{port}/metrics")
        assert "tracehub_build_info" in answer.text


def test_service_when_it_is_stuck_is_not_live() -> None:
    clock = ManualClock()
    health = Health(clock)
    health.pulse("exchange").busy_since_s = clock.monotonic_s() - STUCK_S - 1
    assert not health.live()
    health.pulse("exchange").busy_since_s = None
    assert health.live()
