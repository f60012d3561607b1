"""The catalogue on one event: is its category in force, and does it have what the lists ask for?

Must not know how lists are combined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tracehub.catalogue.edition import Edition
from tracehub.catalogue.entry import Requirement
from tracehub.errors import ConfigError
from tracehub.model.event import SECTIONS, Header
from tracehub.normalise import fields
from tracehub.normalise import rules_catalogue as rules
from tracehub.normalise.body_fields import SHARED_TEXTS, Layout, hub
from tracehub.normalise.plain import CERTIFICATE, PlainEvent
from tracehub.normalise.rules import Rule
from tracehub.normalise.verdict import Remarks

_RULES: Final[Mapping[tuple[str, str], Rule]] = {
    ("event-type", "refuse"): rules.EVENT_TYPE,
    ("event-type", "note"): rules.EVENT_TYPE_NOTE,
    ("code-family", "refuse"): rules.CODE_FAMILY,
    ("code-family", "note"): rules.CODE_FAMILY_NOTE,
    ("identifier", "refuse"): rules.IDENTIFIER,
    ("identifier", "note"): rules.IDENTIFIER_NOTE,
    ("field", "refuse"): rules.FIELD,
    ("field", "note"): rules.FIELD_NOTE,
}
_LOTS: Final = frozenset(f"{{urn:epcglobal:cbv:mda{end}}}lotNumber" for end in ("", ":"))
"""The lot number of CBV master data, in the namespace as XML and as JSON spell it."""
_BATCHES: Final = (hub("entry_batch"), hub("exit_batch"))
_EXTENSION: Final = "trade_secret"
"""The section of elements that no schema names."""
_CLASSES: Final = frozenset({"gtin", "lgtin"})
"""Families of products that name no single thing."""


def check_catalogue(
    edition: Edition, event: PlainEvent, header: Header, path: str, remarks: Remarks
) -> None:
    """Name everything that the catalogue misses in a checked event.

    A fact without goods (type `none`) has no product; only its category is looked at.
    """
    region, at = header.origin_region, header.occurred_at
    terms = edition.terms(header.category, region, at, header.biz_step)
    if not terms.active:
        remarks.add(rules.INACTIVE, path, f"{header.category} {region or '-'}")
        return
    if header.event_type == fields.FACT:
        return
    listed = edition.category_of(header.product.id, region, at)
    if listed and listed != header.category:
        remarks.add(rules.LISTED_ELSEWHERE, path, listed)
    for each, name in terms.requirements:
        if not _is_met(each, event, header):
            names = ", ".join(each.names)
            remarks.add(_RULES[each.asked, each.level], path, f"{names}; {name}: {each.source}")


def rests_on_likeness(edition: Edition, header: Header) -> bool:
    """True when the lists refuse no event that looks like one of this header, or all of them.

    Batches stand in codes and names that no likeness holds, and listed products in codes.
    """
    if edition.lists_products or header.event_type == fields.FACT:
        return False
    terms = edition.terms(
        header.category, header.origin_region, header.occurred_at, header.biz_step
    )
    return not any(
        each.level == "refuse" and each.asked in {"identifier", "field"} and not _is_seen(each)
        for each, _ in terms.requirements
    )


def _is_seen(asked: Requirement) -> bool:
    name = asked.names[0]
    return name != "batch" if asked.asked == "identifier" else "{" not in name


def check_sensitive(edition: Edition, layouts: Mapping[str, Layout]) -> None:
    """Compare what the lists keep from receivers with the sections that the schemas put it in.

    Raises:
        ConfigError: a schema shows a field to more receivers; one line for each.
    """
    faults = []
    for category, each in edition.sensitive:
        section, _ = layouts[category].attributes.get(hub(each.field), (_EXTENSION, ""))
        section = SHARED_TEXTS.get(each.field, section)
        if SECTIONS.index(section) < SECTIONS.index(each.section):
            faults.append(
                f"{each.where}: {each.field} of {category} shall be {each.section}, but its schema "
                f"has it in the section {section}; publish a schema that moves it first"
            )
    if faults:
        raise ConfigError("\n".join(faults))


def _is_met(asked: Requirement, event: PlainEvent, header: Header) -> bool:
    if asked.asked == "identifier":
        return _IDENTIFIERS[asked.names[0]](event, header)
    if asked.asked == "field":
        name = asked.names[0]
        return name in event or hub(name) in event
    if asked.asked == "event-type":
        return header.event_type in asked.names
    return not header.product.id or header.product.scheme in asked.names


def _has_serial(event: PlainEvent, header: Header) -> bool:
    named = any(name in event for name in (*fields.EPC_LISTS, "parentID"))
    return named and header.product.scheme not in _CLASSES


def _has_batch(event: PlainEvent, header: Header) -> bool:
    return (
        header.product.scheme in {"lgtin", "agri-batch"}
        or any(name in event for name in _BATCHES)
        or not _LOTS.isdisjoint(event.get("ilmd", ()))
        or any(
            "/10/" in each.get("epcClass", "") or ":lgtin:" in each.get("epcClass", "")
            for name in fields.QUANTITY_LISTS
            for each in event.get(name, ())
        )
    )


def _has_quantity(event: PlainEvent, _header: Header) -> bool:
    return any(name in event for name in fields.QUANTITY_LISTS)


_IDENTIFIERS: Final[Mapping[str, Callable[[PlainEvent, Header], bool]]] = {
    "product": lambda _event, header: bool(header.product.id),
    "serial": _has_serial,
    "batch": _has_batch,
    "quantity": _has_quantity,
    "party": lambda _event, header: bool(header.parties),
    "place": lambda event, _header: "readPoint" in event or "bizLocation" in event,
    "origin-region": lambda _event, header: header.origin_basis not in {"none", "connection"},
    "destination-region": lambda _event, header: bool(header.destination_region),
    "transaction": lambda event, _header: "bizTransactionList" in event,
    "certificate": lambda event, _header: "certificationInfo" in event or CERTIFICATE in event,
}
