"""Workbooks that would take all memory, or are none: refused before a reader lays them out."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable

import openpyxl
import pytest

from tracehub.errors import RejectError
from tracehub.gateway.workbook import MOST_CELLS, first_sheet

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
Edit = Callable[[bytes], bytes]


def book(*places: str) -> bytes:
    """A workbook with a cell in each place."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for place in places:
        sheet[place] = "x"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def edited(name: str, edit: Edit, value: bytes = b"") -> bytes:
    """A workbook of which one file was changed by hand."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(value or book("A1", "B2"))) as found,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        for each in found.infolist():
            content = found.read(each)
            written.writestr(each.filename, edit(content) if each.filename == name else content)
    return out.getvalue()


def added(entry: zipfile.ZipInfo, content: bytes = b"x") -> bytes:
    """A workbook with one file more."""
    out = io.BytesIO(book("A1"))
    with zipfile.ZipFile(out, "a") as written:
        written.writestr(entry, content)
    return out.getvalue()


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("xl/link.xml")
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def overlapping() -> bytes:
    """Two entries of the directory lead to the same bytes."""
    raw = bytearray(added(zipfile.ZipInfo("xl/a.xml"), b"y"))
    last = raw.rfind(b"PK\x01\x02")
    first = raw.find(b"PK\x01\x02")
    struct.pack_into("<I", raw, last + 42, struct.unpack_from("<I", raw, first + 42)[0])
    return bytes(raw)


def lying() -> bytes:
    """The directory declares a thousandth of what the sheet unpacks to."""
    raw = bytearray(edited(SHEET, lambda each: each.replace(b"</sheetData>", LONG)))
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = -1
        while (place := raw.find(signature, place + 1)) >= 0:
            if struct.unpack_from("<I", raw, place + at)[0] > 1 << 20:
                struct.pack_into("<I", raw, place + at, 5000)
    return bytes(raw)


LONG = b'<row r="3"><c r="A3" t="str"><v>' + b"0" * (8 << 20) + b"</v></c></row></sheetData>"


def moved(place: bytes) -> bytes:
    return edited(SHEET, lambda each: each.replace(b'r="B2"', place))


def far_by_rows() -> bytes:
    """No cell names its place: the row does, and how many stand before it."""
    cells = b'<row r="1">' + b"<c><v>1</v></c>" * 5000 + b"</row>"
    last = b'<row r="1000000"><c><v>1</v></c></row>'
    return edited(SHEET, lambda each: each.replace(b"<sheetData>", b"<sheetData>" + cells + last))


def far_by_a_row_that_goes_back() -> bytes:
    """The same place is named twice, with another row in between."""
    cells = b'<row r="1"><c r="A1"/></row><row r="1000000"/><row r="1"><c r="A1"/></row>'
    last = b'<row r="900000"><c/></row><row r="1"><c r="ZZ1"/></row>'
    return edited(SHEET, lambda each: each.replace(b"<sheetData>", b"<sheetData>" + cells + last))


def hidden() -> bytes:
    """The cells stand in a file that looks like a drawing."""
    value = edited(
        "xl/_rels/workbook.xml.rels",
        lambda each: each.replace(b"worksheets/sheet1.xml", b"worksheets/sheet1.vml"),
        book("A1", "XFD1048576"),
    )
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(value)) as found, zipfile.ZipFile(out, "w") as written:
        for each in found.infolist():
            written.writestr(each.filename.replace("sheet1.xml", "sheet1.vml"), found.read(each))
    return out.getvalue()


def declaring(name: str) -> bytes:
    entities = b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    return edited(name, lambda each: entities + each.replace(b"<v>0</v>", b"<v>&b;&c;</v>"))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (book("A1", "XFD1048576"), "sheet/extent"),
        (moved(b'r="xfd1048576"'), "sheet/extent"),
        (far_by_rows(), "sheet/extent"),
        (far_by_a_row_that_goes_back(), "sheet/extent"),
        (moved(b'r="B\xef\xbc\x92"'), "sheet/syntax"),
        (hidden(), "sheet/extent"),
        (moved(b'r="A99999999"'), "sheet/syntax"),
        (moved(b'r="ZZZZZZ2"'), "sheet/syntax"),
        (moved(b'r="B2" r="B3"'), "sheet/syntax"),
        (edited(SHEET, lambda each: each[:-20]), "sheet/syntax"),
        (declaring(SHEET), "sheet/archive"),
        (lying(), "sheet/syntax"),
        (overlapping(), "sheet/archive"),
        (added(link()), "sheet/archive"),
        (added(zipfile.ZipInfo("xl/nested.zip")), "sheet/archive"),
        (added(zipfile.ZipInfo("xl/vbaProject.bin")), "sheet/archive"),
        (added(zipfile.ZipInfo("content.xml")), "sheet/archive"),
        (added(zipfile.ZipInfo("/xl/absolute.xml")), "sheet/archive"),
        (added(zipfile.ZipInfo("xl/../../up.xml")), "sheet/archive"),
        (added(zipfile.ZipInfo("xl\\..\\up.xml")), "sheet/archive"),
    ],
)
def test_workbook_when_hostile_is_refused_by_its_code(value: bytes, code: str) -> None:
    with pytest.raises(RejectError) as caught:
        first_sheet(value)
    assert caught.value.code == code


def test_workbook_when_its_cells_fill_what_may_be_is_read() -> None:
    assert first_sheet(book("A1", f"A{MOST_CELLS // 100}", "CV1")).width == 100


def test_workbook_when_entities_stand_where_no_cell_does_expands_none() -> None:
    (first, *_) = first_sheet(declaring(STRINGS)).to_python()
    assert first[0] in {"x", ""}
