"""Event and its Header: one thing that happened to one product, as its publisher claims it.

Must not know about bytes, topics or receivers. What the hub establishes is in `facts.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

NATIONAL_CATEGORIES: Final = (
    "agri-food",
    "food",
    "drug",
    "agri-input",
    "special-equipment",
    "hazardous",
    "rare-earth",
)
LOCAL_CATEGORIES: Final = (
    "maternal-child",
    "building-material",
    "appliance-auto",
    "local-specialty",
)
CATEGORIES: Final = NATIONAL_CATEGORIES + LOCAL_CATEGORIES
"""The policy's eleven product categories (商秩发〔2017〕53号), by slug."""

KINDS: Final = (
    "trace",
    "sale",
    "settlement",
    "inspection",
    "inspection-failure",
    "sensor-alarm",
    "recall",
    "enforcement-decision",
    "credit-change",
    "complaint",
    "customs",
    "border-inspection",
)
"""What an event is about; an event has one or more."""

EVENT_TYPES: Final = (
    "ObjectEvent",
    "AggregationEvent",
    "AssociationEvent",
    "TransactionEvent",
    "TransformationEvent",
)
"""EPCIS 2.0 event types. Kinds without goods (a credit change) have the type `none`."""

SECTIONS: Final = ("public", "regulator", "trade_secret", "personal")
"""The body's sections in wire order, which is the order of disclosure: each adds to the last."""

Section: TypeAlias = Mapping[str, Any]


class Party(NamedTuple):
    """A responsible party. `scheme` is `uscc`, `gln`, `person` or `opaque`; `id` its normal form.

    `role` is `owner`, `holder`, `receiver-owner`, `receiver-holder`, `subject` or `laboratory`.
    """

    role: str
    scheme: str
    id: str


class Product(NamedTuple):
    """The first product. `scheme` names the code's family (`sgtin`, `drug`, `opaque`, ...).

    `id` is the normal form; both are empty when the event names no product.
    """

    scheme: str
    id: str


class Header(NamedTuple):
    """All that rules may look at, and nothing else; all of it the publisher's claim.

    Instants are milliseconds since the epoch, UTC. An absent text is empty, an absent enumerated
    value is `none`, an absent instant is 0: the header holds no unions, so that it decodes fast.
    A region is six digits of GB/T 2260; its basis names the field that it was taken from.
    """

    event_id: str
    category: str
    event_type: str
    action: str
    biz_step: str
    disposition: str
    kinds: tuple[str, ...]
    correction: str
    declared_at: int
    occurred_at: int
    origin_region: str
    origin_basis: str
    destination_region: str
    destination_basis: str
    parties: tuple[Party, ...]
    product: Product
    addressees: tuple[str, ...]

    @property
    def key(self) -> bytes:
        """The record key: first product, else first party, else the event itself."""
        if self.product.id:
            return self.product.id.encode()
        if self.parties:
            return self.parties[0].id.encode()
        return self.event_id.encode()


class Event(NamedTuple):
    """One canonical event: header, section digests, and the body by disclosure class.

    A section is a plain mapping in the shape of its Avro record (`schemas/avro`), or None when it
    is empty or was cut before the event reached us. `digests` holds a publisher's own SHA-256 of
    each section, in section order, so that a signature survives a cut; usually empty.
    """

    header: Header
    public: Section | None = None
    regulator: Section | None = None
    trade_secret: Section | None = None
    personal: Section | None = None
    digests: tuple[bytes, ...] = ()

    @property
    def sections(self) -> tuple[Section | None, ...]:
        """The four sections in wire order."""
        return (self.public, self.regulator, self.trade_secret, self.personal)
