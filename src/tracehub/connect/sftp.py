"""SFTP: files in a folder of another system, each with a signed manifest chained to the last.

Delivering: the plan is stored first, the file is uploaded as `.part`, synced and renamed, and the
renaming of the plan to the next manifest is the effect: it fails when that number is taken, so two
processes can't both have it. What a broken run left is finished or taken back by the next one.
Collecting reads manifests in order, so that its position is exact. Must not know any format.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import asyncssh
from pydantic import FilePath, field_validator

from tracehub.clock import Clock
from tracehub.connect.address import look
from tracehub.connect.deadline import deadline
from tracehub.connect.port import Config, Line
from tracehub.connect.secret import Secret
from tracehub.errors import RetryError

T = TypeVar("T")
_PORT: Final = 22
_LONGEST: Final = 8 * 1024 * 1024


class SftpConfig(Config):
    """What an operator writes for a folder on an SFTP server: `sftp://user@host:22/folder`."""

    host_key: str
    """The server's public key (`ssh-ed25519 AAAA…`); no other server is spoken to."""
    password: Secret | None = None
    """Password of the user in the url, unless a key is given."""
    client_key_file: FilePath | None = None
    """Private key of the user, without passphrase."""

    @field_validator("url")
    @classmethod
    def _folder(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "sftp" or not parts.hostname or not parts.username or parts.password:
            raise ValueError("the url must be sftp://user@host:22/folder; use 'secrets'")
        if not parts.path.strip("/"):
            raise ValueError("the url must name a folder")
        return url.rstrip("/")


class Folder:
    """A folder of the server; the connection is made when it is needed, and again after a fault."""

    def __init__(self, config: SftpConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._parts = urlsplit(config.url)
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None
        self._turn = asyncio.Lock()
        self.connected = 0

    async def do(self, work: Callable[[Folder], Awaitable[T]]) -> T:
        """Do something, alone and within the deadline.

        Raises:
            RetryError: the connection failed, or took too long; how far it came is unknown.
        """
        async with self._turn:
            try:
                async with deadline(self._clock, self._config.timeout_s):
                    await self._connect()
                    return await work(self)
            except TimeoutError:
                await self.close()
                seconds = self._config.timeout_s
                raise RetryError(f"the folder was not ready within {seconds:g} s") from None
            except (asyncssh.Error, OSError) as error:
                await self.close()
                raise RetryError(f"SFTP failed: {type(error).__name__}") from None

    async def names(self) -> list[str]:
        """Every name in the folder, sorted."""
        return sorted(str(each) for each in await self._sftp.listdir(self._at("")))

    async def read(self, name: str) -> bytes | None:
        """A whole file; None when there is none.

        Raises:
            RetryError: it is longer than any file here may be.
        """
        try:
            async with self._sftp.open(self._at(name), "rb") as file:
                body: bytes = await file.read(_LONGEST + 1)
        except asyncssh.SFTPNoSuchFile:
            return None
        if len(body) > _LONGEST:
            raise RetryError(f"{name} is longer than {_LONGEST} bytes")
        return body

    async def write(self, name: str, body: bytes) -> None:
        """Write a file so that it is there whole and durable, or not at all."""
        part = f"{name}.part"
        async with self._sftp.open(self._at(part), "wb") as file:
            await file.write(body)
            await file.fsync()
        await self._sftp.posix_rename(self._at(part), self._at(name))

    async def publish(self, name: str, as_name: str) -> bool:
        """Rename a file to a name that must be free; False when it was not, or the file is gone."""
        try:
            await self._sftp.rename(self._at(name), self._at(as_name))
        except (asyncssh.SFTPFailure, asyncssh.SFTPFileAlreadyExists, asyncssh.SFTPNoSuchFile):
            return False
        return True

    async def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(asyncssh.SFTPNoSuchFile):
            await self._sftp.remove(self._at(name))

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.abort()
            await self._connection.wait_closed()
        self._connection = self._client = None

    @property
    def _sftp(self) -> asyncssh.SFTPClient:
        if self._client is None:
            raise RetryError("there is no connection")
        return self._client

    def _at(self, name: str) -> str:
        return f"{self._parts.path}/{name}".rstrip("/")

    async def _connect(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            return
        port = self._parts.port or _PORT
        config = self._config
        host = f"[{self._parts.hostname}]:{port}" if port != _PORT else str(self._parts.hostname)
        proof: dict[str, Any] = {"client_keys": None, "agent_path": None}
        if config.client_key_file is not None:
            proof["client_keys"] = [str(config.client_key_file)]
        elif config.password is not None:
            proof["password"] = config.password.get_secret_value()
        await look(config.url)
        self._connection = await asyncssh.connect(
            self._parts.hostname,
            port,
            username=self._parts.username,
            known_hosts=asyncssh.import_known_hosts(f"{host} {config.host_key}\n"),
            config=None,
            **proof,
        )
        self._client = await self._connection.start_sftp_client()
        self.connected += 1


@asynccontextmanager
async def open_folder(line: Line) -> AsyncIterator[Folder]:
    """The folder of `line.config`, an `SftpConfig`."""
    folder = Folder(line.config, line.clock)
    try:
        yield folder
    finally:
        await folder.close()
