"""Sheet: the rows of a CSV or Excel file, each with its number and its cells by column title. Pure.

The first row holds the titles. Cells are taken as text and never calculated; an archive is looked
at before it is unpacked. Must not know what a column means.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook, ZipError

from tracehub.normalise import rules_sheet as rules

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_BYTES: Final = 64 * 1024 * 1024
MOST_COLUMNS: Final = 200
_MOST_ENTRIES: Final = 1000
_MOST_UNPACKED: Final = 256 * 1024 * 1024
_MOST_RATIO: Final = 100
_SMALL: Final = 1024 * 1024
_FORMULA: Final = ("=", "@")


class Row(NamedTuple):
    """One row: its number in the file, from 1 for the titles, and its cells by title."""

    number: int
    cells: dict[str, str]


class Sheet(NamedTuple):
    """A file: its bytes, `CSV` or `XLSX`, and how a CSV file is encoded."""

    value: bytes
    media_type: str
    charset: str = "utf-8"


def rows(sheet: Sheet) -> Iterator[Row]:
    """The rows of a file below its titles; empty rows are passed over.

    Raises:
        RejectError: `sheet/...`; while the rows are read, too.
    """
    if sheet.media_type == XLSX:
        return _titled(_excel(sheet.value))
    return _titled(_csv(sheet.value, sheet.charset))


def _titled(lines: Iterable[Sequence[Any]]) -> Iterator[Row]:
    numbered = enumerate(lines, 1)
    titles = [_text(each).strip() for each in next(numbered, (1, ()))[1]]
    named = [each for each in titles if each]
    if not named:
        raise rules.NO_TITLES.reject()
    if len(named) != len(set(named)) or len(titles) > MOST_COLUMNS:
        raise rules.TITLES.reject()
    for number, line in numbered:
        cells = {
            title: text
            for title, cell in zip(titles, line, strict=False)
            if title and (text := _text(cell))
        }
        if cells:
            yield Row(number, cells)


def _csv(value: bytes, charset: str) -> Iterator[Sequence[str]]:
    try:
        text = value.decode(charset).removeprefix("\ufeff")
    except (LookupError, UnicodeDecodeError):
        raise rules.ENCODING.reject() from None
    if "\0" in text:
        raise rules.ENCODING.reject()
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise rules.SYNTAX.reject(f"line {reader.line_num}: {error}") from None


def _excel(value: bytes) -> Iterator[Sequence[Any]]:
    _check_archive(value)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(value))
        yield from book.get_sheet_by_index(0).iter_rows()
    except (CalamineError, ZipError, ValueError) as error:
        raise rules.SYNTAX.reject(str(error)) from None


def _check_archive(value: bytes) -> None:
    """Refuse an archive that would unpack to more than it should."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(value)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise rules.SYNTAX.reject(str(error)) from None
    unpacked = sum(each.file_size for each in entries)
    swollen = unpacked > _SMALL and unpacked > _MOST_RATIO * len(value)
    strange = any(each.flag_bits & 1 or ".." in each.filename for each in entries)
    if len(entries) > _MOST_ENTRIES or unpacked > _MOST_UNPACKED or swollen or strange:
        raise rules.ARCHIVE.reject()


def _text(cell: Any) -> str:
    """A cell as text: whole numbers without a fraction, dates as ISO 8601."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:  # noqa: PLR2004 - exact
        return str(int(cell))
    if isinstance(cell, datetime):
        midnight = not (cell.hour or cell.minute or cell.second)
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def formula(row: Row) -> str:
    """The title of the first cell that a spreadsheet would calculate; empty without one."""
    return next((title for title, cell in row.cells.items() if cell.startswith(_FORMULA)), "")
