"""Normaliser: the bytes of one raw record -> canonical events, each with its verdict.

A pure function of bytes, source and tables; nothing is looked up anywhere else. Must not know
topics or routes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from tracehub.avro.catalogue import event_subject
from tracehub.avro.codec import MAGIC, Codec, Encoded, schema_of
from tracehub.avro.fast import GIVEN_UP, Looking, Write
from tracehub.catalogue.edition import Edition
from tracehub.errors import ConfigError, RejectError
from tracehub.model.connection import Connection
from tracehub.model.event import CATEGORIES, Header
from tracehub.normalise import rules_document
from tracehub.normalise.body_fields import Layout, layout_of
from tracehub.normalise.build import build
from tracehub.normalise.check import check
from tracehub.normalise.check_catalogue import check_catalogue, check_sensitive, rests_on_likeness
from tracehub.normalise.check_codes import check_codes
from tracehub.normalise.check_region import check_regions, in_document, in_header
from tracehub.normalise.event_hash import event_hash
from tracehub.normalise.formats.canonical import check_canonical
from tracehub.normalise.formats.draft import settled
from tracehub.normalise.formats.text import BYTE_ORDER_MARK, check_encoding, check_size
from tracehub.normalise.formats.xml_form import FORM
from tracehub.normalise.header import header_of
from tracehub.normalise.identity import place
from tracehub.normalise.likeness import SIGHT
from tracehub.normalise.offending import with_values
from tracehub.normalise.plain import Found, PlainEvent
from tracehub.normalise.plain_form import sections_of
from tracehub.normalise.plain_likeness import sight
from tracehub.normalise.quiet import quiet
from tracehub.normalise.reading import Quick, drafts, is_json
from tracehub.normalise.recall import Recall
from tracehub.normalise.spelling import settle
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import ACCEPT, Accepted, Quarantined, Remarks


class Source(NamedTuple):
    """Where a record comes from: the category of its topic and the connection that publishes."""

    category: str
    connection: Connection


class Normaliser:
    """Recognises, checks and builds.

    Attributes:
        tables: what it looks up.

    Raises:
        ConfigError: a product list keeps a field from receivers that its schema shows it to.
    """

    def __init__(self, codec: Codec, tables: Tables) -> None:
        self.tables = tables
        self._codec = codec
        self._writers: Mapping[str, Write] = codec.writing(sections_of) if codec.writing else {}
        self._readers = {name: each.by(codec) for name, each in tables.mappings.items()}
        self._places = {place(each): region for each, region in tables.places.items()}
        self._look = codec.plain_looking(sight(self._places)) if codec.plain_looking else None
        self._recall = Recall(self._look)
        quick_xml = codec.xml_reading(FORM) if codec.xml_reading else None
        self._quick = Quick(codec.faithful, codec.resolve, quick_xml)
        self._layouts = {
            category: layout_of(codec.catalogue.newest(event_subject(category)))
            for category in CATEGORIES
        }
        check_sensitive(tables.edition, self._layouts)

    def under(self, edition: Edition) -> Normaliser:
        """The same, judging by another edition of the catalogue.

        Raises:
            ConfigError: a list keeps a field from receivers that its schema shows it to.
        """
        check_sensitive(edition, self._layouts)
        other = copy(self)
        other.tables = replace(self.tables, edition=edition)
        other._recall = Recall(self._look)  # noqa: SLF001 - another of the same class
        return other

    def normalise(self, value: bytes, source: Source) -> Sequence[Accepted | Quarantined]:
        """Judge every event of a record, in the document's order.

        Raises:
            RejectError: the record can't be read at all: `document/...`, `json/...`, `xml/...`,
                `avro/...`, `mapping/...`.
            ConfigError: the connection's own format has no table.
        """
        check_size(value)
        if value[0] == MAGIC:
            return [self._canonical(value, source)]
        return [self._judge(*each, source) for each in self._found(value, source)]

    def heads(self, value: bytes, source: Source) -> Sequence[Header | Quarantined]:
        """What `normalise()` comes to, with nothing written as Avro.

        Returns:
            The header of each event that passes; of one that names no id its id is empty.

        Raises:
            RejectError, ConfigError: as `normalise()`.
        """
        check_size(value)
        if value[0] == MAGIC:
            item = self._canonical(value, source)
            return [item if isinstance(item, Quarantined) else item.header]
        return [self._head(*each, source) for each in self._found(value, source)]

    @cached_property
    def looking(self) -> Looking | None:
        """Looks at canonical events (`likeness.py`); None when the codec has no looks."""
        made: Looking | None = self._codec.looking(SIGHT) if self._codec.looking else None
        return made

    def settles(self, header: Header) -> bool:
        """True when events that look like this accepted one are accepted too (`likeness.py`)."""
        return rests_on_likeness(self.tables.edition, header)

    def _found(self, value: bytes, source: Source) -> Iterator[tuple[int, Found, Remarks]]:
        """Every event of a text, with its place in it and what its reader had to say."""
        marked = value.startswith(BYTE_ORDER_MARK)
        for item, found in enumerate(self._decoded(value, source)):
            if marked:
                found = settled(found)  # noqa: PLW2901 - its own reasons come first
            remarks = Remarks(found.changes, found.faults)
            if marked:
                remarks.add(rules_document.BYTE_ORDER_MARK, "$")
            yield item, found, remarks

    def _decoded(self, value: bytes, source: Source) -> Sequence[Found]:
        """Every event of a text, which is UTF-8; JSON that could be read is that in any case."""
        text = value.removeprefix(BYTE_ORDER_MARK)
        if not is_json(text):
            check_encoding(value)
            return self._read(text, source)
        try:
            return self._read(text, source)
        except RejectError:
            check_encoding(value)
            raise

    def _read(self, text: bytes, source: Source) -> Sequence[Found]:
        connection = source.connection
        if connection.format == "mapped":
            reader = self._readers.get(connection.id) or self._readers.get(connection.type)
            if reader is None:
                raise ConfigError(
                    f"connections.{connection.id}.format: there is no mapping for connector type "
                    f"{connection.type}; use format: epcis"
                )
            return reader.read(text, source.category)
        return drafts(text, self._quick)

    def _judge(
        self, item: int, found: Found, remarks: Remarks, source: Source
    ) -> Accepted | Quarantined:
        """Check one event and build it when nothing is wrong."""
        header = self._head(item, found, remarks, source)
        if isinstance(header, Quarantined):
            return header
        if not header.event_id:
            header = header._replace(event_id=event_hash(found.event))
        source_of = found.event, self._layouts[source.category]
        value, offsets = self._write(*source_of, header)
        verdict, reasons = remarks.verdict, remarks.reasons
        return Accepted(item, header, value, offsets, verdict, reasons, source_of)

    def _write(self, event: PlainEvent, layout: Layout, header: Header) -> Encoded:
        """Write a plain event at once where the codec can, else by the canonical event."""
        write = self._writers.get(header.category)
        if write is not None:
            with suppress(*GIVEN_UP):
                return write(event, header)
        return self._codec.encode(build(event, header, layout))

    def _head(
        self, item: int, found: Found, remarks: Remarks, source: Source
    ) -> Header | Quarantined:
        """The header of an event that nothing is wrong with: whatever may refuse it is in here."""
        event, layout = found.event, self._layouts[source.category]
        header, beside = self._recall.header(event, source.category, source.connection.region)
        if header is not None and not remarks.faults:
            return self._placed(item, found, header, remarks) if beside else header
        silent, said = quiet(event), remarks.count
        if silent:
            check_codes(event, found.path, remarks)
        else:
            settle(event, found.path, remarks.changes)
            check(event, layout.attributes, found.path, remarks)
        silent = silent and remarks.count == said
        given = event.get("eventID")
        if remarks.faults:
            reasons = with_values(remarks.reasons, event, found.path, layout)
            error = remarks.error(item, reasons)
            return Quarantined(item, error, given if isinstance(given, str) else "")
        header = header_of(event, given or "", source.category, source.connection, self._places)
        placed = self._placed(item, found, header, remarks)
        if silent and isinstance(beside, bytes) and beside and placed is header:
            asked = remarks.count > said or self.tables.edition.lists_products
            self._recall.remember(beside, header, asked=asked)
        return placed

    def _placed(
        self, item: int, found: Found, header: Header, remarks: Remarks
    ) -> Header | Quarantined:
        """The header, when regions and lists have nothing against it."""
        check_regions(header, self.tables.regions, in_document(found.path), remarks)
        check_catalogue(self.tables.edition, found.event, header, found.path, remarks)
        if remarks.faults:
            return Quarantined(item, remarks.error(item), header.event_id)
        return header

    def _canonical(self, value: bytes, source: Source) -> Accepted | Quarantined:
        """Check one canonical event; its bytes go on untouched."""
        schema = schema_of(value, self._codec.catalogue)
        event, offsets = self._codec.decode(value)
        if schema.subject != event_subject(event.header.category):
            raise RejectError(
                "catalogue/category-mismatch",
                f"the event says category {event.header.category} and is written by "
                f"{schema.subject}; write it by the schema of its own category",
            )
        remarks = Remarks()
        plain = check_canonical(event, source.category, self._layouts[source.category], remarks)
        if not remarks.faults:
            check_regions(event.header, self.tables.regions, in_header, remarks)
            check_catalogue(self.tables.edition, plain, event.header, "$", remarks)
        if remarks.faults:
            return Quarantined(0, remarks.error(0), event.header.event_id)
        return Accepted(0, event.header, value, offsets, ACCEPT, remarks.reasons, event)
