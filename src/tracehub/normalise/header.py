"""The routing header of a plain event. Must not know the body's sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tracehub.model.connection import Connection
from tracehub.model.event import Header, Party, Product
from tracehub.normalise import identity
from tracehub.normalise.kinds import kinds_of
from tracehub.normalise.plain import (
    ADDRESSEE,
    DECISION,
    HUB_NAMESPACE,
    SUBJECT,
    TEST_RESULT,
    PlainEvent,
)
from tracehub.normalise.regions import destination, origin
from tracehub.normalise.times import instant
from tracehub.remember import remembered

_ROLES: Final = (
    ("sourceList", "source", (("owning_party", "owner"), ("possessing_party", "holder"))),
    (
        "destinationList",
        "destination",
        (("owning_party", "receiver-owner"), ("possessing_party", "receiver-holder")),
    ),
)
"""List, field, types and roles. The order is that of the header, whatever the document's is."""
ROLES: Final[Mapping[str, Mapping[str, str]]] = {listed: dict(roles) for listed, _, roles in _ROLES}
"""List -> type of an entry -> role of its party."""
_LABORATORY: Final = f"{{{HUB_NAMESPACE}}}laboratory"
_PRODUCTS: Final = (
    ("epcList", "quantityList"),
    ("parentID",),
    ("childEPCs", "childQuantityList"),
    ("outputEPCList", "outputQuantityList"),
    ("inputEPCList", "inputQuantityList"),
)
"""The first product is the first code of the first of these that the event has: what is moved,
then the unit that holds it, then what is in it; of a transformation what came out. Within a list
the document's order counts."""
_CORRECTIONS: Final = frozenset({"did_not_occur", "incorrect_data"})
NO_PRODUCT: Final = Product("", "")


def header_of(
    event: PlainEvent,
    event_id: str,
    category: str,
    connection: Connection,
    places: Mapping[str, str],
) -> Header:
    """All that rules may look at, from a checked plain event."""
    declaration = event.get("errorDeclaration")
    from_ = origin(event, places, connection.region)
    to = destination(event, places)
    return Header(
        event_id=event_id,
        category=category,
        event_type=event["type"],
        action=event.get("action", "none"),
        biz_step=event.get("bizStep", ""),
        disposition=event.get("disposition", ""),
        kinds=kinds_of(event),
        correction=correction_of(declaration),
        declared_at=instant(declaration["declarationTime"]).ms if declaration else 0,
        occurred_at=instant(event["eventTime"]).ms,
        origin_region=from_.code,
        origin_basis=from_.basis,
        destination_region=to.code,
        destination_basis=to.basis,
        parties=parties_of(event),
        product=product_of(event),
        addressees=tuple(event.get(ADDRESSEE, ())),
    )


def correction_of(declaration: Mapping[str, Any] | None) -> str:
    """What the error declaration says; `unspecified` for a reason of the publisher's own."""
    if declaration is None:
        return "none"
    reason = declaration.get("reason", "")
    return reason if reason in _CORRECTIONS else "unspecified"


def parties_of(event: PlainEvent) -> tuple[Party, ...]:
    """The responsible parties, owner first, each once in a role."""
    parties: dict[Party, None] = {}
    for listed, field, roles in _ROLES:
        entries = event.get(listed)
        if entries is not None:
            for kind, role in roles:
                for entry in entries:
                    if entry.get("type") == kind:
                        parties[_party((role, entry[field]))] = None
    for test in event.get(TEST_RESULT, ()):
        if _LABORATORY in test:
            parties[_party(("laboratory", test[_LABORATORY]))] = None
    if DECISION in event:
        parties[_party(("subject", event[DECISION][SUBJECT]))] = None
    return tuple(parties)


def product_of(event: PlainEvent) -> Product:
    """The first product."""
    for names in _PRODUCTS:
        for name in names:
            found = event.get(name)
            if found:
                first = found if isinstance(found, str) else found[0]
                code = first if isinstance(first, str) else first["epcClass"]
                return identity.product(code).product
    return NO_PRODUCT


@remembered(16_384)
def _party(named: tuple[str, str]) -> Party:
    role, text = named
    known = identity.party(text)
    return Party(role, known.scheme, known.id)
