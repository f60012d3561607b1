"""Canonical events from a connection that is not trusted: checked in full, never changed.

The header must follow from the body, for it is what every later hop believes. Must not know Avro's
coding: the codec has read the event already.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from tracehub.model.connection import CONNECTION_ID, Connection
from tracehub.model.event import KINDS, Event, Header
from tracehub.normalise import rules_own as rules
from tracehub.normalise.body_fields import Layout
from tracehub.normalise.check import check
from tracehub.normalise.check_codes import check_codes
from tracehub.normalise.event_hash import event_hash
from tracehub.normalise.header import header_of
from tracehub.normalise.kinds import WITHOUT_GOODS
from tracehub.normalise.plain import PlainEvent
from tracehub.normalise.quiet import quiet
from tracehub.normalise.unbuild import plain_of
from tracehub.normalise.verdict import Remarks

_REGION: Final = re.compile(r"[0-9]{6}")
_DIGESTS: Final = 4
_DIGEST_SIZE: Final = 32
_NOBODY: Final = Connection("third-party/canonical")
_SAME: Final = ("correction", "declared_at", "occurred_at", "product")
"""Fields of the header that follow from the body alone. Regions rest on tables of the publisher."""


def check_canonical(event: Event, category: str, layout: Layout, remarks: Remarks) -> PlainEvent:
    """Check header and body of a decoded event against each other and against every rule.

    Returns the plain event of its body; an empty one when it has none that can be read.
    """
    header = event.header
    if header.category != category:
        remarks.add(rules.CATEGORY, "$.header.category")
    _check_header(header, remarks)
    if event.digests and [len(each) for each in event.digests] != [_DIGEST_SIZE] * _DIGESTS:
        remarks.add(rules.CANONICAL_DIGESTS, "$.digests")
    if header.event_type == "none":
        _check_decision(event, remarks)
    elif event.public is None:
        remarks.add(rules.CANONICAL_SECTION, "$.public")
    else:
        return _check_body(event, layout, remarks)
    return {}


def _check_header(header: Header, remarks: Remarks) -> None:
    if not header.event_id:
        remarks.add(rules.CANONICAL_ID, "$.header.event_id")
    ranks = [KINDS.index(kind) if kind in KINDS else -1 for kind in header.kinds]
    if not ranks or -1 in ranks or ranks != sorted(set(ranks)):
        remarks.add(rules.CANONICAL_KINDS, "$.header.kinds")
    for name in ("origin", "destination"):
        region, basis = getattr(header, f"{name}_region"), getattr(header, f"{name}_basis")
        if bool(region) != (basis != "none") or (region and not _REGION.fullmatch(region)):
            remarks.add(rules.CANONICAL_REGION, f"$.header.{name}_region")
    if not all(CONNECTION_ID.fullmatch(each) for each in header.addressees):
        remarks.add(rules.ADDRESSEE, "$.header.addressees")


def _check_decision(event: Event, remarks: Remarks) -> None:
    """A fact without goods: a decision on a party (EPCIS has no such event)."""
    header = event.header
    body: Mapping[str, Any] = (event.regulator or {}).get("body", {})
    if not body.get("decision") or not header.parties or not WITHOUT_GOODS & set(header.kinds):
        remarks.add(rules.CANONICAL_DECISION, "$.regulator.body.decision")
    if header.occurred_at <= 0:
        remarks.add(rules.CANONICAL_HEADER, "$.header.occurred_at")


def _check_body(event: Event, layout: Layout, remarks: Remarks) -> PlainEvent:
    try:
        plain = plain_of(event)
    except orjson.JSONDecodeError:
        remarks.add(rules.CANONICAL_EXTENSION, "$.trade_secret.body.extensions")
        return {}
    if quiet(plain):
        check_codes(plain, "$", remarks)
    else:
        check(plain, layout.attributes, "$", remarks)
    if not remarks.faults:
        _compare(event.header, plain, remarks)
    return plain


def _compare(header: Header, plain: PlainEvent, remarks: Remarks) -> None:
    made = header_of(plain, header.event_id, header.category, _NOBODY, {})
    for name in _SAME:
        if getattr(made, name) != getattr(header, name):
            remarks.add(rules.CANONICAL_HEADER, f"$.header.{name}")
    if not set(made.parties) <= set(header.parties):
        remarks.add(rules.CANONICAL_HEADER, "$.header.parties")
    if not set(made.kinds) - {"trace"} <= set(header.kinds):
        remarks.add(rules.CANONICAL_KINDS, "$.header.kinds")
    if "eventID" not in plain and event_hash(plain) != header.event_id:
        remarks.add(rules.CANONICAL_ID, "$.header.event_id")
