"""Sheet: the rows of a CSV or Excel file, each with its number and its cells by column title. Pure.

The first row holds the titles. Cells are taken as text and never calculated; an archive is looked
at before it is unpacked. Must not know what a column means.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from tracehub.gateway.workbook import first_sheet
from tracehub.normalise import rules_sheet as rules

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_BYTES: Final = 64 * 1024 * 1024
MOST_COLUMNS: Final = 200
_MOST_ROW: Final = 256 * 1024
"""Characters in one row of a CSV file, however many lines it goes over."""
_CHARSETS: Final = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5",
}
"""What spreadsheets save in. Python knows encodings that are programs: none goes by its name."""
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


class Rows:
    """The rows of a file below its titles; empty rows are passed over.

    Attributes:
        expected: how many rows there are, about: for a bar.

    Raises:
        RejectError: `sheet/...`; while the rows are read, too.
    """

    def __init__(self, sheet: Sheet) -> None:
        if sheet.media_type == XLSX:
            found = first_sheet(sheet.value)
            self.expected = max(0, found.height - 1)
            self._lines: Iterable[Sequence[Any]] = found.iter_rows()
        else:
            _check_text(sheet)
            self.expected = max(0, sheet.value.strip().count(b"\n"))
            self._lines = _csv(sheet)

    def __iter__(self) -> Iterator[Row]:
        """Read them, once."""
        return _titled(self._lines)


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


def _opened(sheet: Sheet) -> io.TextIOWrapper:
    """The text of a file, behind its byte order mark."""
    text = io.TextIOWrapper(io.BytesIO(sheet.value), _CHARSETS[sheet.charset], newline="")
    if text.read(1) != "\ufeff":
        text.seek(0)
    return text


def _check_text(sheet: Sheet) -> None:
    """Refuse what is not text in the encoding that was declared, before a row of it is taken."""
    try:
        text = _opened(sheet)
        while part := text.read(_SMALL):
            if "\0" in part:
                raise rules.ENCODING.reject()
    except (KeyError, UnicodeError):
        raise rules.ENCODING.reject() from None


def _csv(sheet: Sheet) -> Iterator[Sequence[str]]:
    held = 0

    def lines() -> Iterator[str]:
        nonlocal held
        text = _opened(sheet)
        while line := text.readline(_MOST_ROW + 1):
            held += len(line)
            if held > _MOST_ROW:
                raise rules.EXTENT.reject(f"line {reader.line_num + 1}")
            yield line

    reader = csv.reader(lines(), strict=True)
    try:
        for row in reader:
            held = 0
            yield row
    except csv.Error as error:
        raise rules.SYNTAX.reject(f"line {reader.line_num}: {error}") from None


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
