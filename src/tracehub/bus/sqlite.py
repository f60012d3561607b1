"""SqliteBus: the durable log of one machine, in one file, for several processes.

Writes of this process that wait at the same time become one transaction (group commit), so that
many small batches cost one disk flush. Its promises end with the loss of that disk.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar

from tracehub.bus.partition import positions
from tracehub.bus.port import TopicSpec
from tracehub.bus.sqlite_group import Membership, SqliteSubscription
from tracehub.bus.sqlite_store import Store, TopicPartition, connect
from tracehub.clock import Clock
from tracehub.errors import RejectError, RetryError, TracehubError
from tracehub.model.record import Placed, Position, Received, Record, Row

T = TypeVar("T")
MAX_RECORD: Final = 1024 * 1024
_POLL_S: Final = 0.015
"""How soon a reader notices what another process has written."""


class SqliteBus:
    """`Bus` on a SQLite file. Use `SqliteBus.open()`."""

    def __init__(  # noqa: PLR0913 - assembled by open() alone
        self,
        writer: Store,
        reader: Store,
        threads: tuple[ThreadPoolExecutor, ThreadPoolExecutor],
        clock: Clock,
        *,
        max_records: int,
        lease_s: float,
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._threads = threads
        self._clock = clock
        self._max_records = max_records
        self._lease_s = lease_s
        self._waiting: list[tuple[Callable[[Store], Any], asyncio.Future[Any]]] = []
        self._draining: asyncio.Task[None] | None = None
        self._members = 0
        self.tails: dict[TopicPartition, int] = {}
        self.changed = asyncio.Condition()

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path | str,
        *,
        clock: Clock,
        max_records: int = 1000,
        lease_s: float = 5.0,
    ) -> AsyncIterator[SqliteBus]:
        """Open or make the log; `":memory:"` lives as long as this bus.

        Args:
            path: the file.
            clock: gives records their append time, and leases their end.
            max_records: the most records in one batch of a subscription.
            lease_s: how long a member that died keeps its partitions.

        Raises:
            ConfigError: the file can't be used.
        """
        writing = ThreadPoolExecutor(1, "sqlite-write")
        memory = str(path) == ":memory:"
        reading = writing if memory else ThreadPoolExecutor(1, "sqlite-read")
        loop = asyncio.get_running_loop()
        writer = Store(await loop.run_in_executor(writing, connect, path))
        reader = writer if memory else Store(await loop.run_in_executor(reading, connect, path))
        threads = (writing, reading)
        bus = cls(writer, reader, threads, clock, max_records=max_records, lease_s=lease_s)
        watching = asyncio.create_task(bus._watch())
        try:
            yield bus
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            for thread in dict.fromkeys(threads):
                store = writer if thread is writing else reader
                await loop.run_in_executor(thread, store.close)
                thread.shutdown()

    async def publish(self, records: Sequence[Record]) -> None:
        """Append every record in one transaction; durable when it returns."""
        if records:
            await self._append(records)

    async def publish_placed(self, placed: Placed) -> None:
        """As `publish()`, of rows whose places are known."""
        if placed:
            for (topic, _), rows in placed.items():
                _check(topic, rows)
            now_ms = self._clock.now_ms()
            bases = await self.write(lambda store: store.append_placed(placed, now_ms))
            await self._notice({place: base + len(placed[place]) for place, base in bases.items()})

    async def append(self, records: Sequence[Record]) -> Sequence[Position]:
        """As `publish()`; says where each record lies, in their order."""
        if not records:
            return ()
        written = await self._append(records)
        return positions(
            records, {place: zip(batch, count(base)) for place, (base, batch) in written.items()}
        )

    async def _append(
        self, records: Sequence[Record]
    ) -> Mapping[TopicPartition, tuple[int, Sequence[Record]]]:
        for record in records:
            _check(record.topic, (record[1:4],))
        batch = tuple(records)
        now_ms = self._clock.now_ms()
        written = await self.write(lambda store: store.append(batch, now_ms))
        await self._notice({place: base + len(share) for place, (base, share) in written.items()})
        return written

    def subscribe(self, topics: Sequence[str], *, group: str) -> _Subscribing:
        """Join a group."""
        self._members += 1
        me = f"{os.getpid()}-{id(self):x}-{self._members}"
        membership = Membership(group, me, tuple(topics))
        return _Subscribing(
            SqliteSubscription(self, membership, self._clock, self._max_records, self._lease_s)
        )

    async def ensure(self, topics: Sequence[TopicSpec]) -> None:
        """Create what is missing."""
        specs = tuple(topics)
        await self.write(lambda store: store.ensure(specs))
        await self._notice(await self.look(lambda store: store.tails()))

    async def ends(self, topic: str) -> tuple[int, ...]:
        """The next offset of each partition."""
        return (await self.ends_of([topic]))[topic]

    async def ends_of(self, topics: Collection[str]) -> Mapping[str, tuple[int, ...]]:
        """As `ends()`, of several topics by one question."""

        def ask(store: Store) -> Mapping[str, tuple[int, ...]]:
            counts = {each: range(store.partitions(each)) for each in topics}
            return {
                topic: tuple(store.tail(topic, each) for each in count)
                for topic, count in counts.items()
            }

        return await self.look(ask)

    async def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Received]:
        """Up to `limit` records from `offset` on."""
        return await self.look(lambda store: store.read(topic, partition, offset, limit))

    async def look(self, ask: Callable[[Store], T]) -> T:
        """Run one read on the reading thread."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads[1], ask, self._reader)
        except sqlite3.Error as error:
            raise RetryError(f"the embedded log can't be read: {error}") from error

    async def write(self, change: Callable[[Store], T]) -> T:
        """Run one change in a transaction, together with all that wait at the same time.

        Raises:
            RetryError: the file did not take it; nothing of this transaction is in the log.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, future))
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        return await asyncio.shield(future)

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            work, self._waiting = self._waiting, []
            changes = [change for change, _ in work]
            results = await loop.run_in_executor(self._threads[0], self._together, changes)
            for (_, future), result in zip(work, results, strict=True):
                if future.cancelled():
                    continue
                if isinstance(result, BaseException):
                    future.set_exception(result)
                else:
                    future.set_result(result)

    def _together(self, changes: Sequence[Callable[[Store], Any]]) -> list[Any]:
        """One transaction; a change that raises its own error must not have written before."""
        results: list[Any] = []
        try:
            self._writer.begin()
            for change in changes:
                try:
                    results.append(change(self._writer))
                except TracehubError as error:
                    results.append(error)
            self._writer.end(good=True)
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._writer.end(good=False)
            failed = RetryError(f"the embedded log can't be written: {error}")
            return [failed] * len(changes)
        return results

    async def _watch(self) -> None:
        """Wake readers when another process has written."""
        last = -1
        while True:
            with suppress(RetryError):
                version = await self.look(lambda store: store.version())
                if version != last:
                    last = version
                    await self._notice(await self.look(lambda store: store.tails()))
            await asyncio.sleep(_POLL_S)

    async def _notice(self, tails: Mapping[TopicPartition, int]) -> None:
        async with self.changed:
            self.tails.update(tails)
            self.changed.notify_all()


def _check(topic: str, rows: Iterable[Row]) -> None:
    for key, value, _ in rows:
        size = len(key) + len(value)
        if size > MAX_RECORD:
            raise RejectError(
                "bus/too-large",
                f"a record for {topic} has {size} bytes, at most {MAX_RECORD} are taken; "
                "split the document",
            )


class _Subscribing:
    """Enter: a member of the group. Leave: its partitions are free at once."""

    def __init__(self, subscription: SqliteSubscription) -> None:
        self._subscription = subscription

    async def __aenter__(self) -> SqliteSubscription:
        await self._subscription.join()
        return self._subscription

    async def __aexit__(self, *_exc: object) -> None:
        await self._subscription.leave()
