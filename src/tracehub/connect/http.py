"""HTTP for connectors: one line to one system, and what each of its answers means.

No redirect is followed, no proxy is taken from the environment, nothing is decompressed, no answer
may be long or slow. Status codes are classed as in the delivery contract: refused for good only
what is the event's own fault, everything else is tried later. Must not know any wire format.
"""

from __future__ import annotations

import hashlib
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import httpx2
import orjson
from pydantic import FilePath, field_validator

from tracehub.clock import Clock
from tracehub.connect.address import resolve
from tracehub.connect.deadline import deadline
from tracehub.connect.port import Config, Line
from tracehub.connect.secret import Scrub, secrets_of
from tracehub.errors import RejectError, RetryError

REPLY_BYTES: Final = 64 * 1024
"""The longest answer to a delivery."""
_CONNECT_SHARE: Final = 1 / 3
"""Of the time-out, for the connection and again for TLS: each ends before the whole does."""
_CONNECTIONS: Final = 8
_LONGEST_WAIT_S: Final = 3600.0
_WORDS: Final = 300
_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")
_SUCCESS: Final = range(200, 300)
_CREDENTIALS: Final = (401, 403)
_CONFLICT: Final = 409
_FAULTS: Final = {
    400: "malformed",
    404: "not-found",
    409: "conflict",
    410: "gone",
    413: "too-large",
    422: "invalid",
}


class HttpConfig(Config):
    """What an operator writes for a system that speaks HTTP."""

    ca_file: FilePath | None = None
    """Certificates that an https system is checked by; without it the platform's."""

    @field_validator("url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if not _VISIBLE.fullmatch(url) or parts.port == 0:
            raise ValueError("the url must be of visible ASCII, with a port from 1 to 65535")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("the url must be http://host or https://host, with a path if need be")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("the url must hold no user, query or fragment; use 'secrets'")
        return url.rstrip("/")


class TooLongError(RetryError):
    """The answer is longer than its cap; a smaller question may have a shorter one."""


class Reply(NamedTuple):
    """A whole answer. Names of headers are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Looked(httpx2.AsyncHTTPTransport):
    """Connects to an address that was looked at, whatever the name leads to a moment later."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send to the first address of the host that takes a connection; TLS checks the name."""
        host = request.url.host
        *others, last = await resolve(host)
        request.extensions = {**request.extensions, "sni_hostname": host}
        for address in others:
            request.url = request.url.copy_with(host=address)
            with suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                return await super().handle_async_request(request)
        request.url = request.url.copy_with(host=last)
        return await super().handle_async_request(request)


@dataclass(frozen=True, slots=True)
class Http:
    """An open line to one system. Made by `open_http()`."""

    client: httpx2.AsyncClient
    url: str
    kind: str
    clock: Clock
    timeout_s: float
    scrub: Scrub

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        cap: int = REPLY_BYTES,
    ) -> Reply:
        """Send one request and read the whole answer, whatever its status.

        Raises:
            RetryError: there was no answer, or it is too long, too slow or cut short. The outcome
                is unknown: only the same request again can tell.
        """
        request = self.client.build_request(
            method, self.url + path, content=body or None, headers=dict(headers or {})
        )
        try:
            async with deadline(self.clock, self.timeout_s):
                answer = await self.client.send(request, stream=True)
                try:
                    return await _read(answer, cap)
                finally:
                    await answer.aclose()
        except (TimeoutError, httpx2.TimeoutException):
            raise RetryError(f"no whole answer within {self.timeout_s:g} s") from None
        except httpx2.RequestError as error:
            raise RetryError(f"connection failed: {type(error).__name__}") from None

    def judge(self, reply: Reply, sent: bytes = b"") -> bool:
        """Class an answer by its status.

        Args:
            reply: the answer.
            sent: the body it answers; a conflict that names this body's own digest is a repeat.

        Returns:
            True when the body holds the answer; False when the system had it all already.

        Raises:
            RejectError: `<type>/<fault>`; the request as a whole is refused for good.
            RetryError: anything else.
        """
        status = reply.status
        if status in _SUCCESS:
            return True
        if status == _CONFLICT and _field(reply, "digest") == hashlib.sha256(sent).hexdigest():
            return False
        words = self.scrub(_field(reply, "reason"), _WORDS)
        said = f"answered {status}{': ' + words if words else ''}"
        if status in _FAULTS:
            raise RejectError(f"{self.kind}/{_FAULTS[status]}", f"the system {said}")
        if status in _CREDENTIALS:
            said += "; it does not accept our credentials: check the connection's secrets"
        raise RetryError(f"the system {said}", after_s=self._asked_s(reply))

    def _asked_s(self, reply: Reply) -> float:
        """Seconds that `Retry-After` asks for (RFC 9110 section 10.2.3), bounded."""
        asked = reply.headers.get("retry-after", "")
        if asked.isascii() and asked.isdigit():
            return min(float(asked[:9]), _LONGEST_WAIT_S)
        try:
            until_s = parsedate_to_datetime(asked).timestamp()
        except (ValueError, OverflowError):
            return 0.0
        return min(max(until_s - self.clock.now_ms() / 1000, 0.0), _LONGEST_WAIT_S)


@asynccontextmanager
async def open_http(
    line: Line,
    *,
    headers: Mapping[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Http]:
    """A line to the system of `line.config`, an `HttpConfig`.

    Args:
        line: the connection.
        headers: sent with every request (credentials).
        tls: replaces the context made from `ca_file`.
    """
    config: HttpConfig = line.config
    connect_s = config.timeout_s * _CONNECT_SHARE
    async with httpx2.AsyncClient(
        headers={"Accept-Encoding": "identity", "User-Agent": "tracehub", **(headers or {})},
        follow_redirects=False,
        trust_env=False,
        transport=_Looked(
            verify=tls or _tls(config),
            trust_env=False,
            limits=httpx2.Limits(max_connections=_CONNECTIONS),
        ),
        timeout=httpx2.Timeout(config.timeout_s, connect=connect_s),
    ) as client:
        kind = line.connection.partition("/")[0]
        scrub = Scrub(secrets_of(config))
        yield Http(client, config.url, kind, line.clock, config.timeout_s, scrub)


def read_json(body: bytes) -> Any:
    """An answer's JSON.

    Raises:
        RetryError: it is none; a garbled answer tells nothing.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise garbled("it is not JSON") from None


def write_json(value: Any) -> bytes:
    """A request's JSON; equal values give equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def garbled(fault: str) -> RetryError:
    """The error for an answer that can't be read: nothing is known, so it is asked again."""
    return RetryError(f"the answer can't be read: {fault}; the outcome is unknown")


async def _read(answer: httpx2.Response, cap: int) -> Reply:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if headers.get("content-encoding", "identity") != "identity":
        raise garbled("it is compressed, which was not asked for")
    parts: list[bytes] = []
    size = 0
    async for part in answer.aiter_raw():
        size += len(part)
        if size > cap:
            raise TooLongError(f"the answer is longer than {cap} bytes; the outcome is unknown")
        parts.append(part)
    return Reply(answer.status_code, headers, b"".join(parts))


def _field(reply: Reply, name: str) -> str:
    """A text field of an answer that may be anything."""
    try:
        document = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return ""
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, str) else ""


def _tls(config: HttpConfig) -> ssl.SSLContext:
    """The platform's trust, or the operator's; for plain http the cheapest context there is."""
    if config.url.startswith("https:"):
        return ssl.create_default_context(cafile=config.ca_file)
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
