"""`receipts`: what became of deliveries, from the receipts that every one of them leaves."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from tracehub.app import Edges, open_bus, registered
from tracehub.avro.codec import read_record
from tracehub.bus import topics
from tracehub.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from tracehub.cli.screen import NO, ends_well, print_rows
from tracehub.model.instant import utc
from tracehub.services.waiting import whole
from tracehub.settings import Settings
from tracehub.settings_load import load_settings
from tracehub.telemetry.log import silent

Columns = ("connection", "status", "reference", "attempts", "delivered_at", "text")


def receipts(
    event_id: Annotated[str, typer.Argument(help="The event's id.")],
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List where one event was delivered, and what each receiver answered."""
    with ends_well():
        settings = load_settings(config)
        rows = asyncio.run(_rows(settings, event_id))
        print_rows(rows, as_json=as_json, title=f"Receipts of {event_id}")
    if not rows:
        raise typer.Exit(NO)


async def _rows(settings: Settings, event_id: str) -> list[dict[str, Any]]:
    judged = await registered(settings)
    rows = []
    async with open_bus(settings, Edges(silent()).clock) as bus:
        for connection in judged.connections.values():
            if not connection.receives:
                continue
            async for received in whole(bus, topics.receipt(connection.id)):
                receipt = dict(read_record(received.value, judged.catalogue))
                if receipt["event_id"] == event_id:
                    at = utc(receipt["delivered_at"])
                    receipt["delivered_at"] = at.isoformat(timespec="milliseconds")
                    rows.append({name: receipt[name] for name in Columns})
    return rows
