from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracehub.clock import Clock
from tracehub.connect import Delivery, Guard, Limits, Receipt, RejectError, RetryError
from tracehub.testing.clock import ManualClock
from tracehub.testing.deliveries import sample_deliveries

Answer = Callable[[Sequence[Delivery]], Sequence[Receipt]]
LIMITS = Limits(rate_per_s=1e6, burst=1000, batch=10, breaker_failures=3, breaker_reset_s=5.0)


@dataclass
class Scripted:
    """A connector that answers as it is told and notes what it was asked."""

    answer: Answer
    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        self.asked.append(tuple(each.effect_key for each in events))
        return self.answer(events)


def all_delivered(events: Sequence[Delivery]) -> Sequence[Receipt]:
    return [Receipt("delivered", reference=each.effect_key) for each in events]


def down(_events: Sequence[Delivery]) -> Sequence[Receipt]:
    raise RetryError("the system answered 503", after_s=0.5)


def guard_of(
    connector: Scripted,
    clock: Clock,
    limits: Limits = LIMITS,
    states: list[str] | None = None,
    secrets: Sequence[str] = (),
) -> Guard:
    return Guard(
        connector,
        limits=limits,
        clock=clock,
        backoff=lambda tries: 0.1 * 2.0**tries,
        on_state=(states if states is not None else []).append,
        secrets=secrets,
    )


async def test_events_when_more_than_a_batch_are_split_and_keep_their_order() -> None:
    connector = Scripted(all_delivered)
    sent = sample_deliveries(25)
    receipts = await guard_of(connector, ManualClock()).deliver(sent)
    assert [len(each) for each in connector.asked] == [10, 10, 5]
    assert [each.reference for each in receipts] == [each.effect_key for each in sent]


async def test_events_when_there_are_none_ask_nothing() -> None:
    connector = Scripted(all_delivered)
    assert list(await guard_of(connector, ManualClock()).deliver(())) == []
    assert connector.asked == []


async def test_batch_when_it_fails_stops_the_rest_untried() -> None:
    def second_fails(events: Sequence[Delivery]) -> Sequence[Receipt]:
        return all_delivered(events) if len(connector.asked) == 1 else down(events)

    connector = Scripted(second_fails)
    receipts = await guard_of(connector, ManualClock()).deliver(sample_deliveries(30))
    assert [each.status for each in receipts] == ["delivered"] * 10 + ["retry"] * 20
    assert len(connector.asked) == 2
    assert {each.after_s for each in receipts[10:]} == {0.5}
    assert receipts[10].text == "the system answered 503"


async def test_wait_when_failures_follow_each_other_grows() -> None:
    def refused(_events: Sequence[Delivery]) -> Sequence[Receipt]:
        raise ConnectionRefusedError

    guard = guard_of(Scripted(refused), ManualClock())
    waits = [(await guard.deliver(sample_deliveries(1)))[0].after_s for _ in range(3)]
    assert waits == pytest.approx([0.1, 0.2, 0.4])


async def test_breaker_when_open_holds_everything_back_and_says_so() -> None:
    connector, clock, states = Scripted(down), ManualClock(), list[str]()
    guard = guard_of(connector, clock, states=states)
    for _ in range(3):
        await guard.deliver(sample_deliveries(2))
    held = await guard.deliver(sample_deliveries(2))
    assert len(connector.asked) == 3
    assert [each.status for each in held] == ["retry", "retry"]
    assert held[0].after_s == pytest.approx(5.1)
    assert "503" in held[0].text
    assert guard.view.state == "open"
    assert states == ["closed", "open"]


async def test_system_when_it_comes_back_is_probed_with_one_event_then_slowly() -> None:
    connector, clock, states = Scripted(down), ManualClock(), list[str]()
    guard = guard_of(connector, clock, states=states)
    for _ in range(3):
        await guard.deliver(sample_deliveries(1))
    connector.asked.clear()
    connector.answer = all_delivered
    await clock.advance(5.0)
    receipts = await guard.deliver(sample_deliveries(27))
    assert {each.status for each in receipts} == {"delivered"}
    assert [len(each) for each in connector.asked] == [1, 2, 4, 8, 10, 2]
    assert states == ["closed", "open", "half-open", "closed"]


async def test_call_when_it_hangs_is_given_up_at_the_deadline() -> None:
    class Hanging(Scripted):
        async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
            await asyncio.Event().wait()
            return self.answer(events)

    clock = ManualClock()
    guard = guard_of(Hanging(all_delivered), clock)
    task = asyncio.ensure_future(guard.deliver(sample_deliveries(2)))
    await clock.advance(9.9)
    assert not task.done()
    await clock.advance(0.2)
    assert [each.status for each in task.result()] == ["retry", "retry"]
    assert "10 s" in task.result()[0].text


async def test_calls_when_many_are_kept_to_the_rate() -> None:
    clock = ManualClock()
    limits = Limits(rate_per_s=2.0, burst=1, batch=1)
    connector = Scripted(all_delivered)
    task = asyncio.ensure_future(guard_of(connector, clock, limits).deliver(sample_deliveries(5)))
    await clock.advance(1.0)
    assert len(connector.asked) == 3
    await clock.advance(1.0)
    assert task.done()


@given(st.sets(st.integers(0, 19)))
async def test_batch_when_refused_as_a_whole_is_halved_to_the_culprits(culprits: set[int]) -> None:
    sent = sample_deliveries(20)
    bad = {sent[each].effect_key for each in culprits}

    def refuse(events: Sequence[Delivery]) -> Sequence[Receipt]:
        if any(each.effect_key in bad for each in events):
            raise RejectError("central/invalid", "the system answered 422")
        return all_delivered(events)

    connector = Scripted(refuse)
    receipts = await guard_of(connector, ManualClock()).deliver(sent)
    wanted = ["refused" if each.effect_key in bad else "delivered" for each in sent]
    assert [each.status for each in receipts] == wanted
    assert {each.code for each in receipts if each.status == "refused"} <= {"central/invalid"}
    assert len(connector.asked) <= 2 * 20


async def test_event_when_only_it_is_busy_waits_longer_each_time_and_opens_nothing() -> None:
    def first_busy(events: Sequence[Delivery]) -> Sequence[Receipt]:
        busy = Receipt("retry", text="busy", after_s=0.3)
        return [busy, *all_delivered(events)[1:]]

    guard = guard_of(Scripted(first_busy), ManualClock())
    waits = [(await guard.deliver(sample_deliveries(2)))[0].after_s for _ in range(6)]
    assert waits == pytest.approx([0.3, 0.3, 0.4, 0.8, 1.6, 3.2])
    assert guard.view.state == "closed"


async def test_receipt_when_it_holds_a_secret_or_a_novel_is_scrubbed() -> None:
    secret = "tok-12345678"  # noqa: S105 - of this test only

    def talkative(events: Sequence[Delivery]) -> Sequence[Receipt]:
        return [Receipt("delivered", secret * 99, text=f"{secret} " * 500) for _ in events]

    guard = guard_of(Scripted(talkative), ManualClock(), secrets=[secret])
    (receipt,) = await guard.deliver(sample_deliveries(1))
    assert secret not in f"{receipt}"
    assert len(receipt.text.encode()) <= 1024
    assert len(receipt.reference.encode()) <= 200


async def test_error_when_it_is_a_bug_ends_the_call_and_frees_the_probe() -> None:
    def bug(_events: Sequence[Delivery]) -> Sequence[Receipt]:
        raise ZeroDivisionError

    connector, clock = Scripted(down), ManualClock()
    guard = guard_of(connector, clock)
    for _ in range(3):
        await guard.deliver(sample_deliveries(1))
    await clock.advance(5.0)
    connector.answer = bug
    with pytest.raises(ZeroDivisionError):
        await guard.deliver(sample_deliveries(1))
    connector.answer = all_delivered
    (receipt,) = await guard.deliver(sample_deliveries(1))
    assert receipt.status == "delivered"


async def test_connector_when_it_forgets_a_receipt_is_a_bug() -> None:
    def forgetful(events: Sequence[Delivery]) -> Sequence[Receipt]:
        return all_delivered(events)[1:]

    with pytest.raises(ValueError, match="shorter"):
        await guard_of(Scripted(forgetful), ManualClock()).deliver(sample_deliveries(3))
