"""Run: carry the scenarios out against one connection's test endpoint.

Each takes new sample events, so that a system is asked with what it can't know. It must be a test
endpoint: the events are effects there. Must not know how reports are written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, SecretStr

from tracehub.conformance.relay import changed, lost_answer, relaying
from tracehub.conformance.scenario import SCENARIOS, Finding, Outcome, Scenario
from tracehub.connect import Ability, Connector, ConnectorType, Delivery, Line, Page, Receipt
from tracehub.connect.port import Open
from tracehub.connect.secret import secrets_of
from tracehub.errors import RejectError, RetryError
from tracehub.normalise.convert import EPCIS_JSON, to_epcis
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.verdict import Accepted
from tracehub.testing.deliveries import sample_deliveries

_EVENTS: Final = 3
_PAGES: Final = 20
_SHORT_S: Final = 2.0
_TELLS_CONTENT: Final = frozenset({"idempotency-key", "upsert"})
_RUNS: Final = 1_000_000
_FACT: Final = "none"
_CREATED: Final = "2026-01-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked.

    Attributes:
        type, line: the connector type's name, and the connection's settings.
        ability: the protocol that the settings choose.
        deliver_by: opens the connector.
        collect_by: opens the collector; None for a connection that is not asked for records.
        normaliser, source: how the hub reads what the system publishes.
    """

    type: str
    line: Line
    ability: Ability
    deliver_by: Open
    collect_by: Open | None
    normaliser: Normaliser
    source: Source


class _Answer(NamedTuple):
    outcome: Outcome
    text: str


_Way = Callable[[Target, int], Awaitable[_Answer]]


def ability_of(kind: ConnectorType, config: Any) -> Ability:
    """What the type can do over the protocol that its settings choose."""
    chosen = getattr(getattr(config, "far", None), "protocol", "")
    named = {each.name: each for each in kind.abilities}
    return named.get(chosen) or kind.abilities[0]


async def perform(target: Target) -> list[Finding]:
    """Every scenario, one after another; a failure ends none of the others."""
    run = target.line.clock.now_ms() // 1000 % _RUNS * 100
    return [
        await _found(scenario, target, run + index * 10) for index, scenario in enumerate(SCENARIOS)
    ]


async def _found(scenario: Scenario, target: Target, first: int) -> Finding:
    try:
        answer = await _WAYS[scenario.id](target, first)
    except (RejectError, RetryError) as error:
        answer = _Answer("failed", error.text)
    return Finding(scenario, answer.outcome, answer.text)


async def _deliver(target: Target, sent: Sequence[Delivery], config: Any = None) -> list[Receipt]:
    """By a line of its own, as after a restart."""
    line = target.line if config is None else replace(target.line, config=config)
    async with target.deliver_by(line) as connector:
        found: Connector = connector
        return list(await found.deliver(sent))


async def _happy_path(target: Target, first: int) -> _Answer:
    receipts = await _deliver(target, sample_deliveries(_EVENTS, first))
    return _as_wanted(receipts, "delivered")


async def _repeat(target: Target, first: int) -> _Answer:
    sent = sample_deliveries(_EVENTS, first)
    await _deliver(target, sent)
    receipts = await _deliver(target, sent)
    if target.ability.idempotency == "at-least-once":
        return _Answer("not-applicable", "the protocol has nothing to tell a repeat by")
    return _as_wanted(receipts, "repeated")


async def _refusal(target: Target, first: int) -> _Answer:
    if target.ability.idempotency not in _TELLS_CONTENT:
        return _Answer("not-applicable", "the protocol does not compare contents")
    (sent,) = sample_deliveries(1, first)
    header = sent.event.header._replace(occurred_at=sent.event.header.occurred_at + 1)
    other = replace(sent, event=sent.event._replace(header=header))
    await _deliver(target, [sent])
    (receipt,) = await _deliver(target, [other])
    if receipt.status == "refused" and receipt.code == f"{target.type}/conflict":
        return _Answer("passed", receipt.code)
    return _Answer("failed", f"it answered {receipt.status} {receipt.code}, not a conflict")


async def _damaged(target: Target, first: int, mode: str) -> _Answer:
    sent = sample_deliveries(1, first)  # a system may be handed one a request
    short_s = min(_SHORT_S, target.line.config.timeout_s)
    async with relaying(target.line.config, short_s, target.line.clock) as relay:
        if relay is None:
            return _Answer("not-applicable", "answers of this protocol can't be changed on the way")
        relay.faults.set(lost_answer(mode))
        try:
            told = await _deliver(target, sent, relay.config)
        except RetryError:
            receipts = await _deliver(target, sent)
            if relay.answered:
                return _as_wanted(receipts, "repeated")
            taken = all(each.status in {"repeated", "delivered"} for each in receipts)
            text = f"it took longer than {short_s:g} s, and knew the events afterwards"
            return _Answer("passed", text) if taken else _as_wanted(receipts, "repeated")
    # Its receipt is the head of the answer, which came whole; then it must know the event.
    found = _as_wanted(told, "delivered")
    again = await _deliver(target, sent)
    return found if found.outcome == "failed" else _as_wanted(again, "repeated")


async def _slow(target: Target, first: int) -> _Answer:
    return await _damaged(target, first, "stall-after")


async def _malformed(target: Target, first: int) -> _Answer:
    return await _damaged(target, first, "garble")


async def _auth_expiry(target: Target, first: int) -> _Answer:
    sent = sample_deliveries(1, first)
    if not secrets_of(target.line.config):
        return _Answer("not-applicable", "the connection's settings hold no credentials")
    try:
        receipts = await _deliver(target, sent, _expired(target.line.config))
    except RetryError as error:
        found = _as_wanted(await _deliver(target, sent), "delivered")
        return found if found.outcome == "failed" else _Answer("passed", error.text)
    return _Answer("failed", f"invalid credentials were answered with {receipts[0].status}")


async def _pagination(target: Target, first: int) -> _Answer:
    del first
    if target.collect_by is None:
        return _Answer("not-applicable", "it is not asked for records")
    pages = await _pages(target, target.collect_by)
    if not pages:
        return _Answer("not-applicable", "it has published nothing yet")
    cursors = [page.cursor for page in pages]
    if len(set(cursors)) != len(cursors):
        return _Answer("failed", "a cursor came twice, so collecting would never end")
    async with target.collect_by(target.line) as collector:
        if await collector.collect("") != pages[0]:
            return _Answer("failed", "the same cursor gave another page")
        if len(pages) > 1 and await collector.collect(cursors[0]) != pages[1]:
            return _Answer("failed", "the same cursor gave another page")
    return _Answer(
        "passed", f"{len(pages)} pages, {sum(len(each.records) for each in pages)} records"
    )


async def _back_conversion(target: Target, first: int) -> _Answer:
    del first
    pages = await _pages(target, target.collect_by) if target.collect_by else []
    records = [each for page in pages for each in page.records]
    if not records:
        return _Answer("not-applicable", "it publishes nothing that could be read")
    events = 0
    for record in records:
        source = target.source._replace(category=record.category)
        for judged in target.normaliser.normalise(record.value, source):
            if not isinstance(judged, Accepted):
                return _Answer("failed", f"{judged.error.code}: {judged.error.text}")
            if judged.event.header.event_type != _FACT:
                to_epcis([judged.event], EPCIS_JSON, _CREATED)
            events += 1
    return _Answer("passed", f"{events} events in {len(records)} documents")


async def _pages(target: Target, collect_by: Open) -> list[Page]:
    """The first pages of what is published."""
    found: list[Page] = []
    cursor = ""
    async with collect_by(target.line) as collector:
        while len(found) < _PAGES:
            page = await collector.collect(cursor)
            if not page.records:
                break
            found.append(page)
            cursor = page.cursor
    return found


def _as_wanted(receipts: Sequence[Receipt], status: str) -> _Answer:
    seen = [each.status for each in receipts]
    if seen == [status] * len(seen):
        return _Answer("passed", f"{len(seen)} events {status}")
    said = "; ".join(f"{each.status} {each.code} {each.text}".strip() for each in receipts)
    return _Answer("failed", f"wanted {status}, answered: {said}")


def _expired(config: BaseModel) -> Any:
    """The settings with secrets of the same length that are not valid."""
    values = {
        name: SecretStr("0" * len(value.get_secret_value()))
        for each in (config, getattr(config, "far", None))
        if each is not None
        for name in type(each).model_fields
        if isinstance(value := getattr(each, name), SecretStr)
    }
    return changed(config, values)


_WAYS: Final[dict[str, _Way]] = {
    "happy-path": _happy_path,
    "repeat": _repeat,
    "refusal": _refusal,
    "slow": _slow,
    "malformed-answer": _malformed,
    "auth-expiry": _auth_expiry,
    "pagination": _pagination,
    "back-conversion": _back_conversion,
}
