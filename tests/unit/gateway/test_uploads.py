"""Sheets: every good row is published, every bad one is named by row, column and rule."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import httpx2
import openpyxl
import pytest

from tests.unit.gateway.conftest import ROOT, Gateway
from tracehub.app import judgement
from tracehub.clock import SystemClock
from tracehub.errors import RejectError
from tracehub.gateway.sheet import CSV, XLSX, Row, Rows, Sheet, formula
from tracehub.gateway.upload import MOST_KEPT
from tracehub.settings import Settings

RAW = "raw.food.third-party.market"
TITLES = ["批次", "日期", "条码", "数量", "企业"]
MAPPING = ROOT / "docs/examples/sheet.yaml"


def line(number: int, **cells: str) -> list[str]:
    whole = {
        "批次": f"B{number}",
        "日期": "2026-11-02 08:00:00",
        "条码": "6901028075831",
        "数量": "12.5",
        "企业": "91350100M000100Y43",
        **cells,
    }
    return [whole[title] for title in TITLES]


def csv_of(lines: list[list[str]]) -> bytes:
    return "\r\n".join(",".join(each) for each in [TITLES, *lines]).encode()


def excel_of(lines: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for each in [TITLES, *lines]:
        sheet.append(each)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def sheets(gateway: Gateway) -> Gateway:
    """The market's records are rows of a sheet."""
    connection = {
        "direction": "in",
        "categories": ["food"],
        "region": "330000",
        "format": "mapped",
        "mapping_file": MAPPING,
    }
    judged = judgement(Settings.model_validate({"connections": {"third-party/market": connection}}))
    gateway.office.normaliser = judged.normaliser
    gateway.office._connections = judged.connections
    return gateway


async def upload(
    gateway: Gateway, value: bytes, media_type: str, query: str = ""
) -> httpx2.Response:
    return await gateway.client.post(
        f"/uploads{query}",
        content=value,
        headers={"content-type": media_type, **gateway.auth("market")},
    )


@pytest.mark.parametrize(("media_type", "of"), [(CSV, csv_of), (XLSX, excel_of)])
async def test_upload_when_rows_are_good_publishes_each(
    sheets: Gateway, media_type: str, of: Any
) -> None:
    answer = await upload(sheets, of([line(n) for n in range(250)]), media_type)
    assert answer.status_code == 202, answer.text
    found = await sheets.wait(answer.headers["location"], "market")
    assert (found["rows"], found["accepted"], found["refused"]) == (250, 250, 0), found
    assert len(await sheets.raw(RAW)) == 250


async def test_upload_when_rows_are_bad_names_row_column_and_rule(sheets: Gateway) -> None:
    lines = [line(n) for n in range(10)]
    lines[3] = line(3, 条码="6901028075832")
    lines[5] = line(5, 数量="=1+1")
    lines[7] = line(7, 日期="")
    answer = await upload(sheets, csv_of(lines), CSV)
    found = await sheets.wait(answer.headers["location"], "market")
    assert (found["accepted"], found["refused"]) == (7, 3)
    by_row = {each["row"]: each for each in found["errors"]}
    assert by_row.keys() == {5, 7, 9}
    assert by_row[5]["rule"] == "gtin/check-digit"
    assert (by_row[7]["rule"], by_row[7]["column"]) == ("sheet/formula", "数量")
    assert "日期" in {each["column"] for each in found["errors"] if each["row"] == 9}
    assert all(each["text"] and each["text_zh"] for each in found["errors"])
    assert len(await sheets.raw(RAW)) == 7


async def test_upload_when_dry_publishes_nothing(sheets: Gateway) -> None:
    answer = await upload(sheets, csv_of([line(1)]), CSV, "?dry_run=true")
    found = await sheets.wait(answer.headers["location"], "market")
    assert (found["accepted"], found["dry_run"]) == (1, True)
    assert await sheets.raw(RAW) == []


async def test_upload_when_sent_again_is_the_same_one(sheets: Gateway) -> None:
    answers = [await upload(sheets, csv_of([line(1)]), CSV) for _ in range(2)]
    assert len({each.headers["location"] for each in answers}) == 1
    await sheets.wait(answers[0].headers["location"], "market")
    assert len(await sheets.raw(RAW)) == 1
    stranger = await sheets.client.get(answers[0].headers["location"], headers=sheets.auth("rival"))
    assert stranger.status_code == 404


async def test_upload_when_in_another_encoding_is_read_as_declared(sheets: Gateway) -> None:
    value = csv_of([line(1)]).decode().encode("gb18030")
    refused = await sheets.wait((await upload(sheets, value, CSV)).headers["location"], "market")
    assert "charset=gb18030" in refused["fault"]
    answer = await upload(sheets, value, "text/csv; charset=GB18030")
    assert (await sheets.wait(answer.headers["location"], "market"))["accepted"] == 1


@pytest.mark.parametrize(
    ("parameter", "codec"),
    [("charset=GBK", "gbk"), ('header=present; charset="gb2312"', "gb2312"), ("x=1", "utf-8-sig")],
)
async def test_upload_when_a_chinese_spreadsheet_saved_it_is_read(
    sheets: Gateway, parameter: str, codec: str
) -> None:
    value = csv_of([line(1)]).decode().encode(codec)
    answer = await upload(sheets, value, f"text/csv; {parameter}")
    assert (await sheets.wait(answer.headers["location"], "market"))["accepted"] == 1


async def test_upload_when_it_cannot_be_read_says_so_in_both_languages(sheets: Gateway) -> None:
    found = await sheets.wait((await upload(sheets, b"", CSV)).headers["location"], "market")
    assert "column titles" in found["fault"]
    assert "列标题" in found["fault_zh"]


async def test_upload_when_something_unforeseen_happens_is_no_success(
    sheets: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sheets.office.normaliser, "heads", broken)
    answer = await upload(sheets, csv_of([line(1)]), CSV)
    found = await sheets.wait(answer.headers["location"], "market")
    assert (found["running"], found["accepted"]) == (False, 0)
    assert "operator" in found["fault"]


async def test_upload_when_a_publisher_has_files_on_their_way_leaves_room_for_others(
    sheets: Gateway,
) -> None:
    market, sister = sheets.principals["market"], sheets.principals["sister"]
    with sheets.uploads.room(market), sheets.uploads.room(market):
        refused = await upload(sheets, csv_of([line(1)]), CSV)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        with sheets.uploads.room(sister):
            pass
    assert (await upload(sheets, csv_of([line(1)]), CSV)).status_code == 202


async def test_upload_when_many_have_ended_forgets_the_senders_own_only(sheets: Gateway) -> None:
    mine, *others = [
        (await upload(sheets, csv_of([line(number)]), CSV)).headers["location"]
        for number in range(2)
    ]
    await sheets.wait(mine, "market")
    for number in range(MOST_KEPT + 2):
        sheet = Sheet(csv_of([line(number)]), CSV)
        known = sheets.uploads.start(sheets.principals["sister"], "food", sheet, dry_run=True)
        while known.running:
            await SystemClock().sleep(0.001)
    kept = [each for each in sheets.uploads._known.values() if each.principal == "sister"]
    assert len(kept) == MOST_KEPT
    for each in (mine, *others):
        answer = await sheets.client.get(each, headers=sheets.auth("market"))
        assert answer.status_code == 200


async def test_upload_when_the_connection_has_no_mapping_is_refused(gateway: Gateway) -> None:
    answer = await upload(gateway, csv_of([line(1)]), CSV)
    assert answer.status_code == 403
    assert "/capture" in answer.json()["detail"]


def read(value: bytes, media_type: str) -> list[Row]:
    return list(Rows(Sheet(value, media_type)))


def test_cells_when_typed_become_text() -> None:
    value = excel_of(
        [
            ["b", date(2026, 11, 2), 6901028075831, 12.5, None],
            [datetime(2026, 11, 2, 8, 1), True, 0],  # noqa: DTZ001 - as a workbook holds it
        ]
    )
    first, second = read(value, XLSX)
    assert first == Row(
        2, {"批次": "b", "日期": "2026-11-02", "条码": "6901028075831", "数量": "12.5"}
    )
    assert second.cells["批次"] == "2026-11-02 08:01:00"


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (40 * 1024 * 1024))
    return out.getvalue()


def crowd(name: str, count: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(name.format(number), b"")
    return out.getvalue()


@pytest.mark.parametrize(
    ("value", "media_type", "code"),
    [
        (b"", CSV, "sheet/no-titles"),
        (b",,\r\n1,2,3", CSV, "sheet/no-titles"),
        (b"a,a\r\n1,2", CSV, "sheet/titles"),
        (b'a,b\r\n"1,2', CSV, "sheet/syntax"),
        (b"a,b\r\n1\0,2", CSV, "sheet/encoding"),
        (b"\xff\xfea", CSV, "sheet/encoding"),
        (b"a,b\r\n1," + b"2" * 200_000, CSV, "sheet/syntax"),
        (b"a,b\r\n" + b"," * 300_000, CSV, "sheet/extent"),
        (b"a,b\r\n" + b'"\r\n",' * 100_000, CSV, "sheet/extent"),
        (b"not a workbook", XLSX, "sheet/syntax"),
        (bomb(), XLSX, "sheet/archive"),
        (crowd("xl/{}.xml", 1001), XLSX, "sheet/archive"),
        (crowd("../{}.xml", 1), XLSX, "sheet/archive"),
        (crowd("xl/{}.xml", 3), XLSX, "sheet/syntax"),
    ],
)
def test_sheet_when_broken_or_hostile_is_refused_by_its_code(
    value: bytes, media_type: str, code: str
) -> None:
    with pytest.raises(RejectError) as caught:
        read(value, media_type)
    assert caught.value.code == code


@pytest.mark.parametrize("charset", ["undefined", "punycode", "idna", "rot13", "utf-7", "what"])
def test_csv_when_its_encoding_is_none_of_a_spreadsheet_is_refused(charset: str) -> None:
    with pytest.raises(RejectError, match="gb18030"):
        list(Rows(Sheet(b"a,b\r\n1,2", CSV, charset)))


def test_formula_when_a_cell_begins_like_one_is_found() -> None:
    assert formula(Row(2, {"a": "1", "b": "@sum"})) == "b"
    assert formula(Row(2, {"a": "-1", "b": "+86"})) == ""
