"""No wait without an end: the client library has none of its own.

Must not know what is waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from aiokafka import errors

from tracehub.clock import Clock, SystemClock
from tracehub.errors import ConfigError, RetryError, TracehubError

T = TypeVar("T")
STOP_S: Final = 12.0
_PAUSE_S: Final = 0.1
_CLOCK: Final[Clock] = SystemClock()

_FORBIDDEN: Final = (
    errors.TopicAuthorizationFailedError,
    errors.GroupAuthorizationFailedError,
    errors.ClusterAuthorizationFailedError,
    errors.AuthenticationFailedError,
    errors.SaslAuthenticationFailed,
    errors.UnsupportedSaslMechanismError,
)


def told(error: Exception, doing: str) -> TracehubError:
    """A client's error in our words: what happens next, and what an operator can do."""
    said = f"{type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, _FORBIDDEN):
        return ConfigError(
            f"Kafka refuses to {doing} ({said}); give this principal the rights that `tracehub "
            "rights` lists (an administrator makes topics), or check bus.username and bus.password"
        )
    if isinstance(error, errors.MessageSizeTooLargeError):
        return ConfigError(
            f"Kafka refuses to {doing} ({said}); set the topic's max.message.bytes to 1 MiB or more"
        )
    if isinstance(error, errors.KafkaConnectionError) and "bootstrap" in said:
        # The client keeps to itself why: nobody there, or nobody who lets us in.
        return RetryError(
            f"Kafka did not {doing} ({said}); look at bus.servers, bus.security, bus.username and "
            "bus.password"
        )
    return RetryError(f"Kafka did not {doing} ({said})")


async def within(
    deadline_s: float, doing: str, action: Callable[[], Awaitable[T]], *, clock: Clock = _CLOCK
) -> T:
    """Try until it works or the deadline passes.

    Raises:
        RetryError: it did not work in time.
        ConfigError: it will not work before an operator has changed something.
    """
    last: Exception = TimeoutError(f"no answer in {deadline_s:g} s")
    try:
        async with asyncio.timeout(deadline_s):
            while True:
                try:
                    return await action()
                except errors.KafkaError as error:
                    if not error.retriable:
                        raise told(error, doing) from error
                    last = error
                await clock.sleep(_PAUSE_S)
    except TimeoutError:
        raise told(last, doing) from last


async def stopped(*steps: Callable[[], Awaitable[Any]]) -> None:
    """Stop a client; what can't say goodbye in time is left alone.

    Each step is a task of its own, because the client's own cancellations leak out of it.
    """
    for step in steps:
        task = asyncio.ensure_future(step())
        await asyncio.wait({task}, timeout=STOP_S)
        if not task.cancel() and not task.cancelled():
            task.exception()


class Leaving:
    """Clients that are given up: each is stopped beside the work, and nobody waits for it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, stopping: Coroutine[Any, Any, None]) -> None:
        """Stop one."""
        task = asyncio.create_task(stopping)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """Wait for all, but not for ever."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_S)
            for each in late:
                each.cancel()
