"""Workbook: the first sheet of an Excel file, looked at before it is read. Pure.

A reader lays a sheet out as a rectangle, so that two cells far apart take all memory there is: the
places of all cells are looked at first. Must not know what a cell means.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Sequence
from string import digits
from typing import IO, Final
from xml.parsers import expat

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, ZipError

from tracehub.normalise import rules_sheet as rules

MOST_CELLS: Final = 4_000_000
"""In the rectangle from the first cell to the last; a cell takes 32 bytes."""
_MOST_ENTRIES: Final = 1000
_MOST_UNPACKED: Final = 256 * 1024 * 1024
_MOST_RATIO: Final = 100
_SMALL: Final = 1024 * 1024
_PACKED: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_NAMES: Final = re.compile(
    r"\[Content_Types\]\.xml"
    r"|(_rels|docProps|docMetadata|customXml|xl)/([\w-]+/)*([\w. -]*\.(xml|rels|vml|png|jpe?g|gif"
    r"|emf|wmf))?"
    r"|xl/printerSettings/\w+\.bin",
    re.ASCII,
)
"""What spreadsheets write. No other format that the reader knows fits it, and no macro."""
_CELLS: Final = b"sheetData"
_LETTERS: Final = re.compile("[A-Za-z]{1,3}")
_ROW: Final = re.compile("[0-9]{1,7}")


def first_sheet(value: bytes) -> CalamineSheet:
    """The first sheet of a workbook.

    Raises:
        RejectError: `sheet/syntax`, `sheet/archive`, `sheet/extent`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(value)) as archive:
            _check_archive(archive, len(value))
            for each in archive.infolist():
                if _holds_cells(archive, each):
                    with archive.open(each) as found:
                        _Extent().read(found)
        return CalamineWorkbook.from_filelike(io.BytesIO(value)).get_sheet_by_index(0)
    except (
        CalamineError,
        EOFError,
        NotImplementedError,
        ValueError,
        ZipError,
        expat.ExpatError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise rules.SYNTAX.reject(str(error)) from None


def _check_archive(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse an archive that would unpack to more than it should, or holds what none should."""
    entries = archive.infolist()
    unpacked = sum(each.file_size for each in entries)
    swollen = unpacked > _SMALL and unpacked > _MOST_RATIO * size
    if (
        len(entries) > _MOST_ENTRIES
        or unpacked > _MOST_UNPACKED
        or swollen
        or any(map(_is_strange, entries))
        or _overlap(entries)
    ):
        raise rules.ARCHIVE.reject()


def _is_strange(entry: zipfile.ZipInfo) -> bool:
    """Encrypted, packed in another way, a link, or of a name that no workbook has."""
    linked = stat.S_ISLNK(entry.external_attr >> 16)
    named = _NAMES.fullmatch(entry.filename)
    return bool(entry.flag_bits & 1 or entry.compress_type not in _PACKED or linked or not named)


def _overlap(entries: Sequence[zipfile.ZipInfo]) -> bool:
    """True when bytes of the archive belong to two entries, or a name stands twice."""
    placed = sorted(entries, key=lambda each: each.header_offset)
    ends = [each.header_offset + each.compress_size for each in placed]
    begins = [each.header_offset for each in placed[1:]]
    twice = len({each.filename for each in entries}) < len(entries)
    return twice or any(end > begin for end, begin in zip(ends, begins, strict=False))


def _holds_cells(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """True when a reader could find cells in an entry, whatever its name."""
    before = b""
    with archive.open(entry) as found:
        while part := found.read(_SMALL):
            if _CELLS in before + part:
                return True
            before = part[-len(_CELLS) :]
    return False


class _Extent:
    """The rectangle that holds every cell of a sheet, found without laying it out."""

    def __init__(self) -> None:
        self._row = self._column = 0
        self._rows = self._columns = 0
        self._said = ""
        self._known: dict[str, int] = {}

    def read(self, found: IO[bytes]) -> None:
        """Look at a whole sheet.

        Raises:
            RejectError: `sheet/extent`; `sheet/archive` for what declares entities.
            ValueError, expat.ExpatError: it is no sheet, or no XML.
        """
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._begin
        parser.StartDoctypeDeclHandler = _declared
        parser.ParseFile(found)

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        """Go where an element is; half a million times in a long sheet."""
        if tag == "c" or tag.endswith(":c"):
            given = attributes.get("r")
            if given is None:
                self._column += 1  # it follows the one before
            else:
                letters = given.rstrip(digits)
                self._column = self._known.get(letters) or self._learn(letters)
                row = given[len(letters) :]
                if row != self._said:
                    self._said = row
                    self._row = _number(row)
            if self._row > self._rows or self._column > self._columns:
                self._grow()
        elif tag == "row" or tag.endswith(":row"):
            given = attributes.get("r")
            self._row = self._row + 1 if given is None else _number(given)
            self._column = 0
            self._said = ""

    def _grow(self) -> None:
        self._rows = max(self._rows, self._row)
        self._columns = max(self._columns, self._column)
        if self._rows * self._columns > MOST_CELLS:
            raise rules.EXTENT.reject()

    def _learn(self, letters: str) -> int:
        """The number of a column: A is 1, AA is 27."""
        if not _LETTERS.fullmatch(letters):
            raise ValueError("the place of a cell cannot be read")
        number = 0
        for each in letters.upper():
            number = number * 26 + ord(each) - 64
        self._known[letters] = number
        return number


def _declared(*_: object) -> None:
    raise rules.ARCHIVE.reject()


def _number(row: str) -> int:
    if not _ROW.fullmatch(row):
        raise ValueError("the place of a cell cannot be read")
    return int(row)
