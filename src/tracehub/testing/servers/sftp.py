"""An SFTP server on the loopback: real SSH, files in a folder, broken off where a test says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

USER = "tracehub"
PASSWORD = "a-password-of-this-test-only"  # noqa: S105 - of this test only

Break = Callable[[str, str], bool]
"""Whether to break off after a step (`write`, `sync`, `rename`) that concerned a file."""


@dataclass(slots=True)
class SftpServer:
    """A running server.

    Attributes:
        folder: what it serves, as `/`.
        break_after: asked after each step; the connection ends when it says so.
        steps: what was done, in order.
    """

    folder: Path
    port: int = 0
    host_key: str = ""
    break_after: Break = lambda _step, _name: False
    steps: list[tuple[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The folder `drop` in it."""
        return f"sftp://{USER}@127.0.0.1:{self.port}/drop"


@asynccontextmanager
async def sftp_server(folder: Path) -> AsyncIterator[SftpServer]:
    """A server while the block runs; `folder/drop` is made."""
    (folder / "drop").mkdir(parents=True, exist_ok=True)
    running = SftpServer(folder)
    key = asyncssh.generate_private_key("ssh-ed25519")

    def door(channel: asyncssh.SSHServerChannel[bytes]) -> _Files:
        return _Files(channel, running)

    acceptor = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=_Login,
        server_host_keys=[key],
        sftp_factory=door,
    )
    running.port = acceptor.get_port()
    running.host_key = key.export_public_key().decode().strip()
    try:
        yield running
    finally:
        acceptor.close()
        await acceptor.wait_closed()


class _Login(asyncssh.SSHServer):
    """One user with one password."""

    def begin_auth(self, username: str) -> bool:
        del username
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


class _Files(asyncssh.SFTPServer):
    """Files below the served folder; every step is told, and may be the last."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], running: SftpServer) -> None:
        super().__init__(channel, chroot=str(running.folder).encode())
        self._running = running

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        super().write(file_obj, offset, data)
        self._told("write", _name_of(file_obj))
        return len(data)

    def fsync(self, file_obj: object) -> None:
        super().fsync(file_obj)
        self._told("sync", _name_of(file_obj))

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        super().posix_rename(oldpath, newpath)
        self._told("rename", newpath.decode())

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        super().rename(oldpath, newpath)
        self._told("rename", newpath.decode())

    def _told(self, step: str, name: str) -> None:
        short = Path(name).name
        self._running.steps.append((step, short))
        if self._running.break_after(step, short):
            self._running.break_after = lambda _step, _name: False
            self.connection.abort()
            raise asyncssh.SFTPConnectionLost("broken off")


def _name_of(file: object) -> str:
    name = getattr(file, "name", b"")
    return name.decode() if isinstance(name, bytes) else str(name)
