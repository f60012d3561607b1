"""Upload: a whole sheet, row by row through the connection's mapping, each good row published.

Rows are judged here too, so that a small firm learns at once which cell is wrong. An upload lives
in this process; sending the same file again is harmless. Must not know HTTP.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import orjson

from tracehub.bus import topics
from tracehub.clock import Clock
from tracehub.errors import RejectError, RetryError
from tracehub.gateway.door import Principal
from tracehub.gateway.intake import FullError
from tracehub.gateway.office import Office, marks
from tracehub.gateway.sheet import Row, Rows, Sheet, formula
from tracehub.model.record import Record
from tracehub.normalise import rules_sheet as rules
from tracehub.normalise.normaliser import Source
from tracehub.normalise.rule_book import faults
from tracehub.normalise.verdict import Quarantined

MOST_ERRORS: Final = 1000
"""Errors that are kept in words; all are counted."""
MOST_UPLOADS: Final = 64
MOST_RUNNING: Final = 4
_CHUNK: Final = 100
_PAUSE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class RowError:
    """Why one row was refused. `row` is its number in the file, `column` a title or empty."""

    row: int
    column: str
    rule: str
    text: str
    text_zh: str


@dataclass(slots=True)
class Upload:
    """One file on its way.

    Attributes:
        id: follows from who sent what.
        principal: who sent it.
        dry_run: rows are judged and not published.
        expected: how many rows there are, about; 0 before that is known.
        done, accepted, refused: rows so far.
        errors: the first of what was refused.
        running: there is more to do.
        fault: why the rest of the file can't be read or published; empty while it can.
    """

    id: str
    principal: str
    dry_run: bool
    expected: int = 0
    done: int = 0
    accepted: int = 0
    refused: int = 0
    errors: list[RowError] = field(default_factory=list)
    running: bool = True
    fault: str = ""


class Uploads:
    """The newest uploads of all principals."""

    def __init__(self, office: Office, clock: Clock) -> None:
        self._office = office
        self._clock = clock
        self._known: dict[str, Upload] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def find(self, principal: Principal, upload_id: str) -> Upload | None:
        """An upload of this principal's own."""
        found = self._known.get(upload_id)
        return found if found is not None and found.principal == principal.name else None

    def start(self, principal: Principal, category: str, sheet: Sheet, *, dry_run: bool) -> Upload:
        """Begin, or find what was begun with the same file.

        Raises:
            FullError: as many files are on their way as may be.
        """
        said = principal.name, category, sheet.media_type, sheet.charset, str(dry_run)
        upload_id = hashlib.sha256("\0".join(said).encode() + b"\0" + sheet.value).hexdigest()[:32]
        known = self._known.get(upload_id)
        if known is not None and (known.running or not known.fault):
            return known
        if len(self._tasks) >= MOST_RUNNING:
            raise FullError("other files are being read; send this one again in a moment")
        upload = Upload(upload_id, principal.name, dry_run)
        self._forget()
        self._known[upload_id] = upload
        source = self._office.source(principal, category)
        task = asyncio.create_task(self._read(upload, sheet, source))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return upload

    async def rest(self) -> None:
        """Stop what is on its way; a file that is sent again begins anew."""
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _forget(self) -> None:
        """Make room: the oldest that has ended goes."""
        if len(self._known) >= MOST_UPLOADS:
            ended = [name for name, each in self._known.items() if not each.running]
            for name in ended[:1]:
                del self._known[name]

    async def _read(self, upload: Upload, sheet: Sheet, source: Source) -> None:
        try:
            # A workbook is unpacked as a whole: other publishers are not to wait for it.
            rows = await asyncio.to_thread(Rows, sheet)
            upload.expected = rows.expected
            found = iter(rows)
            while chunk := list(islice(found, _CHUNK)):
                records = self._judge(upload, chunk, source)
                if records and not upload.dry_run:
                    await self._publish(records)
                upload.done += len(chunk)
                upload.accepted += len(records)
                await self._clock.sleep(0.0)
        except RejectError as error:
            upload.fault = error.text
        except RetryError as error:
            upload.fault = f"{error.text}; send the file again"
        finally:
            upload.running = False

    def _judge(self, upload: Upload, chunk: Sequence[Row], source: Source) -> list[Record]:
        """The records of the good rows."""
        topic = topics.raw(source.category, source.connection.id)
        headers = marks(upload.principal, all_or_nothing=False)
        records = []
        for row in chunk:
            value = orjson.dumps(row.cells)
            errors = [_formula(row)] if formula(row) else []
            key = b""
            if not errors:
                key, errors = self._row(row, value, source)
            if errors:
                upload.refused += 1
                upload.errors += errors[: MOST_ERRORS - len(upload.errors)]
            else:
                records.append(Record(topic, key, value, headers))
        return records

    def _row(self, row: Row, value: bytes, source: Source) -> tuple[bytes, list[RowError]]:
        """The record key of a good row, or what is wrong with it."""
        try:
            heads = self._office.normaliser.heads(value, source)
        except RejectError as error:
            return b"", _errors(row, error)
        key = b""
        for head in heads:
            if isinstance(head, Quarantined):
                return b"", _errors(row, head.error)
            key = key or head.key
        return key, []

    async def _publish(self, records: Sequence[Record]) -> None:
        """Wait for room instead of giving up: the publisher is not waiting."""
        while True:
            try:
                await self._office.intake.put_all(records)
            except FullError:
                await self._clock.sleep(_PAUSE_S)
            else:
                return


def _errors(row: Row, error: RejectError) -> list[RowError]:
    return [
        RowError(
            row.number, each.path.removeprefix("$").strip("."), each.rule, each.text, each.text_zh
        )
        for each in faults(error.reasons)
    ]


def _formula(row: Row) -> RowError:
    rule = rules.FORMULA
    return RowError(row.number, formula(row), rule.id, rule.en, rule.zh)
