"""The embedded log's tables and statements. Synchronous; every writer runs inside a transaction.

A row of `batch` holds many records. `tail` is the next offset of a partition, `committed` the next
offset of a group, `lease` who reads a partition and in which epoch. Must not know asyncio.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tracehub.bus.partition import partition_for
from tracehub.bus.port import TopicSpec
from tracehub.bus.sqlite_rows import pack, unpack
from tracehub.errors import ConfigError, FencedError
from tracehub.model.record import Placed, Received, Record
from tracehub.sqlite_file import open_file

TopicPartition = tuple[str, int]
_COMPACT_ROWS: Final = 64
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS topic (
    name TEXT PRIMARY KEY, partitions INTEGER NOT NULL, compacted INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS batch (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, base INTEGER NOT NULL,
    span INTEGER NOT NULL, appended_at INTEGER NOT NULL, records BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS batch_place ON batch (topic, partition, base);
CREATE TABLE IF NOT EXISTS tail (
    topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, partition));
CREATE TABLE IF NOT EXISTS committed (
    grp TEXT, topic TEXT, partition INTEGER, next INTEGER NOT NULL,
    PRIMARY KEY (grp, topic, partition));
CREATE TABLE IF NOT EXISTS member (
    grp TEXT, id TEXT, expires INTEGER NOT NULL, PRIMARY KEY (grp, id));
CREATE TABLE IF NOT EXISTS lease (
    grp TEXT, topic TEXT, partition INTEGER, member TEXT, epoch INTEGER NOT NULL,
    PRIMARY KEY (grp, topic, partition));
"""


class Lease(NamedTuple):
    """A partition that a member reads, in which epoch, and from which offset on."""

    epoch: int
    committed: int


def connect(path: str | Path) -> sqlite3.Connection:
    """Open the file, durable: an acknowledged write survives a loss of power."""
    return open_file(path, _TABLES, isolation_level=None, check_same_thread=False)


class Store:
    """Statements over one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._partitions: dict[str, tuple[int, bool]] = {}

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def begin(self) -> None:
        """Take the file's one write lock."""
        self._db.execute("BEGIN IMMEDIATE")

    def end(self, *, good: bool) -> None:
        """Make everything since `begin()` durable, or undo it."""
        if self._db.in_transaction:
            self._db.execute("COMMIT" if good else "ROLLBACK")

    def version(self) -> int:
        """A number that changes when another connection has written."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has.

        Raises:
            ConfigError: there is no such topic.
        """
        return self._topic(topic)[0]

    def ensure(self, specs: Iterable[TopicSpec]) -> None:
        """Create missing topics."""
        for spec in specs:
            self._db.execute(
                "INSERT OR IGNORE INTO topic VALUES (?, ?, ?)",
                (spec.name, spec.partitions, spec.compacted),
            )
            self._db.executemany(
                "INSERT OR IGNORE INTO tail VALUES (?, ?, 0)",
                [(spec.name, partition) for partition in range(spec.partitions)],
            )
            has = self.partitions(spec.name)
            if has != spec.partitions:
                raise ConfigError(
                    f"topic {spec.name} has {has} partitions, the settings say {spec.partitions}; "
                    "partitions are fixed once a topic exists: set bus.partitions back"
                )

    def append(
        self, records: Sequence[Record], now_ms: int
    ) -> Mapping[TopicPartition, tuple[int, Sequence[Record]]]:
        """Append records; returns the first offset and the records of each partition written."""
        grouped: dict[TopicPartition, list[Record]] = defaultdict(list)
        for record in records:
            partition = record.partition
            if partition is None:
                partition = partition_for(record.key, self.partitions(record.topic))
            grouped[record.topic, partition].append(record)
        placed = {place: [each[1:4] for each in batch] for place, batch in grouped.items()}
        bases = self.append_placed(placed, now_ms)
        return {place: (base, grouped[place]) for place, base in bases.items()}

    def append_placed(self, placed: Placed, now_ms: int) -> Mapping[TopicPartition, int]:
        """Append rows to their places; returns the first offset of each."""
        for topic, partition in placed:
            if partition >= self.partitions(topic):
                raise ConfigError(f"topic {topic} has no partition {partition}")
        bases = {}
        for (topic, partition), rows in placed.items():
            base = bases[topic, partition] = self.tail(topic, partition)
            self._db.execute(
                "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)",
                (topic, partition, base, len(rows), now_ms, pack(enumerate(rows))),
            )
            self._db.execute(
                "UPDATE tail SET next = ? WHERE topic = ? AND partition = ?",
                (base + len(rows), topic, partition),
            )
            if self._topic(topic)[1]:
                self._compact(topic, partition)
        return bases

    def read(self, topic: str, partition: int, offset: int, limit: int) -> list[Received]:
        """Up to `limit` records from `offset` on."""
        rows = self._db.execute(
            "SELECT base, span, appended_at, records FROM batch WHERE topic = ?1 "
            "AND partition = ?2 AND base >= coalesce((SELECT max(base) FROM batch "
            "WHERE topic = ?1 AND partition = ?2 AND base <= ?3), 0) ORDER BY base",
            (topic, partition, offset),
        )
        found: list[Received] = []
        for base, _span, appended_at, blob in rows:
            for received in unpack(blob, topic, partition, base, appended_at):
                if received.offset >= offset:
                    found.append(received)
                    if len(found) == limit:
                        return found
        return found

    def tails(self) -> dict[TopicPartition, int]:
        """The next offset of every partition."""
        rows = self._db.execute("SELECT topic, partition, next FROM tail")
        return {(topic, partition): following for topic, partition, following in rows}

    def tail(self, topic: str, partition: int) -> int:
        """The next offset of one partition."""
        row = self._db.execute(
            "SELECT next FROM tail WHERE topic = ? AND partition = ?", (topic, partition)
        ).fetchone()
        return int(row[0])

    def committed(self, group: str) -> Mapping[TopicPartition, int]:
        """A group's next offsets."""
        rows = self._db.execute(
            "SELECT topic, partition, next FROM committed WHERE grp = ?", (group,)
        )
        return {(topic, partition): following for topic, partition, following in rows}

    def commit(
        self,
        group: str,
        member: str,
        epochs: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
    ) -> None:
        """Move a group's offsets, all or none.

        Raises:
            FencedError: a lease is another's, or of a later epoch.
        """
        for place, epoch in epochs.items():
            row = self._db.execute(
                "SELECT member, epoch FROM lease WHERE grp = ? AND topic = ? AND partition = ?",
                (group, *place),
            ).fetchone()
            if row != (member, epoch):
                raise FencedError(f"{group}: {place[0]}/{place[1]} has moved to another member")
        self._db.executemany(
            "INSERT OR REPLACE INTO committed VALUES (?, ?, ?, ?)",
            [(group, *place, end) for place, end in ends.items()],
        )

    def beat(self, group: str, member: str, now_ms: int, expires: int) -> list[str]:
        """Stay a member; forget the dead with their leases. Returns the living, sorted."""
        self._db.execute("DELETE FROM member WHERE grp = ? AND expires < ?", (group, now_ms))
        self._db.execute("INSERT OR REPLACE INTO member VALUES (?, ?, ?)", (group, member, expires))
        self._db.execute(
            "UPDATE lease SET member = NULL WHERE grp = ?1 AND member IS NOT NULL "
            "AND member NOT IN (SELECT id FROM member WHERE grp = ?1)",
            (group,),
        )
        rows = self._db.execute("SELECT id FROM member WHERE grp = ? ORDER BY id", (group,))
        return [row[0] for row in rows]

    def claim(self, group: str, member: str, place: TopicPartition) -> Lease | None:
        """Take a free partition in a new epoch; None while another member has it."""
        self._db.execute("INSERT OR IGNORE INTO lease VALUES (?, ?, ?, NULL, 0)", (group, *place))
        row = self._db.execute(
            "UPDATE lease SET member = ?, epoch = epoch + 1 WHERE grp = ? AND topic = ? "
            "AND partition = ? AND member IS NULL RETURNING epoch",
            (member, group, *place),
        ).fetchone()
        if row is None:
            return None
        at = self._db.execute(
            "SELECT next FROM committed WHERE grp = ? AND topic = ? AND partition = ?",
            (group, *place),
        ).fetchone()
        return Lease(row[0], at[0] if at else 0)

    def release(self, group: str, member: str, places: Iterable[TopicPartition]) -> None:
        """Give partitions back."""
        self._db.executemany(
            "UPDATE lease SET member = NULL WHERE grp = ? AND topic = ? AND partition = ? "
            "AND member = ?",
            [(group, *place, member) for place in places],
        )

    def leave(self, group: str, member: str) -> None:
        """Stop being a member; every lease is free at once."""
        self._db.execute(
            "UPDATE lease SET member = NULL WHERE grp = ? AND member = ?", (group, member)
        )
        self._db.execute("DELETE FROM member WHERE grp = ? AND id = ?", (group, member))

    def leases(self, group: str, member: str) -> set[TopicPartition]:
        """The partitions that a member has."""
        rows = self._db.execute(
            "SELECT topic, partition FROM lease WHERE grp = ? AND member = ?", (group, member)
        )
        return {(topic, partition) for topic, partition in rows}

    def _topic(self, name: str) -> tuple[int, bool]:
        if name not in self._partitions:
            row = self._db.execute(
                "SELECT partitions, compacted FROM topic WHERE name = ?", (name,)
            ).fetchone()
            if row is None:
                raise ConfigError(
                    f"there is no topic {name}; create it with `tracehub topics --create`"
                )
            self._partitions[name] = (row[0], bool(row[1]))
        return self._partitions[name]

    def _compact(self, topic: str, partition: int) -> None:
        """Keep the last record of each key once enough rows have come together."""
        where = "WHERE topic = ? AND partition = ?"
        count = self._db.execute(
            f"SELECT COUNT(*) FROM batch {where}",  # noqa: S608 - constant text
            (topic, partition),
        ).fetchone()[0]
        if count < _COMPACT_ROWS:
            return
        rows = self._db.execute(
            f"SELECT base, span, appended_at, records FROM batch {where} ORDER BY base",  # noqa: S608 - constant text
            (topic, partition),
        ).fetchall()
        last: dict[bytes, Received] = {}
        for base, _span, appended_at, blob in rows:
            for received in unpack(blob, topic, partition, base, appended_at):
                last.pop(received.key, None)
                last[received.key] = received
        first, span = rows[0][0], rows[-1][0] + rows[-1][1] - rows[0][0]
        kept = sorted(last.values(), key=lambda each: each.offset)
        blob = pack((each.offset - first, each[1:4]) for each in kept)
        self._db.execute(f"DELETE FROM batch {where}", (topic, partition))  # noqa: S608 - constant text
        self._db.execute(
            "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)",
            (topic, partition, first, span, rows[-1][2], blob),
        )
