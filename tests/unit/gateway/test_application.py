"""The gateway over HTTP: what is taken, what is refused, and who may see it."""

from __future__ import annotations

import asyncio
import json
from copy import deepcopy
from typing import Any

import httpx2
import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from tests.unit.gateway.conftest import KEYS, Gateway
from tracehub.bus.port import Bus
from tracehub.errors import RetryError

JSON = {"content-type": "application/json"}
PROCEED = {"gs1-capture-error-behaviour": "proceed"}
RAW = "raw.food.third-party.market"


def single(document: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = deepcopy(document["epcisBody"]["eventList"][0])
    return {"@context": document["@context"], **event}


def broken(document: dict[str, Any]) -> dict[str, Any]:
    found = deepcopy(document)
    second = deepcopy(found["epcisBody"]["eventList"][0])
    second |= {"eventID": "urn:uuid:7b1d5a52-1c5e-4c8e-9a52-3d4cf6a0f0ff", "action": "PERHAPS"}
    found["epcisBody"]["eventList"].append(second)
    return found


async def post(
    gateway: Gateway, path: str, value: Any, name: str = "market", **headers: str
) -> httpx2.Response:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return await gateway.client.post(
        path, content=content, headers={**JSON, **gateway.auth(name), **headers}
    )


@pytest.mark.parametrize("behaviour", [{}, PROCEED])
async def test_capture_when_taken_lies_on_the_log_untouched(
    gateway: Gateway, document: dict[str, Any], behaviour: dict[str, str]
) -> None:
    answer = await post(gateway, "/capture", document, **behaviour)
    assert answer.status_code == 202, answer.text
    assert await gateway.raw(RAW) == [json.dumps(document).encode()]
    job = (
        await gateway.client.get(answer.headers["location"], headers=gateway.auth("market"))
    ).json()
    assert (job["running"], job["success"], job["errors"]) == (False, True, [])
    assert job["captureErrorBehaviour"] == ("proceed" if behaviour else "rollback")


@pytest.mark.parametrize("behaviour", [{}, PROCEED])
async def test_capture_when_sent_again_gets_the_first_answer_and_no_second_record(
    gateway: Gateway, document: dict[str, Any], behaviour: dict[str, str]
) -> None:
    answers = [await post(gateway, "/capture", document, **behaviour) for _ in range(3)]
    answers += await asyncio.gather(
        *(post(gateway, "/capture", document, **behaviour) for _ in range(3))
    )
    assert len({each.headers["location"] for each in answers}) == 1
    assert len(await gateway.raw(RAW)) == 1


async def test_capture_when_sent_at_once_by_many_is_one_record(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    answers = await asyncio.gather(*(post(gateway, "/capture", document) for _ in range(20)))
    assert {each.status_code for each in answers} == {202}
    assert len(await gateway.raw(RAW)) == 1


async def test_capture_when_one_event_is_refused_is_all_or_nothing(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    answer = await post(gateway, "/capture", broken(document))
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "epcisException:ValidationException"
    (error,) = problem["errors"]
    assert (error["item"], error["rule"]) == (1, "epcis/action-unknown")
    assert error["text_zh"]
    assert await gateway.raw(RAW) == []


async def test_capture_when_it_may_proceed_names_the_refused_event_in_its_job(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    answer = await post(gateway, "/capture", broken(document), **PROCEED)
    assert answer.status_code == 202
    job = (
        await gateway.client.get(answer.headers["location"], headers=gateway.auth("market"))
    ).json()
    assert not job["success"]
    assert [each["title"] for each in job["errors"]] == ["epcis/action-unknown"]
    receipt = await gateway.client.get(
        answer.headers["location"].replace("capture", "receipts"), headers=gateway.auth("market")
    )
    assert [each["verdict"] for each in receipt.json()["events"]] == ["accept", "quarantine"]


@pytest.mark.parametrize("behaviour", [{}, PROCEED])
async def test_capture_when_an_id_says_something_else_is_a_conflict(
    gateway: Gateway, document: dict[str, Any], behaviour: dict[str, str]
) -> None:
    await post(gateway, "/capture", document, **behaviour)
    other = deepcopy(document)
    other["epcisBody"]["eventList"][0]["disposition"] = "damaged"
    answer = await post(gateway, "/capture", other, **behaviour)
    assert answer.status_code == 409
    assert answer.json()["event_ids"] == [document["epcisBody"]["eventList"][0]["eventID"]]
    assert (await post(gateway, "/capture", other, "rival", **behaviour)).status_code == 400
    for_rival = await post(gateway, "/capture?category=food", other, "rival", **behaviour)
    assert for_rival.status_code == 202


async def test_capture_when_it_corrects_is_no_conflict(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    await post(gateway, "/capture", document)
    correction = deepcopy(document)
    correction["epcisBody"]["eventList"][0]["errorDeclaration"] = {
        "declarationTime": "2026-11-02T08:00:00.000+08:00",
        "reason": "incorrect_data",
    }
    assert (await post(gateway, "/capture", correction)).status_code == 202
    assert len(await gateway.raw(RAW)) == 2


async def test_event_when_new_is_201_again_200_other_409(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    event = single(document)
    first, again = [await post(gateway, "/events", event) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["event_id"] == event["eventID"]
    assert (await post(gateway, "/events", {**event, "disposition": "damaged"})).status_code == 409
    found = await gateway.client.get(f"/events/{event['eventID']}", headers=gateway.auth("market"))
    assert found.json()["events"][0]["event_id"] == event["eventID"]


async def test_restart_when_asked_again_remembers(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    first = await post(gateway, "/capture", document)
    gateway.office._window.__init__()  # type: ignore[misc]  # as after a start
    await gateway.office.remember(list(gateway.principals.values()))
    again = await post(gateway, "/capture", document)
    assert again.headers["location"] == first.headers["location"]
    assert len(await gateway.raw(RAW)) == 1


async def test_receipt_when_signed_can_be_checked_by_anyone(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    answer = await post(gateway, "/capture", document)
    path = answer.headers["location"].replace("capture", "receipts")
    receipt = (await gateway.client.get(path, headers=gateway.auth("market"))).json()
    (public,) = (await gateway.client.get("/keys")).json()["keys"]
    assert "d" not in public
    signed = jws.deserialize_compact(
        receipt["signature"], OKPKey.import_key(public), algorithms=["Ed25519"]
    )
    facts = json.loads(signed.payload)
    assert facts == {k: v for k, v in receipt.items() if k not in {"events", "signature"}}
    assert facts["position"] == f"{RAW}/{facts['position'].split('/')[1]}/0"


async def test_objects_when_anothers_or_absent_look_the_same(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    answer = await post(gateway, "/capture", document)
    ticket = answer.headers["location"].rpartition("/")[2]
    event_id = document["epcisBody"]["eventList"][0]["eventID"]
    unknown = ticket[:-4] + ("AAAA" if not ticket.endswith("AAAA") else "BBBB")
    answers = [
        await gateway.client.get(path, headers=gateway.auth(name))
        for path, name in (
            (f"/capture/{ticket}", "rival"),
            (f"/receipts/{ticket}", "rival"),
            (f"/events/{event_id}", "rival"),
            (f"/capture/{ticket}", "lab"),
            (f"/capture/{unknown}", "market"),
            ("/capture/what", "market"),
            ("/uploads/what", "market"),
        )
    ]
    assert {each.status_code for each in answers} == {404}
    assert len({each.text for each in answers[:-1]}) == 1


async def test_request_when_too_many_is_429_and_says_when(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    answers = [await post(gateway, "/capture", document) for _ in range(51)]
    assert [each.status_code for each in answers] == [202] * 50 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    await gateway.clock.advance(1.0)
    assert (await post(gateway, "/capture", document)).status_code == 202


@pytest.mark.parametrize(
    ("path", "headers", "content", "status"),
    [
        ("/capture", {"content-type": "text/plain"}, b"{}", 415),
        ("/capture", {"content-encoding": "gzip", **JSON}, b"{}", 415),
        ("/capture", JSON, b" " * (256 * 1024 + 1), 413),
        ("/capture", JSON, b"", 400),
        ("/capture", JSON, b"{", 400),
        ("/capture", JSON, b'{"a": 1, "a": 2}', 400),
        ("/capture", {**JSON, **PROCEED}, b"\xff\xfe", 400),
        ("/capture", {**JSON, "gs1-capture-error-behaviour": "hope"}, b"{}", 400),
        ("/capture?category=drug", JSON, b"{}", 403),
        ("/capture?category=nonsense", JSON, b"{}", 403),
        ("/nothing", JSON, b"{}", 404),
    ],
)
async def test_request_when_it_cannot_be_taken_says_why(
    gateway: Gateway, path: str, headers: dict[str, str], content: bytes, status: int
) -> None:
    answer = await gateway.client.post(
        path, content=content, headers={**headers, **gateway.auth("market")}
    )
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert (problem["status"], bool(problem["detail"]), bool(problem["title_zh"])) == (
        status,
        True,
        True,
    )
    assert KEYS["market"] not in answer.text


class _SilentBus:
    """A log that acknowledges nothing."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)

    async def append(self, records: Any) -> Any:
        raise RetryError("the log did not acknowledge in 30 s")


async def test_capture_when_the_log_is_silent_is_503_and_forgotten(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    whole = gateway.office.intake._bus
    gateway.office.intake._bus = _SilentBus(whole)
    answer = await post(gateway, "/capture", document)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    gateway.office.intake._bus = whole
    assert (await post(gateway, "/capture", document)).status_code == 202
    assert len(await gateway.raw(RAW)) == 1


async def test_capture_when_too_much_waits_is_429(
    gateway: Gateway, document: dict[str, Any]
) -> None:
    gateway.office.intake._most = 10
    answer = await post(gateway, "/capture", document)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


async def test_record_when_mapped_is_judged_by_the_connections_mapping(gateway: Gateway) -> None:
    answer = await post(gateway, "/records", {"no": "report"}, "lab")
    assert answer.status_code == 400
    assert {each["rule"].partition("/")[0] for each in answer.json()["errors"]}
