"""What routing one event takes, split into what a verdict may be remembered by and what differs.

Must not know rules: only which fields of a header are an event's own.
"""

from __future__ import annotations

from typing import NamedTuple

from tracehub.model.event import Header, Product


class Routing(NamedTuple):
    """What routing one event takes, with all that stays the same from event to event apart.

    A verdict may be remembered by `claims`, and by `parties` when a rule looks at those: equal
    bytes mean equal fields of the header. The first value with given claims is to be read by
    `header()`, which alone looks into them. Other engines may give other bytes.

    Attributes:
        key: the record key, as `Header.key`.
        claims: the schema and every field of the header but `event_id`, `declared_at`,
            `occurred_at`, `parties` and the id of `product`, in a form of the engine's own.
        parties: the same of `parties`.
    """

    event_id: str
    declared_at: int
    key: bytes
    claims: bytes
    parties: bytes


def routing_of(header: Header, frame: bytes) -> Routing:
    """The routing of an event whose header was decoded."""
    product = Product(header.product.scheme, "")
    claims = header._replace(event_id="", declared_at=0, occurred_at=0, parties=(), product=product)
    return Routing(
        header.event_id,
        header.declared_at,
        header.key,
        frame + repr(tuple(claims)).encode(),
        repr(header.parties).encode(),
    )
