"""The console's wiring: settings in, pages out, until the wish to stop."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import chain
from typing import Final
from urllib.parse import urlsplit

import httpx2

from tracehub.app.edges import Edges, read_secret
from tracehub.app.index import open_index
from tracehub.app.judgement import Judgement
from tracehub.bus.port import Bus
from tracehub.console import (
    Address,
    Desk,
    Grant,
    Login,
    Lookout,
    OidcLogin,
    OpenLogin,
    Provider,
    Register,
    Sessions,
)
from tracehub.console import application as console_application
from tracehub.services.story import Stories, Today
from tracehub.settings import LOOPBACK, ConsoleSettings, OidcSettings, Settings
from tracehub.telemetry.health import serving

_LONGEST_S: Final = 5.0
_KEY_BYTES: Final = 32


async def serve_console(
    settings: Settings, console: ConsoleSettings, judged: Judgement, bus: Bus, edges: Edges
) -> None:
    """Serve until `edges.stopping`; then answer what was asked and end.

    Raises:
        ConfigError: a secret is missing, or the index can't be opened.
    """
    pulse = edges.health.pulse("console")
    key = console.session_key
    signed_by = read_secret(key, "console.session_key") if key else secrets.token_hex(_KEY_BYTES)
    sessions = Sessions(signed_by.encode())
    async with _stories(settings) as stories, httpx2.AsyncClient(timeout=_LONGEST_S) as client:
        texts = _Texts(console.metrics, client, edges)
        ids = tuple(judged.connections)
        lookout = Lookout(bus, judged.catalogue, ids, texts, edges.clock, edges.log)
        today = Today(bus, judged.normaliser, judged.table, judged.connections)
        register = Register(bus, edges.clock)
        desk = Desk(stories, lookout, judged.connections, today, register)
        login, address = _entrance(console, sessions, client, edges)
        app = console_application(desk, login, sessions, judged.version.hex(), address)
        async with serving(app, console.host, console.port, server_header=False) as port:
            url = edges.addresses["console"] = f"http://{console.host}:{port}"
            edges.log.info("console_started", url=url)
            pulse.ready = True
            async with asyncio.TaskGroup() as group:
                following = group.create_task(lookout.follow())
                await edges.stopping.wait()
                following.cancel()


@asynccontextmanager
async def _stories(settings: Settings) -> AsyncIterator[Stories | None]:
    if settings.index is None:
        yield None
        return
    async with open_index(settings.index) as index:
        yield Stories(index)


def _entrance(
    console: ConsoleSettings, sessions: Sessions, client: httpx2.AsyncClient, edges: Edges
) -> tuple[Login, Address]:
    """How people become known, and how their browsers reach us."""
    if console.oidc is None:
        # A page of elsewhere, whose name was made to lead to the loopback, is turned away.
        return OpenLogin(edges.clock, secrets.token_urlsafe), Address(LOOPBACK)
    address = urlsplit(console.oidc.address)
    provider = _provider(console.oidc)
    login = OidcLogin(provider, sessions, edges.clock, secrets.token_urlsafe, client)
    return login, Address((address.hostname or "",), address.scheme == "https")


def _provider(oidc: OidcSettings) -> Provider:
    return Provider(
        oidc.issuer,
        oidc.client_id,
        read_secret(oidc.client_secret, "console.oidc.client_secret"),
        f"{oidc.address}/login/done",
        oidc.claim,
        {value: Grant(each.role, each.connection) for value, each in oidc.grants.items()},
    )


class _Texts:
    """The metrics of every process; one that does not answer is left out and named in the log."""

    def __init__(self, urls: Sequence[str], client: httpx2.AsyncClient, edges: Edges) -> None:
        self._urls = urls
        self._client = client
        self._edges = edges

    async def __call__(self) -> Sequence[str]:
        if not self._urls:
            return [self._edges.metrics.exposition().decode()]
        places = await asyncio.gather(*map(self._everywhere, self._urls))
        found = await asyncio.gather(*map(self._text, chain(*places)))
        return [each for each in found if each]

    async def _everywhere(self, url: str) -> Sequence[str]:
        """A place at each address of its host: a headless Service has one for every pod.

        Of one family, for a pod may have an address in both.
        """
        parts = urlsplit(url)
        lookup = partial(
            asyncio.get_running_loop().getaddrinfo,
            *(parts.hostname, parts.port),
            type=socket.SOCK_STREAM,
        )
        try:
            try:
                told = await lookup(family=socket.AF_INET)
            except socket.gaierror:
                told = await lookup(family=socket.AF_INET6)
        except socket.gaierror as error:
            self._unread(url, error)
            return ()
        hosts = dict.fromkeys(str(address[0]) for *_, address in told)
        names = (f"[{each}]" if ":" in each else each for each in hosts)
        port = f":{parts.port}" if parts.port else ""
        return [parts._replace(netloc=f"{each}{port}").geturl() for each in names]

    async def _text(self, url: str) -> str:
        """The metrics of one process; empty when it does not answer."""
        try:
            answer = await self._client.get(url)
            answer.raise_for_status()
        except httpx2.HTTPError as error:
            self._unread(url, error)
            return ""
        return answer.text

    def _unread(self, url: str, error: Exception) -> None:
        self._edges.log.warning("metrics_unread", url=url, error=str(error))
