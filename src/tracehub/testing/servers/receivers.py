"""Real servers as the laws of connectors see them: what they hold, and an answer that gets lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from tracehub.bus.port import Bus
from tracehub.connect.bridge import EFFECT_KEY
from tracehub.connect.manifest import (
    manifest_name,
    planned,
    read_manifest,
    sha256,
    write_manifest,
)
from tracehub.connect.signing import public_key
from tracehub.model.record import Record, header_value
from tracehub.testing.deliveries import sample_deliveries
from tracehub.testing.servers.cut import Cut
from tracehub.testing.servers.repository import Repository
from tracehub.testing.servers.sftp import SftpServer

_LAST = 4
"""The laws lose the answer to the last of so many."""


@dataclass(slots=True)
class Repositories:
    """An EPCIS repository."""

    running: Repository

    async def effects(self) -> Sequence[str]:
        """By the idempotency keys of what was captured."""
        return list(self.running.keys)

    async def lose_answer(self) -> None:
        """Hang up in the answer to the last event."""
        self.running.hang_up_after = _LAST


@dataclass(slots=True)
class Topics:
    """A topic of another cluster."""

    bus: Bus
    topic: str

    async def effects(self) -> Sequence[str]:
        """By the record headers, in the order of the samples: partitions have none among them."""
        found = [
            (header_value(each.headers, EFFECT_KEY) or b"").decode()
            for partition, end in enumerate(await self.bus.ends(self.topic))
            for each in await self.bus.read(self.topic, partition, 0, end or 1)
        ]
        order = [each.effect_key for each in sample_deliveries(100)]
        return sorted(found, key=order.index)

    async def lose_answer(self) -> None:
        """Left to the test: a broker can't be made to keep one answer."""

    async def publish(self, documents: Sequence[bytes]) -> None:
        """Into one partition, so that there is an order."""
        await self.bus.publish([Record(self.topic, b"k", each, partition=1) for each in documents])


@dataclass(slots=True)
class Folders:
    """A drop folder; only what a manifest names is there."""

    running: SftpServer
    key: str
    _digest: str = ""
    _number: int = 0

    async def effects(self) -> Sequence[str]:
        """By the chain of manifests, checked from its beginning."""
        found: list[str] = []
        digest, number = "", 1
        drop = self.running.folder / "drop"
        while (path := drop / manifest_name(number)).exists():
            written = path.read_bytes()
            manifest = read_manifest(written, number, digest, public_key(self.key))
            body = (drop / manifest.file).read_bytes()
            assert sha256(body) == manifest.sha256
            assert body.count(b"\n") == len(manifest.keys)
            found += manifest.keys
            digest, number = sha256(written), number + 1
        return found

    async def lose_answer(self) -> None:
        """Break off after the renaming that is the effect."""
        self.running.break_after = lambda step, name: (
            step == "rename" and name.endswith(".manifest")
        )

    async def publish(self, documents: Sequence[bytes]) -> None:
        """One more file with its manifest, as a partner writes it."""
        drop = self.running.folder / "drop"
        body = b"".join(each + b"\n" for each in documents)
        manifest = planned(self._number + 1, self._digest, body, [""] * len(documents))
        written = write_manifest(manifest, self.key)
        (drop / manifest.file).write_bytes(body)
        (drop / manifest.name).write_bytes(written)
        self._number, self._digest = manifest.number, sha256(written)


@dataclass(slots=True)
class Tables:
    """A table."""

    connection: psycopg.AsyncConnection[Any]
    table: str
    cut: Cut = field(default_factory=lambda: Cut(0))

    async def effects(self) -> Sequence[str]:
        """By its rows."""
        query = sql.SQL("SELECT effect_key FROM {} ORDER BY raw_offset")
        found = await self.connection.execute(query.format(sql.Identifier(self.table)))
        return [key for (key,) in await found.fetchall()]

    async def lose_answer(self) -> None:
        """Keep the answer to the commit."""
        self.cut.after(b"COMMIT")

    async def publish(self, documents: Sequence[bytes]) -> None:
        """As rows, in one transaction."""
        query = sql.SQL("INSERT INTO {} (document) VALUES (%s)").format(sql.Identifier(self.table))
        async with self.connection.transaction(), self.connection.cursor() as cursor:
            await cursor.executemany(query, [(each.decode(),) for each in documents])
