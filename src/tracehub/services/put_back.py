"""Put back: what operators ask for on `control.replay` is carried out, as part of the exchange.

A refused input is judged again by today's rules and catalogue; a failed delivery goes back to its
receiver's topic as it was. Either keeps its place and its effect key, and carries the header
`replay-of`, by which readers take it out of sequence. So a second replay has no second effect. Must
not know who may ask: the broker's rights on the control topic say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracehub.avro.catalogue import Catalogue
from tracehub.bus import topics
from tracehub.bus.port import Bus
from tracehub.errors import ConfigError, RejectError
from tracehub.model.facts import facts_of
from tracehub.model.outcome import Emit, Outcome
from tracehub.model.record import Received, Record
from tracehub.model.sequence import Links
from tracehub.normalise.normaliser import Source
from tracehub.services.dead_letter import REPLAY_HEADER, DeadLetter, read
from tracehub.services.exchange import Exchange, Tally
from tracehub.services.outputs import Sheet
from tracehub.services.replay import Request, original, request_of
from tracehub.telemetry.log import Logger

_NOTHING = Emit(())


@dataclass(frozen=True, slots=True)
class PutBack:
    """The stage that carries requests out."""

    bus: Bus
    catalogue: Catalogue
    exchange: Exchange
    log: Logger

    async def stage(self, batch: Sequence[Received]) -> Sequence[Outcome]:
        """One outcome per request; one that can't be carried out is told and passed over."""
        return [await self._carried_out(each) for each in batch]

    async def arrived(self, batch: Sequence[Received]) -> None:
        """Nothing to note."""

    def passed(self, last: Received) -> None:
        """Nothing to note."""

    def rest_s(self, topic: str) -> float:
        """Requests never rest."""
        del topic
        return 0.0

    def refuse(self, received: Received, error: RejectError) -> Record:
        """No request becomes a dead letter: its outcome is always an Emit."""
        del received
        raise error

    async def _carried_out(self, received: Received) -> Emit:
        try:
            request = request_of(received.value)
            letter = await self._letter(request)
            value = await original(self.bus, letter)
        except (ConfigError, RejectError, ValueError) as error:
            self.log.warning("replay_refused", position=str(received.position), reason=str(error))
            return _NOTHING
        self.log.info(
            "letter_put_back",
            letter=request.letter,
            by=request.by,
            plan=request.plan,
            connection=letter.connection,
            stage=letter.stage,
        )
        return self._again(letter, value)

    async def _letter(self, request: Request) -> DeadLetter:
        topic, partition, offset = request.at
        found = await self.bus.read(topic, partition, offset, 1)
        if topic != topics.dead_letter(topics.connection_of(topic)) or not found:
            raise ConfigError(f"{request.at} holds no dead letter any more (retention)")
        letter = read(found[0].value, self.catalogue)
        if found[0].offset != offset or letter.id != request.letter:
            raise ConfigError(f"{request.at} does not hold dead letter {request.letter}")
        if letter.connection not in self.exchange.connections:
            raise ConfigError(f"connection {letter.connection} is not in the configuration")
        return letter

    def _again(self, letter: DeadLetter, value: bytes) -> Emit:
        replay = (REPLAY_HEADER, letter.again)
        topic, partition, offset = letter.position
        if letter.stage == "deliver":
            headers = (*letter.headers, replay)
            return Emit((Record(topic, letter.key, value, headers, partition),))
        place = (partition, offset, letter.first_at)
        raw = Received(topic, letter.key, value, (*letter.headers, replay), *place)
        category, publisher = topics.source_of(topic)
        tally = Tally(Source(category, self.exchange.connections[publisher]))
        self.exchange.sit(raw, self.exchange.switches.newest())
        sheet = Sheet(Links(known=False))
        self.exchange.judge([raw], tally, sheet)
        tally.show(self.exchange.metrics)
        records = [
            Record(output, key, again, (*headers, replay), partition)
            for output, rows in sheet.rows().items()
            for key, again, headers in rows
            if letter.item in {None, facts_of(headers).item}
        ]
        refused = [error for _, error in sheet.refused]
        rejects = [
            each for each in refused if letter.item is None or each.item in {None, letter.item}
        ]
        letters = (self.exchange.refuse(raw, each) for each in rejects)
        return Emit((*records, *sheet.told, *letters))
