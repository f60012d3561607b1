"""Bytes <-> event: header-only decode, full decode with section offsets, encode.

Wire format: Confluent framing, one zero byte and a 4-byte schema id before the Avro body. This is
the reference engine; every other must equal it on good and on corrupt input. Must not know what a
valid event says: only how it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar, cast

from fastavro import schemaless_reader, schemaless_writer

from tracehub.avro.catalogue import Catalogue, Schema, event_subject
from tracehub.avro.prescan import Prescan
from tracehub.avro.routing import Routing, routing_of
from tracehub.errors import RejectError
from tracehub.model.event import CATEGORIES, KINDS, Event, Header, Party, Product

FRAME: Final = 5
MAGIC: Final = 0
NULL: Final = b"\x00"
PRESENT: Final = b"\x02"
"""The two branches of a section's union, as Avro writes their index."""

Offsets = tuple[int, int, int, int]
Resolve: TypeAlias = Callable[[Any, dict[str, str | None], tuple[Any, ...]], dict[str, Any] | None]
"""An event in JSON, names that are known in full, and the fields in which names stand or not -> the
event with its names in full; None when another must look at it."""
T = TypeVar("T")

UNKNOWN: Final = "unknown"
SLUGS: Final = {slug.replace("-", "_"): slug for slug in (*CATEGORIES, *KINDS, UNKNOWN)}
SYMBOLS: Final = {slug: symbol for symbol, slug in SLUGS.items()}


class Decoded(NamedTuple):
    """An event and where each of its sections begins in the value."""

    event: Event
    offsets: Offsets


class Encoded(NamedTuple):
    """A value and where each of its sections begins."""

    value: bytes
    offsets: Offsets


class Codec:
    """Reads and writes events by the schemas of one catalogue."""

    engine = "fastavro"
    forwarding: Callable[..., Any] | None = None
    looking: Callable[..., Any] | None = None
    writing: Callable[..., Any] | None = None
    filling: Callable[..., Any] | None = None
    faithful: Callable[[bytes, Any, int, int], bool] | None = None
    plain_looking: Callable[..., Any] | None = None
    judging: Callable[..., Any] | None = None
    xml_reading: Callable[..., Any] | None = None
    resolve: Resolve | None = None

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._writers = {
            category: catalogue.newest(event_subject(category)) for category in CATEGORIES
        }
        events = [each for each in catalogue if each.head]
        self._prescans = {each.wire_id: Prescan(each.parsed) for each in events}
        self._parts = {each.wire_id: _part_walks(each) for each in events}

    @property
    def catalogue(self) -> Catalogue:
        """The schemas that it reads and writes by."""
        return self._catalogue

    def is_canonical(self, value: bytes) -> bool:
        """True when the frame names an event schema of this catalogue."""
        if len(value) < FRAME or value[0] != MAGIC:
            return False
        schema = self._catalogue.by_id(int.from_bytes(value[1:FRAME], "big"))
        return schema is not None and schema.head is not None

    def header(self, value: bytes) -> Header:
        """Decode the routing header alone.

        The body is not looked at, so it may be broken: only bytes that were decoded in full once,
        or that come from a trusted hub, may be routed by this.

        Raises:
            RejectError: `avro/empty`, `avro/magic`, `avro/unknown-schema`, `avro/malformed`.
        """
        schema = self._event_schema(value)
        return _header(_guarded(lambda: _read_head(value, schema)[0]))

    def routing(self, value: bytes) -> Routing:
        """Read what differs between events of one route, and only find where the rest lies.

        Raises:
            RejectError: as `header()`, but only `header()` looks at what is inside `claims`.
        """
        return routing_of(self.header(value), value[:FRAME])

    def offsets(self, value: bytes) -> Offsets:
        """Where each section begins, after a walk over all bytes that looks at no text.

        Raises:
            RejectError: as `decode()`, but for texts that are not UTF-8.
        """
        schema = self._event_schema(value)
        self._prescans[schema.wire_id].check(value, FRAME)
        head, *sections = self._parts[schema.wire_id]
        at, offsets = head.end(value, FRAME), []
        for section in sections:
            offsets.append(at)
            at = section.end(value, at + 1) if value[at : at + 1] == PRESENT else at + 1
        return (offsets[0], offsets[1], offsets[2], offsets[3])

    def decode(self, value: bytes) -> Decoded:
        """Decode everything, after a walk over the bytes has shown that it does no harm.

        Raises:
            RejectError: as `header()`, or `avro/trailing-bytes`, `avro/varint`,
                `avro/too-many-items`.
        """
        schema = self._event_schema(value)
        self._prescans[schema.wire_id].check(value, FRAME)
        return Decoded(*_guarded(lambda: _read_event(value, schema)))

    def encode(self, event: Event) -> Encoded:
        """Write an event with the newest schema of its category."""
        schema = self._writers[event.header.category]
        out = BytesIO()
        out.write(MAGIC.to_bytes(1, "big") + schema.wire_id.to_bytes(4, "big"))
        head = {"header": _header_fields(event.header), "digests": event.digests}
        schemaless_writer(out, schema.head, head)
        offsets = []
        for section, record in zip(event.sections, schema.sections, strict=True):
            offsets.append(out.tell())
            if section is None:
                out.write(NULL)
            else:
                out.write(PRESENT)
                schemaless_writer(out, record, section)
        return Encoded(out.getvalue(), (offsets[0], offsets[1], offsets[2], offsets[3]))

    def _event_schema(self, value: bytes) -> Schema:
        schema = schema_of(value, self._catalogue)
        if schema.head is None:
            raise RejectError(
                "avro/unknown-schema",
                f"schema {schema.wire_id} is {schema.subject}, which is no event; "
                "publish with a subject event.<category>-value",
            )
        return schema


def _part_walks(schema: Schema) -> tuple[Prescan, ...]:
    """The walks over the prefix and over each section."""
    named: dict[str, Any] = {}
    return tuple(Prescan(part, named) for part in (schema.head, *schema.sections))


def read_record(value: bytes, catalogue: Catalogue) -> Mapping[str, Any]:
    """Decode any framed record (dead letter, receipt) as plain fields.

    Raises:
        RejectError: as `Codec.header()`.
    """
    schema = schema_of(value, catalogue)

    def read() -> Mapping[str, Any]:
        source = BytesIO(value)
        source.seek(FRAME)
        return cast("Mapping[str, Any]", schemaless_reader(source, schema.parsed, None))

    return _guarded(read)


def write_record(fields: Mapping[str, Any], schema: Schema) -> bytes:
    """Encode plain fields with their frame."""
    out = BytesIO()
    out.write(MAGIC.to_bytes(1, "big") + schema.wire_id.to_bytes(4, "big"))
    schemaless_writer(out, schema.parsed, fields)
    return out.getvalue()


def schema_of(value: bytes, catalogue: Catalogue) -> Schema:
    """The schema that the frame names.

    Raises:
        RejectError: `avro/empty`, `avro/magic`, `avro/unknown-schema`.
    """
    if not value:
        raise RejectError("avro/empty", "the record has no value; publish the event's bytes")
    if len(value) < FRAME or value[0] != MAGIC:
        raise RejectError(
            "avro/magic",
            "the value does not begin with a zero byte and a 4-byte schema id (Confluent wire "
            "format); use an Avro serialiser that writes this frame",
        )
    wire_id = int.from_bytes(value[1:FRAME], "big")
    schema = catalogue.by_id(wire_id)
    if schema is None:
        raise RejectError(
            "avro/unknown-schema",
            f"schema id {wire_id} is not in this hub's catalogue; publish with a committed id "
            "(tracehub topics --schemas lists them)",
        )
    return schema


def _guarded(read: Callable[[], T]) -> T:
    """Run a fastavro read; its many ways to fail on corrupt bytes become one code."""
    try:
        return read()
    except (EOFError, ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError) as e:
        raise RejectError(
            "avro/malformed",
            f"the bytes are not an event of the schema they name ({type(e).__name__}); they were "
            "cut short, damaged, or written with another schema",
        ) from None


def _read_head(
    value: bytes, schema: Schema
) -> tuple[Mapping[str, Any], tuple[bytes, ...], BytesIO]:
    source = BytesIO(value)
    source.seek(FRAME)
    head: Any = schemaless_reader(source, schema.head, None)
    return head["header"], tuple(head["digests"]), source


def _read_event(value: bytes, schema: Schema) -> tuple[Event, Offsets]:
    fields, digests, source = _read_head(value, schema)
    offsets: list[int] = []
    sections: list[Any] = []
    for record in schema.sections:
        offsets.append(source.tell())
        branch = source.read(1)
        sections.append(schemaless_reader(source, record, None) if branch == PRESENT else None)
    public, regulator, trade_secret, personal = sections
    event = Event(_header(fields), public, regulator, trade_secret, personal, digests)
    return event, (offsets[0], offsets[1], offsets[2], offsets[3])


def _header(fields: Mapping[str, Any]) -> Header:
    product = fields["product"]
    return Header(
        fields["event_id"],
        SLUGS.get(fields["category"], UNKNOWN),
        fields["event_type"],
        fields["action"],
        fields["biz_step"],
        fields["disposition"],
        tuple(SLUGS.get(kind, UNKNOWN) for kind in fields["kinds"]),
        fields["correction"],
        fields["declared_at"],
        fields["occurred_at"],
        fields["origin_region"],
        fields["origin_basis"],
        fields["destination_region"],
        fields["destination_basis"],
        tuple(Party(each["role"], each["scheme"], each["id"]) for each in fields["parties"]),
        Product(product["scheme"], product["id"]),
        tuple(fields["addressees"]),
    )


def _header_fields(header: Header) -> dict[str, Any]:
    fields = header._asdict()
    fields["category"] = SYMBOLS[header.category]
    fields["kinds"] = [SYMBOLS[kind] for kind in header.kinds]
    fields["parties"] = [party._asdict() for party in header.parties]
    fields["product"] = header.product._asdict()
    return fields
