"""Editions: which lists the catalogue consists of now, from files and from `control.catalogue`.

Each record there is one list in YAML, under the key `<list>@<version>`, or one credit change (see
`credit`), all on partition 0; the newest of a list holds. A list that can't be read, or that
contradicts the others, is left out and named in the log. Must not know from which raw offset on an
edition holds.
"""

from __future__ import annotations

from typing import Final

from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.catalogue.edition import Edition, compose
from tracehub.catalogue.entry import ProductList
from tracehub.catalogue.load import load_list
from tracehub.errors import ConfigError, RejectError
from tracehub.model.record import Received, Record
from tracehub.normalise.normaliser import Normaliser
from tracehub.services.course import Wanted
from tracehub.services.credit import KEY as CREDIT
from tracehub.services.credit import PARTITION as _PARTITION
from tracehub.services.credit import Changes
from tracehub.services.ruling import Ruling
from tracehub.services.waiting import stretch
from tracehub.telemetry.log import Logger

FROM_FILES: Final = -1
"""The ordinal of an edition that owes nothing to the topic."""


class Editions:
    """The edition that is wanted now; at first that of the files, which `normaliser` has.

    Attributes:
        edition: the lists in force together.
        ordinal: offset of the newest record that it rests on; of two editions the one with the
            higher ordinal is the newer.
    """

    def __init__(
        self, bus: Bus, normaliser: Normaliser, log: Logger, changes: Changes | None = None
    ) -> None:
        self.edition = normaliser.tables.edition
        self.ordinal = FROM_FILES
        self._changes = changes
        self._ruling = Ruling(self.edition)
        self._version = self._ruling.version.hex()
        self._normaliser = normaliser
        self._bus = bus
        self._log = log
        self._read_to = 0

    @property
    def ruling(self) -> Ruling:
        """What is wanted now, the lists and the credit table together."""
        credit = None if self._changes is None else self._changes.credit
        if self._ruling.lists is not self.edition or self._ruling.credit is not credit:
            self._ruling = Ruling(self.edition, credit)
            self._version = self._ruling.version.hex()
        return self._ruling

    @property
    def wanted(self) -> Wanted:
        """Its version and ordinal."""
        _ = self.ruling
        return self._version, self.ordinal

    def told(self, change: Record) -> bool:
        """Whether a credit change lies there already, as of the last look."""
        return self._changes is not None and self._changes.knows(change.key)

    async def look(self) -> bool:
        """Take in what was published since the last look; True when anything was.

        Raises:
            RetryError: the log did not answer.
        """
        topic = topics.control(topics.CATALOGUE)
        end = (await self._bus.ends(topic))[_PARTITION]
        before = self.ordinal
        async for received in stretch(self._bus, topic, _PARTITION, self._read_to, end):
            if received.key.startswith(CREDIT):
                self._take_change(received)
            else:
                self._take_list(received)
        self._read_to = end
        return self.ordinal != before

    def _take_list(self, received: Received) -> None:
        try:
            self.edition = self.with_list(read_list(received))
        except ConfigError as error:
            self._log.error("catalogue_refused", offset=received.offset, error=str(error))
        else:
            self.ordinal = received.offset
            self._log.info("catalogue_changed", edition=self.edition.version.hex())

    def _take_change(self, received: Received) -> None:
        """Whoever judges nothing has no use for it."""
        if self._changes is None:
            return
        try:
            self._changes.take(received)
        except RejectError as error:
            self._log.error("credit_refused", offset=received.offset, error=error.text)
        else:
            self.ordinal = received.offset
            self._log.info("credit_changed", offset=received.offset)

    def with_list(self, added: ProductList) -> Edition:
        """The edition with one list more, or in place of the one with its id.

        Raises:
            ConfigError: it contradicts another, both entries are named; or a schema.
        """
        kept = [each for each in self.edition.lists if each.id != added.id]
        return self._normaliser.under(compose([*kept, added])).tables.edition


def read_list(received: Received) -> ProductList:
    """The list of one record.

    Raises:
        ConfigError: it is none; the text names the record's offset, and line and column.
    """
    origin = f"{received.topic}[{received.offset}]"
    try:
        text = received.value.decode()
    except UnicodeDecodeError:
        raise ConfigError(f"{origin}: not UTF-8; publish the list as UTF-8") from None
    return load_list(text, origin)


async def publish_list(
    bus: Bus, added: ProductList, normaliser: Normaliser, log: Logger
) -> Edition:
    """Publish a list, unless the hubs that follow the topic would leave it out.

    Returns:
        The edition that holds with it.

    Raises:
        ConfigError: it contradicts another list, or its version was published with another text.
        RetryError: the log did not answer.
    """
    topic = topics.control(topics.CATALOGUE)
    editions = Editions(bus, normaliser, log)
    await editions.look()
    edition = editions.with_list(added)
    end = (await bus.ends(topic))[_PARTITION]
    async for received in stretch(bus, topic, _PARTITION, 0, end):
        if received.key == added.name.encode() and received.value != added.text.encode():
            raise ConfigError(
                f"{added.origin}: {added.name} was published at offset {received.offset} with "
                "another text; give the list a version of its own"
            )
    value = added.text.encode()
    await bus.publish([Record(topic, added.name.encode(), value, partition=_PARTITION)])
    return edition
