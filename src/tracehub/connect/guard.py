"""Guard: deadline, rate limit, breaker and back-off around any connector, once.

It never tries again by itself: it says what may be tried later, and when. Whoever calls it owns
the loop. Must not know HTTP or any system's format.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tracehub.clock import Clock
from tracehub.connect.breaker import Breaker, View
from tracehub.connect.bucket import Bucket
from tracehub.connect.deadline import deadline
from tracehub.connect.port import Connector, Delivery, Receipt
from tracehub.connect.secret import Scrub
from tracehub.errors import RejectError, RetryError

_REMEMBERED: Final = 10_000
_REFERENCE_BYTES: Final = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard one system may be worked, and when it is left alone.

    Attributes:
        rate_per_s, burst: calls, not events.
        batch: the most events in one call.
        deadline_s: the longest wait for one call.
        breaker_failures, breaker_reset_s: failures in a row that open the breaker; its wait.
    """

    rate_per_s: float = 200.0
    burst: int = 20
    batch: int = 100
    deadline_s: float = 10.0
    breaker_failures: int = 5
    breaker_reset_s: float = 5.0


class Guard:
    """A connector that is never worked too hard and always answers.

    One receipt per event in the same order, whatever the connector inside does: an event that
    was not tried gets a `retry` receipt. It raises nothing on purpose.

    Args:
        connector: what it guards.
        limits: how hard that may be worked.
        clock: the only source of time.
        backoff: seconds to wait after so many failures in a row (full jitter: any wait up to a
            limit that doubles); the only randomness here.
        on_state: told the breaker's state at the start and on every change.
        secrets: texts that no receipt may hold.
    """

    def __init__(  # noqa: PLR0913 - each is a decision of the wiring
        self,
        connector: Connector,
        *,
        limits: Limits,
        clock: Clock,
        backoff: Callable[[int], float],
        on_state: Callable[[str], None] = lambda _state: None,
        secrets: Iterable[str] = (),
    ) -> None:
        self._connector = connector
        self._limits = limits
        self._clock = clock
        self._backoff = backoff
        self._on_state = on_state
        self._scrub = Scrub(secrets)
        self._bucket = Bucket(limits.rate_per_s, limits.burst, clock)
        self._breaker = Breaker(
            limits.breaker_failures, limits.breaker_reset_s, limits.batch, clock
        )
        self._tries: dict[str, int] = {}
        self._shown = ""
        self._show()

    @property
    def view(self) -> View:
        """The breaker, for operators."""
        return self._breaker.view()

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        """Deliver in batches of the admitted size until one of them fails.

        A batch that is refused as a whole is halved until each culprit stands alone.
        """
        receipts: list[Receipt] = []
        queue = deque([tuple(events)] if events else [])
        while queue:
            admitted = self._breaker.admit()
            self._show()
            if not admitted:
                return _and_later(receipts, events, self._held())
            batch = queue.popleft()
            if len(batch) > admitted:
                queue.appendleft(batch[admitted:])
                batch = batch[:admitted]
            try:
                receipts.extend(await self._call(batch))
            except RetryError as error:
                return _and_later(receipts, events, error)
            except RejectError as error:
                if len(batch) > 1:
                    queue.extendleft((batch[len(batch) // 2 :], batch[: len(batch) // 2]))
                else:
                    refused = Receipt("refused", code=error.code, text=error.text)
                    receipts.append(self._finished(batch[0], refused))
            finally:
                self._show()
        return receipts

    async def _call(self, batch: Sequence[Delivery]) -> list[Receipt]:
        """One admitted call.

        Raises:
            RejectError: the system refused the batch as a whole.
            RetryError: it did not answer, or can't work.
        """
        try:
            await self._bucket.take()
            async with deadline(self._clock, self._limits.deadline_s):
                receipts = await self._connector.deliver(batch)
        except RejectError:
            self._breaker.succeeded()
            raise
        except RetryError as error:
            raise self._failed(error.text, error.after_s) from error
        except TimeoutError as error:
            text = f"no answer within {self._limits.deadline_s:g} s"
            raise self._failed(text, 0.0) from error
        except OSError as error:
            raise self._failed(f"connection failed: {type(error).__name__}", 0.0) from error
        except BaseException:
            self._breaker.abandoned()
            raise
        self._breaker.succeeded()
        pairs = zip(batch, receipts, strict=True)
        return [self._finished(delivery, receipt) for delivery, receipt in pairs]

    def _finished(self, delivery: Delivery, receipt: Receipt) -> Receipt:
        """Scrub a receipt, and give a `retry` its wait."""
        clean = replace(
            receipt,
            reference=self._scrub(receipt.reference, _REFERENCE_BYTES),
            text=self._scrub(receipt.text),
        )
        tries = self._tries.pop(delivery.effect_key, 0)
        if clean.status != "retry":
            return clean
        if len(self._tries) >= _REMEMBERED:
            self._tries.pop(next(iter(self._tries)))
        self._tries[delivery.effect_key] = tries + 1
        return replace(clean, after_s=max(clean.after_s, self._backoff(tries)))

    def _failed(self, text: str, after_s: float) -> RetryError:
        failures = self._breaker.view().failures
        safe = self._scrub(text)
        self._breaker.failed(safe)
        return RetryError(safe, after_s=max(after_s, self._backoff(failures)))

    def _held(self) -> RetryError:
        view = self._breaker.view()
        return RetryError(
            f"left alone after {view.failures} failures in a row; the last: {view.last_error}",
            after_s=self._breaker.wait_s() + self._backoff(0),
        )

    def _show(self) -> None:
        if self._breaker.state != self._shown:
            self._shown = self._breaker.state
            self._on_state(self._shown)


def _and_later(
    receipts: Sequence[Receipt], events: Sequence[Delivery], error: RetryError
) -> Sequence[Receipt]:
    """Everything that has no receipt yet is tried later."""
    waiting = Receipt("retry", text=error.text, after_s=error.after_s)
    return [*receipts, *[waiting] * (len(events) - len(receipts))]
