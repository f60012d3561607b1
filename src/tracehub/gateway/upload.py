"""Upload: a whole sheet, row by row through the connection's mapping, each good row published.

Rows are judged here too, so that a small firm learns at once which cell is wrong. An upload lives
in this process; sending the same file again is harmless. Must not know HTTP.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from traceback import extract_tb
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
from tracehub.telemetry.log import Logger

MOST_ERRORS: Final = 1000
"""Errors that are kept in words; all are counted."""
MOST_KEPT: Final = 16
"""Uploads of one principal that have ended and can be asked about."""
MOST_HELD: Final = 4
MOST_OF_ONE: Final = 2
"""Files that are held while they arrive and are read: of all principals, and of one."""
_CHUNK: Final = 100
_PAUSE_S: Final = 1.0
_UNFORESEEN: Final = (
    "the hub failed at this file; tell its operator the id of the upload",
    "枢纽处理该文件时出错；请将上传编号告知运营方",
)


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
        fault, fault_zh: why the rest of the file can't be read or published; empty while it can.
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
    fault_zh: str = ""


class Uploads:
    """The newest uploads of all principals."""

    def __init__(self, office: Office, clock: Clock, log: Logger) -> None:
        self._office = office
        self._clock = clock
        self._log = log
        self._held: Counter[str] = Counter()
        self._known: dict[str, Upload] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def find(self, principal: Principal, upload_id: str) -> Upload | None:
        """An upload of this principal's own."""
        found = self._known.get(upload_id)
        return found if found is not None and found.principal == principal.name else None

    @contextmanager
    def room(self, principal: Principal) -> Iterator[None]:
        """Room for one more file of a principal's, to be had before the file arrives.

        Raises:
            FullError: as many files are on their way as may be.
        """
        if self._held.total() >= MOST_HELD or self._held[principal.name] >= MOST_OF_ONE:
            raise FullError("other files are being read; send this one again in a moment")
        self._held[principal.name] += 1
        try:
            yield
        finally:
            self._held[principal.name] -= 1

    def start(self, principal: Principal, category: str, sheet: Sheet, *, dry_run: bool) -> Upload:
        """Begin, or find what was begun with the same file; there must be `room()` for it."""
        said = principal.name, category, sheet.media_type, sheet.charset, str(dry_run)
        upload_id = hashlib.sha256("\0".join(said).encode() + b"\0" + sheet.value).hexdigest()[:32]
        known = self._known.get(upload_id)
        if known is not None and (known.running or not known.fault):
            return known
        upload = Upload(upload_id, principal.name, dry_run)
        self._forget(principal)
        self._known[upload_id] = upload
        source = self._office.source(principal, category)
        self._held[principal.name] += 1
        task = asyncio.create_task(self._read(upload, sheet, source))
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, upload))
        return upload

    def _ended(self, upload: Upload, task: asyncio.Task[None]) -> None:
        """Give its room back; what nobody foresaw is told to the publisher and to the operator."""
        self._tasks.discard(task)
        self._held[upload.principal] -= 1
        upload.running = False
        if not task.cancelled() and (error := task.exception()):
            upload.fault, upload.fault_zh = _UNFORESEEN
            (*_, frame) = extract_tb(error.__traceback__)
            at = f"{frame.name}:{frame.lineno}"
            self._log.error("upload_failed", upload=upload.id, kind=type(error).__name__, at=at)

    async def rest(self) -> None:
        """Stop what is on its way; a file that is sent again begins anew."""
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _forget(self, principal: Principal) -> None:
        """Make room: the oldest of the principal's own that has ended goes."""
        known = self._known.items()
        own = [each for each, it in known if it.principal == principal.name and not it.running]
        for each in own[: max(0, len(own) - MOST_KEPT + 1)]:
            del self._known[each]

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
            (reason,) = faults(error.reasons)
            upload.fault, upload.fault_zh = reason.text, reason.text_zh
        except RetryError as error:
            upload.fault = f"{error.text}; send the file again"
            upload.fault_zh = "日志未及时确认；请重新发送文件"

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
