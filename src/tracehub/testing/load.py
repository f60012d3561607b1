"""A load: seeded traffic as templates with numbers filled in, millions of events a minute.

Each template is one event of one publisher, written once; a record is its bytes with the numbers
of the event, of its product and of its moment in place. What must come of a template was worked
out by the oracle, so the count due on every topic is known to the last record. Nothing is held but
the templates.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple

from tracehub.avro.codec import Codec
from tracehub.bus import topics
from tracehub.model.connection import Connection
from tracehub.model.event import NATIONAL_CATEGORIES
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import Accepted
from tracehub.testing.lists import everywhere
from tracehub.testing.load_events import MOMENT, MOMENT_MS, NUMBER, PRODUCT, make_event
from tracehub.testing.load_formats import json_document, report_document, xml_document
from tracehub.testing.oracle import Facts, expected
from tracehub.testing.traffic import Truth

Format = Literal["canonical", "epcis-json", "epcis-xml", "mapped"]
BAD: Final = 0.005
REPEATED: Final = 0.02
_ROUND: Final = 4000
_PER_TOPIC: Final = 40
_HOUR_S: Final = 3600
_EACH_SECOND: Final = 40
"""Events; there are more templates, so that nearly every event of one has a moment of its own."""
_MOMENT: Final = MOMENT.encode()
_SHIFTS: Final = (0, 7, 14, 21, 28)
SHARED: Final = 4


def _long(ms: int) -> bytes:
    """A time of this age as Avro writes it: six bytes."""
    number = ms << 1
    return bytes((*(number >> shift & 0x7F | 0x80 for shift in _SHIFTS), number >> 35))


class Template(NamedTuple):
    """One event of one publisher, and the topics that its records must reach.

    Attributes:
        topic: the raw topic.
        head, tail: the value around the event's number; the tail is split where products' stand.
        key: the record key, split where the product's number stands.
        due: `event.*` first, then `deliver.*`; for a broken one its dead-letter topic.
        kept: bytes of the value that a receiver sees who sees the public section alone; 0 when
            nothing is cut.
        hour_ms: the beginning of the hour in which it happened, where its time is written as Avro
            too; otherwise 0.
    """

    topic: str
    head: bytes
    tail: tuple[bytes, ...]
    key: tuple[bytes, ...]
    due: tuple[str, ...]
    truth: Truth
    kept: int = 0
    hour_ms: int = 0

    def value(self, number: int, product: bytes) -> bytes:
        """The record's bytes: an event at a moment of its own."""
        if not self.tail:
            return self.head
        second = number // _EACH_SECOND % _HOUR_S
        value = self.head + b"%012d" % number + product.join(self.tail)
        value = value.replace(_MOMENT, b"%02d:%02d" % divmod(second, 60))
        if not self.hour_ms:
            return value
        return value.replace(_long(self.hour_ms + MOMENT_MS), _long(self.hour_ms + second * 1000))


class Written(NamedTuple):
    """One record of a load, and the index of its template."""

    template: int
    key: bytes
    value: bytes


@dataclass(slots=True)
class Tally:
    """How many records, and the sums of the CRC-32 of their keys and values."""

    count: int = 0
    keys: int = 0
    values: int = 0

    def add(self, key: bytes, value: bytes) -> None:
        """Count one record."""
        self.count += 1
        self.keys += zlib.crc32(key)
        self.values += zlib.crc32(value)

    def plus(self, other: Tally) -> None:
        """Count what another has counted."""
        self.count += other.count
        self.keys += other.keys
        self.values += other.values


@dataclass(slots=True)
class Load:
    """Templates in seeded order; `records()` streams, `due()` says what must come of it.

    Attributes:
        shared: how many events in a row are of one product.
    """

    templates: Sequence[Template]
    seed: int
    shared: int = SHARED
    _sums: list[Tally] = field(init=False)
    _cut: list[Tally] = field(init=False)

    def __post_init__(self) -> None:
        self._reset()

    def records(self, count: int) -> Iterator[Written]:
        """`count` records; the same ones each time. Two in a hundred repeat the one before."""
        self._reset()
        order, repeats = self._order()
        size, number = len(order), 0
        written = Written(0, b"", b"")
        for index in range(count):
            if index % size not in repeats or not index:
                template = order[index % size]
                written = self._write(template, number)
                number += 1
            self._note(written)
            yield written

    def due(self, *, cut: bool = False) -> Mapping[str, Tally]:
        """What must lie on each topic after all that `records()` has yielded.

        Args:
            cut: receivers see the public section alone.
        """
        found: dict[str, Tally] = {}
        for index, template in enumerate(self.templates):
            for topic in template.due if self._sums[index].count else ():
                shown = self._cut if cut and topic.startswith("deliver.") else self._sums
                found.setdefault(topic, Tally()).plus(shown[index])
        return found

    def read(self) -> Tally:
        """The sum of all that `records()` has yielded."""
        found = Tally()
        for each in self._sums:
            found.plus(each)
        return found

    def share(self) -> float:
        """Outputs per record, on average."""
        order, _ = self._order()
        return sum(len(self.templates[each].due) for each in order) / len(order)

    def _order(self) -> tuple[list[int], frozenset[int]]:
        """A round of templates, of which `BAD` are broken, and the places in it that repeat."""
        chance = random.Random(self.seed)  # noqa: S311 - a test generator
        good = [i for i, each in enumerate(self.templates) if not each.truth.code]
        bad = [i for i, each in enumerate(self.templates) if each.truth.code]
        broken = round(_ROUND * BAD) if bad else 0
        order = [good[i % len(good)] for i in range(_ROUND - broken)]
        # Of many publishers many send broken ones: one that sent them all would have to rest.
        step = max(1, len(bad) // max(1, broken))
        order += [bad[i * step % len(bad)] for i in range(broken)]
        chance.shuffle(order)
        return order, frozenset(chance.sample(range(_ROUND), round(_ROUND * REPEATED)))

    def _write(self, index: int, number: int) -> Written:
        template = self.templates[index]
        product = b"%012d" % (number // self.shared)
        return Written(index, product.join(template.key), template.value(number, product))

    def _note(self, written: Written) -> None:
        self._sums[written.template].add(written.key, written.value)
        kept = self.templates[written.template].kept
        if kept:
            self._cut[written.template].add(written.key, written.value[:kept] + b"\0\0\0")

    def _reset(self) -> None:
        self._sums = [Tally() for _ in self.templates]
        self._cut = [Tally() for _ in self.templates]


def load(  # noqa: PLR0913 - what a hub is made of
    written: Format,
    connections: Sequence[Connection],
    regions: Sequence[str],
    codec: Codec,
    tables: Tables,
    *,
    seed: int = 1,
) -> Load:
    """Templates for every raw topic of the publishers among `connections`.

    Local categories need a local list, which the hub need not have: only a trusted hub, whose
    canonical events are not judged again, sends these.

    Args:
        written: how the events are written.
        connections: the whole hub's.
        regions: where events happen; one that is listed twice is twice as likely.
        codec: writes canonical events.
        tables: what the normaliser needs for them.
        seed: equal seeds give equal bytes.
    """
    chance = random.Random(seed)  # noqa: S311 - a test generator
    normaliser = Normaliser(codec, replace(tables, edition=everywhere(regions)))
    maker = _Maker(written, connections, regions, normaliser, chance)
    templates: list[Template] = []
    pairs = [
        (publisher, category)
        for publisher in connections
        if publisher.publishes
        for category in publisher.categories
        if written == "canonical" or category in NATIONAL_CATEGORIES
    ]
    each_topic = max(4, min(_PER_TOPIC, 1200 // len(pairs)))
    for publisher, category in pairs:
        templates += (maker.good(publisher, category) for _ in range(each_topic))
        templates.append(maker.bad(publisher, category))
    return Load(templates, seed)


class _Maker(NamedTuple):
    written: Format
    connections: Sequence[Connection]
    regions: Sequence[str]
    normaliser: Normaliser
    chance: random.Random

    def good(self, publisher: Connection, category: str) -> Template:
        document, truth = self._document(category)
        judged = self.normaliser.normalise(document, Source(category, publisher))[0]
        assert isinstance(judged, Accepted), judged
        value = judged.value if self.written == "canonical" else document
        head, tail = value.split(NUMBER.encode())
        assert value.count(_MOMENT) == 1, value
        hour_ms = 0
        if self.written == "canonical":
            hour_ms = judged.event.header.occurred_at - MOMENT_MS
            assert value.count(_long(judged.event.header.occurred_at)) == 1, value
        receivers = expected(
            Facts(category, truth.kinds, truth.origin, truth.destination),
            publisher.id,
            self.connections,
        )
        return Template(
            topics.raw(category, publisher.id),
            head,
            tuple(tail.split(PRODUCT.encode())),
            tuple(judged.event.header.key.split(PRODUCT.encode())),
            (topics.event(category), *map(topics.deliver, sorted(receivers))),
            truth,
            judged.offsets[1] if self.written == "canonical" else 0,
            hour_ms,
        )

    def bad(self, publisher: Connection, category: str) -> Template:
        """Cut short, so that the format's own reader must refuse it."""
        good = self.good(publisher, category)
        return good._replace(
            head=good.head[: max(12, len(good.head) // 2)],
            tail=(),
            due=(topics.dead_letter(publisher.id),),
            truth=good.truth._replace(code="cut-short"),
            kept=0,
        )

    def _document(self, category: str) -> tuple[bytes, Truth]:
        origin, destination = self.chance.choice(self.regions), self.chance.choice(self.regions)
        if self.written == "mapped":
            return report_document(self.chance, origin)
        event, truth = make_event(self.chance, category, origin, destination)
        if self.written == "epcis-xml":
            return xml_document(event), truth._replace(destination="")
        return json_document(event), truth
