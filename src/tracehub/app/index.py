"""The index's wiring: the store that the settings name, and the service that fills it."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

from tracehub.app.drive import drive
from tracehub.app.edges import Edges, read_secret, topic_specs
from tracehub.app.judgement import Judgement
from tracehub.app.rights import INDEX, INDEXED
from tracehub.bus.port import Bus
from tracehub.errors import RetryError
from tracehub.index import Index, PostgresIndex, SqliteIndex
from tracehub.index.store import DAY_MS
from tracehub.services.index import Indexing
from tracehub.settings import IndexSettings, Settings

_EXPIRE_EVERY_S = 3600.0


def open_index(settings: IndexSettings) -> AbstractAsyncContextManager[Index]:
    """The store that the settings name."""
    if settings.url is not None:
        return PostgresIndex.open(read_secret(settings.url, "index.url"))
    return SqliteIndex.open(settings.path)


async def serve_index(
    settings: Settings, index: IndexSettings, judged: Judgement, bus: Bus, edges: Edges
) -> None:
    """Fill the index until the wish to stop; forget what is older than its retention."""
    names = [each.name for each in topic_specs(settings) if each.name.startswith(INDEXED)]
    async with open_index(index) as store, asyncio.TaskGroup() as group:
        stage = Indexing(
            store,
            judged.codec,
            judged.normaliser,
            judged.connections,
            edges.clock,
            index.retention_days,
        )
        expiring = group.create_task(_expire(store, index.retention_days, edges))
        await drive(INDEX, names, stage, bus, edges)
        expiring.cancel()


async def _expire(store: Index, days: int, edges: Edges) -> None:
    while True:
        try:
            await store.expire(edges.clock.now_ms() - days * DAY_MS)
        except RetryError as error:
            edges.log.warning("expiry_delayed", error=error.text)
        await edges.clock.sleep(_EXPIRE_EVERY_S)
