"""Editions: which lists the catalogue consists of now, from files and from `control.catalogue`.

Each record there is one list in YAML, under the key `<list>@<version>`, all on partition 0; the
newest of a list holds. A list that can't be read, or that contradicts the others, is left out and
named in the log. Must not know from which raw offset on an edition holds.
"""

from __future__ import annotations

from typing import Final

from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.catalogue.edition import Edition, compose
from tracehub.catalogue.entry import ProductList
from tracehub.catalogue.load import load_list
from tracehub.errors import ConfigError
from tracehub.model.record import Received, Record
from tracehub.normalise.normaliser import Normaliser
from tracehub.services.waiting import stretch
from tracehub.telemetry.log import Logger

FROM_FILES: Final = -1
"""The ordinal of an edition that owes nothing to the topic."""
_PARTITION: Final = 0


class Editions:
    """The edition that is wanted now; at first that of the files, which `normaliser` has.

    Attributes:
        edition: the lists in force together.
        ordinal: offset of the newest record that it rests on; of two editions the one with the
            higher ordinal is the newer.
    """

    def __init__(self, bus: Bus, normaliser: Normaliser, log: Logger) -> None:
        self.edition = normaliser.tables.edition
        self.ordinal = FROM_FILES
        self._normaliser = normaliser
        self._bus = bus
        self._log = log
        self._read_to = 0

    async def look(self) -> None:
        """Take in what was published since the last look.

        Raises:
            RetryError: the log did not answer.
        """
        topic = topics.control(topics.CATALOGUE)
        end = (await self._bus.ends(topic))[_PARTITION]
        async for received in stretch(self._bus, topic, _PARTITION, self._read_to, end):
            try:
                self.edition = self.with_list(read_list(received))
            except ConfigError as error:
                self._log.error("catalogue_refused", offset=received.offset, error=str(error))
            else:
                self.ordinal = received.offset
                self._log.info("catalogue_changed", edition=self.edition.version.hex())
        self._read_to = end

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
