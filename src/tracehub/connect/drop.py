"""Drop: deliveries as files with manifests, and the files of others by theirs.

The protocol of `sftp.py` over any folder. Must not know SSH.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from tracehub.connect.http import write_json
from tracehub.connect.known import Known
from tracehub.connect.lines import About, collected
from tracehub.connect.manifest import (
    ENDING,
    PLAN,
    BrokenError,
    Manifest,
    manifest_name,
    number_of,
    planned,
    read_manifest,
    sha256,
    write_manifest,
)
from tracehub.connect.port import Delivery, Line, Page, Receipt
from tracehub.connect.secret import Secret
from tracehub.connect.sending import deliver_written
from tracehub.connect.sftp import Folder, SftpConfig, open_folder
from tracehub.connect.signing import public_key
from tracehub.errors import RetryError

_READ_BACK: Final = 200
"""Manifests that are read back at the start."""


class DropConfig(SftpConfig):
    """A folder that files are dropped into, or collected from."""

    signing_key: Secret
    """Seed of the Ed25519 key (URL-safe base64) that signs our manifests."""
    partner_key: str = ""
    """Public key of the partner, whose manifests we collect."""
    category: str = "food"
    """Where a collected document goes that names no product category."""


@dataclass(slots=True)
class DropConnector:
    """The writing end of a chain of manifests.

    Attributes:
        folder: where the files lie.
        key: signs manifests.
        write: makes the document of one delivery.
    """

    folder: Folder
    key: str
    write: Callable[[Delivery], Mapping[str, Any]]
    _known: Known = field(default_factory=Known)
    _number: int = 0
    _digest: str = ""
    _connected: int = 0

    async def deliver(self, events: Sequence[Delivery]) -> Sequence[Receipt]:
        """Drop one file; every event of it has its effect at once, or none has.

        Raises:
            RetryError: how far it came is unknown; the next call finds out.
        """

        async def send(items: Sequence[Mapping[str, Any]]) -> Sequence[Receipt]:
            return await self.folder.do(lambda folder: self._drop(folder, items))

        return await deliver_written(events, self.write, send)

    async def _drop(self, folder: Folder, items: Sequence[Mapping[str, Any]]) -> Sequence[Receipt]:
        await self._catch_up(folder)
        keys = [str(each["key"]) for each in items]
        fresh = self._known.new(items, keys)
        if fresh:
            await self._publish(folder, fresh)
        return self._known.receipts(keys, [str(each["key"]) for each in fresh])

    async def _publish(self, folder: Folder, items: Sequence[Mapping[str, Any]]) -> None:
        body = b"".join(write_json(each) + b"\n" for each in items)
        keys = [str(each["key"]) for each in items]
        manifest = planned(self._number + 1, self._digest, body, keys)
        written = write_manifest(manifest, self.key)
        await folder.write(manifest.plan, written)
        await folder.write(manifest.file, body)
        if not await folder.publish(manifest.plan, manifest.name):
            raise RetryError(f"number {manifest.number} was taken by another process")
        self._took(manifest, written)

    async def _catch_up(self, folder: Folder) -> None:
        """Know what the folder holds: all of it after a new connection, else what is new."""
        if self._connected != folder.connected:
            names = await folder.names()
            last = max((number_of(each) for each in names if each.endswith(ENDING)), default=0)
            if self._number == 0:
                self._number = max(0, last - _READ_BACK)
            await self._read_on(folder)
            await self._settle(folder, names)
            self._connected = folder.connected
        await self._read_on(folder)

    async def _read_on(self, folder: Folder) -> None:
        while (written := await folder.read(manifest_name(self._number + 1))) is not None:
            previous = self._digest or (None if self._number else "")
            self._took(self._checked(written, self._number + 1, previous), written)

    async def _settle(self, folder: Folder, names: Sequence[str]) -> None:
        """Finish the plan whose file is whole; take back plans whose number went to another."""
        for name in (each for each in names if each.endswith(PLAN)):
            written = await folder.read(name)
            number = number_of(name)
            if written is None or number > self._number + 1:
                continue
            if number == self._number + 1:
                manifest = self._checked(written, number, self._digest)
                body = await folder.read(manifest.file)
                if body is not None and sha256(body) == manifest.sha256:
                    await folder.publish(name, manifest.name)
                    await self._read_on(folder)
                continue
            file = name.removesuffix(PLAN)
            await folder.remove(name)
            if not self._names(await folder.read(manifest_name(number)), file):
                await folder.remove(file)

    def _checked(self, written: bytes, number: int, previous: str | None) -> Manifest:
        try:
            return read_manifest(written, number, previous, public_key(self.key))
        except BrokenError as error:
            raise RetryError(
                f"{manifest_name(number)}: {error}; somebody else wrote into our folder: "
                "compare it with the partner, then go on in an empty folder"
            ) from None

    @staticmethod
    def _names(written: bytes | None, file: str) -> bool:
        return written is not None and orjson.loads(written.partition(b"\n")[0])["file"] == file

    def _took(self, manifest: Manifest, written: bytes) -> None:
        self._number = manifest.number
        self._digest = sha256(written)
        for index, key in enumerate(manifest.keys):
            self._known.add(key, f"{manifest.file}#{index + 1}")


@dataclass(frozen=True, slots=True)
class DropCollector:
    """The reading end of a partner's chain; the cursor is `<number>.<digest of that manifest>`."""

    folder: Folder
    partner_key: str
    about: Callable[[Any], About]
    category: str

    async def collect(self, cursor: str) -> Page:
        """The documents of the next file.

        Raises:
            RetryError: the server did not answer, or manifest and file are not what they must be.
        """
        return await self.folder.do(lambda folder: self._page(folder, cursor))

    async def _page(self, folder: Folder, cursor: str) -> Page:
        reached, _, digest = cursor.partition(".")
        number = int(reached or 0) + 1
        written = await folder.read(manifest_name(number))
        if written is None:
            return Page((), cursor)
        try:
            manifest = read_manifest(written, number, digest, self.partner_key)
        except BrokenError as error:
            raise RetryError(f"{manifest_name(number)}: {error}; ask the partner") from None
        body = await folder.read(manifest.file)
        if body is None or sha256(body) != manifest.sha256:
            raise RetryError(f"{manifest.file} is not what its manifest says; ask the partner")
        lines = [each for each in body.split(b"\n") if each.strip()]
        records = tuple(collected(each, self.about, self.category) for each in lines)
        return Page(records, f"{number}.{sha256(written)}")


@asynccontextmanager
async def open_drop(
    line: Line, write: Callable[[Delivery], Mapping[str, Any]]
) -> AsyncIterator[DropConnector]:
    """A folder to drop files into."""
    config: DropConfig = line.config
    async with open_folder(line) as folder:
        yield DropConnector(folder, config.signing_key.get_secret_value(), write)


@asynccontextmanager
async def open_pickup(line: Line, about: Callable[[Any], About]) -> AsyncIterator[DropCollector]:
    """A folder to collect files from."""
    config: DropConfig = line.config
    async with open_folder(line) as folder:
        yield DropCollector(folder, config.partner_key, about, config.category)
