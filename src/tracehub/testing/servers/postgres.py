"""A private PostgreSQL in a folder of its own, on the loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tracehub.testing.kafka_jars import UnavailableError
from tracehub.testing.servers.found import free_port, program

USER = "tracehub"
PASSWORD = "a-password-of-this-test-only"  # noqa: S105 - of this test only
_BIN = "usr/lib/postgresql/*/bin"


class Postgres(NamedTuple):
    """A running server; `url` names user, host and database."""

    url: str
    port: int

    @property
    def url_with_password(self) -> str:
        """The url that needs no password beside it."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def url_at(self, port: int) -> str:
        """The url by way of another port."""
        return f"postgresql://{USER}@127.0.0.1:{port}/postgres"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server while the block runs. It refuses to run as root, so root lends it a user.

    Raises:
        UnavailableError: there is no PostgreSQL, or it can't be started.
    """
    initdb = program("initdb", f"{_BIN}/initdb").resolve()
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="tracehub-postgres-"))
    user, prefix = _lent(folder)
    data = folder / "data"
    secret = folder / "password"
    secret.write_text(PASSWORD, "utf-8")
    if user is not None:
        os.chown(secret, user.pw_uid, user.pw_gid)
    try:
        _initialised(initdb, prefix, data, secret)
        control = [*prefix, initdb.parent / "pg_ctl", "-D", data, "-w", "-t", "60"]
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
        )
        _run([*control, "-l", folder / "log", "-o", f"{options} -c fsync=off", "start"])
        try:
            yield Postgres(f"postgresql://{USER}@127.0.0.1:{port}/postgres", port)
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialised(initdb: Path, prefix: Sequence[str | Path], data: Path, secret: Path) -> None:
    """Make an empty cluster."""
    login = ("-U", USER, "-A", "scram-sha-256", f"--pwfile={secret}")
    _run([*prefix, initdb, "-D", data, "--no-sync", "-E", "UTF8", "--locale=C", *login])


def _lent(folder: Path) -> tuple[pwd.struct_passwd | None, Sequence[str | Path]]:
    """The user that the server runs as when we are root, and how to run as that user."""
    if os.geteuid() != 0:
        return None, ()
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise UnavailableError("no user 'postgres' for PostgreSQL to run as") from None
    os.chown(folder, user.pw_uid, user.pw_gid)
    lend = program("setpriv")
    identity = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    return user, (lend, *identity)


def _run(command: Sequence[str | Path]) -> None:
    done = subprocess.run(  # noqa: S603 - programs of this machine, with arguments of this file
        [str(each) for each in command],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
    )
    if done.returncode:
        raise UnavailableError(f"{command[0]} failed: {done.stdout[-1000:]}")
