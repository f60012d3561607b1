from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator
from email.utils import format_datetime

import pytest
from pydantic import ValidationError

from tests.unit.connect.conftest import OK, RawServer
from tracehub.clock import SystemClock
from tracehub.connect import (
    Http,
    HttpConfig,
    Line,
    RejectError,
    Reply,
    RetryError,
    Secret,
    open_http,
    read_json,
    write_json,
)
from tracehub.connect.http import REPLY_BYTES, TooLongError
from tracehub.model.instant import utc
from tracehub.testing.clock import START_MS, ManualClock


class TokenConfig(HttpConfig):
    token: Secret


@pytest.fixture
async def http(raw: RawServer) -> AsyncIterator[Http]:
    config = TokenConfig.model_validate(
        {"url": raw.url, "timeout_s": 0.5, "token": "a-secret-token"}
    )
    line = Line("central/test", config, SystemClock())
    async with open_http(line, headers={"Authorization": "Bearer a-secret-token"}) as opened:
        yield opened


def reply(status: int, body: bytes = b"", **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://host/",
        "host:80",
        "//host",
        "http://",
        "",
        "http://user:hidden@host",
        "http://hidden@evil",
        "http://host/?query",
        "http://host/#fragment",
        "http://host:99999",
        "http://host:0",
        "http://host:port",
        "http://ho\nst",
        "http://h ost",
        "http://主机",
    ],
)
def test_url_when_it_is_no_plain_web_address_is_refused_unseen(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HttpConfig(url=url)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://host", "https://host:8443/trace", "http://[::1]:80"])
def test_url_when_plain_loses_its_last_slash_only(url: str) -> None:
    assert HttpConfig(url=url + "/").url == url
    assert HttpConfig(url=url).url == url


async def test_request_when_sent_carries_credentials_and_wants_no_compression(
    raw: RawServer, http: Http
) -> None:
    raw.parts = (OK + b"Content-Length: 2\r\nX-A: b\r\n\r\n{}",)
    answer = await http.send("POST", "/events", body=b"[]", headers={"X-B": "c"})
    assert (answer.status, answer.body, answer.headers["x-a"]) == (200, b"{}", "b")
    head = raw.heads[0].lower()
    assert head.startswith(b"post /events http/1.1")
    for line in (b"authorization: bearer a-secret-token", b"accept-encoding: identity", b"x-b: c"):
        assert line in head


async def test_proxy_when_the_environment_names_one_is_not_used(
    raw: RawServer, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    raw.parts = (OK + b"Content-Length: 2\r\n\r\n{}",)
    async with open_http(Line("central/test", HttpConfig(url=raw.url), SystemClock())) as other:
        assert (await other.send("GET", "/")).status == 200


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (b"hello\r\n\r\n",),
        (OK + b"Content-Length: 10\r\n\r\nabc",),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",),
        (OK + b"Content-Length: -1\r\n\r\n",),
        (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",),
        (OK + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n",),
        (OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 10_000_000),),
        (OK + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx",),
        (b"HTTP/1.1 200 OK\r\nX\x00: 1\r\n\r\n",),
    ],
    ids=range(11),
)
async def test_answer_when_it_is_broken_tells_nothing(
    raw: RawServer, http: Http, parts: tuple[bytes, ...]
) -> None:
    raw.parts = parts
    with pytest.raises(RetryError):
        await http.send("GET", "/")


async def test_answer_when_endless_is_cut_off_at_the_cap(raw: RawServer, http: Http) -> None:
    raw.parts = (OK + b"\r\n", *[b"x" * 4096] * 10_000)
    with pytest.raises(TooLongError, match=str(REPLY_BYTES)):
        await http.send("GET", "/")


async def test_answer_when_exactly_at_the_cap_is_read(raw: RawServer, http: Http) -> None:
    raw.parts = (OK + b"Content-Length: 9\r\n\r\n123456789",)
    assert (await http.send("GET", "/", cap=9)).body == b"123456789"
    with pytest.raises(TooLongError):
        await http.send("GET", "/", cap=8)


async def test_answer_when_it_never_comes_is_given_up(raw: RawServer, http: Http) -> None:
    raw.then = asyncio.Event().wait
    async with asyncio.timeout(60):
        with pytest.raises(RetryError, match=r"0\.5 s"):
            await http.send("GET", "/")


async def test_deadline_when_parts_come_slowly_is_of_the_whole(raw: RawServer) -> None:
    clock = ManualClock()
    raw.parts = (OK + b"Content-Length: 9\r\n\r\n", b"1")
    raw.then = asyncio.Event().wait
    config = HttpConfig(url=raw.url, timeout_s=30.0)
    async with open_http(Line("central/test", config, clock)) as patient:
        task = asyncio.ensure_future(patient.send("GET", "/"))
        await asyncio.wait_for(raw.heard.wait(), 60)
        await clock.advance(29.0)
        assert not task.done()
        await clock.advance(2.0)
        with pytest.raises(RetryError, match="30 s"):
            await task


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_status_when_good_leaves_the_body_to_be_read(http: Http, status: int) -> None:
    assert http.judge(reply(status)) is True


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "malformed"),
        (404, "not-found"),
        (409, "conflict"),
        (410, "gone"),
        (413, "too-large"),
        (422, "invalid"),
    ],
)
def test_status_when_the_request_is_to_blame_is_a_refusal(
    http: Http, status: int, code: str
) -> None:
    with pytest.raises(RejectError) as caught:
        http.judge(reply(status, b'{"reason": "because"}'))
    assert caught.value.code == f"central/{code}"
    assert caught.value.text == f"the system answered {status}: because"


@pytest.mark.parametrize(
    "status", [100, 301, 302, 307, 401, 402, 403, 405, 406, 408, 415, 425, 429, 451, 500, 503, 599]
)
def test_status_when_anything_else_may_work_later(http: Http, status: int) -> None:
    with pytest.raises(RetryError, match=str(status)):
        http.judge(reply(status))


def test_conflict_when_it_names_our_own_body_is_a_repeat(http: Http) -> None:
    body = b"[1]"
    held = write_json({"digest": hashlib.sha256(body).hexdigest()})
    assert http.judge(reply(409, held), body) is False
    with pytest.raises(RejectError):
        http.judge(reply(409, held), b"[2]")


def test_credentials_when_refused_are_named_as_the_cause(http: Http) -> None:
    with pytest.raises(RetryError, match="secrets"):
        http.judge(reply(401))


@pytest.mark.parametrize(
    ("asked", "wait_s"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("99999999999999", 3600.0),
        ("-5", 0.0),
        ("1.5", 0.0),
        ("soon", 0.0),
        ("", 0.0),
        ("²", 0.0),
        (format_datetime(utc(START_MS + 90_000), usegmt=True), 90.0),
        (format_datetime(utc(START_MS - 90_000), usegmt=True), 0.0),
        (format_datetime(utc(START_MS + 90_000_000), usegmt=True), 3600.0),
        ("Fri, 99 Foo 2026 00:00:00 GMT", 0.0),
    ],
)
async def test_wait_when_asked_for_is_read_and_bounded(
    raw: RawServer, asked: str, wait_s: float
) -> None:
    line = Line("central/test", HttpConfig(url=raw.url), ManualClock())
    async with open_http(line) as http:
        with pytest.raises(RetryError) as caught:
            http.judge(reply(503, retry_after=asked))
    assert caught.value.after_s == wait_s


def test_words_when_they_hold_our_token_are_scrubbed(http: Http) -> None:
    body = write_json({"reason": "a-secret-token is wrong"})
    with pytest.raises(RetryError) as caught:
        http.judge(reply(401, body))
    assert "a-secret-token" not in caught.value.text
    assert "is wrong" in caught.value.text


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"reason": 5}', b"\xff"])
def test_words_when_there_are_none_leave_the_status(http: Http, body: bytes) -> None:
    with pytest.raises(RetryError, match=r"^the system answered 500$"):
        http.judge(reply(500, body))


def test_json_when_written_is_the_same_for_equal_values() -> None:
    assert write_json({"b": 1, "a": "中"}) == '{"a":"中","b":1}'.encode()
    assert read_json(b'{"a": 1}') == {"a": 1}
