"""What is taken when publishers contradict each other, repeat themselves, or the hub fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.unit.gateway.conftest import KEYS, Gateway
from tests.unit.gateway.test_application import PROCEED, RAW, post, single
from tracehub.errors import RetryError
from tracehub.gateway.room import MOST_OF_ONE
from tracehub.model.record import Record


class _RefusingBus:
    """A log that lets everyone wait, and then acknowledges nothing."""

    def __init__(self, gate: asyncio.Event) -> None:
        self._gate = gate

    async def append(self, _records: Sequence[Record]) -> None:
        await self._gate.wait()
        raise RetryError("the log did not acknowledge in 30 s")


async def test_capture_when_two_contradict_each_other_at_once_takes_one(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    bodies = []
    for number in range(8):
        document["epcisBody"]["eventList"][0]["disposition"] = f"urn:x:{number % 4}"
        bodies.append((json.dumps(document).encode(), ("market", "sister")[number // 4]))
    answers = await asyncio.gather(
        *(post(gateway, "/capture", value, name, **PROCEED) for value, name in bodies)
    )
    taken = [each.status_code for each in answers].count(202)
    assert {each.status_code for each in answers} == {202, 409}
    assert taken == len(await gateway.raw(RAW))
    assert len(set(await gateway.raw(RAW))) == 1


async def test_capture_when_it_contradicts_itself_is_a_conflict(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    event = document["epcisBody"]["eventList"][0]
    document["epcisBody"]["eventList"] = [event, {**event, "disposition": "damaged"}]
    assert (await post(gateway, "/capture", document)).status_code == 409
    assert await gateway.raw(RAW) == []


async def test_capture_when_what_it_contradicts_was_not_acknowledged_is_taken(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    intake = gateway.office.intake
    log, gate = intake._bus, asyncio.Event()
    intake._bus = _RefusingBus(gate)  # type: ignore[assignment]  # it is all that an intake asks for
    first = asyncio.create_task(post(gateway, "/capture", document))
    while not gateway.office._claimed:
        await asyncio.sleep(0)
    document["epcisBody"]["eventList"][0]["disposition"] = "damaged"
    second = asyncio.create_task(post(gateway, "/capture", document))
    await asyncio.sleep(0)
    gate.set()
    assert (await first).status_code == 503
    intake._bus = log
    assert (await second).status_code in {202, 503}
    assert (await post(gateway, "/capture", document)).status_code == 202
    assert len(await gateway.raw(RAW)) == 1


async def test_event_when_it_is_a_document_is_refused(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    for value in (document, [single(document)], []):
        answer = await post(gateway, "/events", value)
        assert (answer.status_code, "/capture" in answer.json()["detail"]) == (400, True)
    assert await gateway.raw(RAW) == []


async def test_event_when_it_was_refused_where_it_might_proceed_is_refused_still(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    for event in ({**single(document), "action": "PERHAPS"}, {"no": "event"}):
        assert (await post(gateway, "/capture", event, **PROCEED)).status_code == 202
        assert (await post(gateway, "/events", event)).status_code == 400


async def test_look_up_when_the_log_does_not_answer_is_503(
    gateway: Gateway, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    event = single(document)
    await post(gateway, "/events", event)

    async def silent(*_: object) -> None:
        raise RetryError("the log did not answer in 30 s")

    monkeypatch.setattr(gateway.bus, "ends", silent)
    path = f"/events/{event['eventID']}"
    answer = await gateway.client.get(path, headers=gateway.auth("market"))
    assert (answer.status_code, answer.json()["status"]) == (503, 503)


async def test_request_when_the_hub_fails_is_a_problem_too(
    gateway: Gateway, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError(KEYS["market"])

    monkeypatch.setattr(gateway.office, "take", broken)
    transport = gateway.client._transport
    monkeypatch.setattr(transport, "raise_app_exceptions", False)
    answer = await post(gateway, "/capture", document)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["status"]) == (500, 500)
    assert KEYS["market"] not in answer.text


async def test_body_when_more_is_on_its_way_than_is_held_is_429(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    with gateway.office.room.held("market") as held:
        held.more(MOST_OF_ONE)
        assert (await post(gateway, "/capture", document)).status_code == 429
        assert (await post(gateway, "/capture", document, "sister")).status_code == 202
    assert (await post(gateway, "/capture", document)).status_code == 202
