"""Hypothesis strategies: any header, any facts, any event that a category's schema can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from tracehub.avro.catalogue import bundled, event_subject
from tracehub.model.event import (
    CATEGORIES,
    EVENT_TYPES,
    KINDS,
    SECTIONS,
    Event,
    Header,
    Party,
    Product,
)
from tracehub.model.facts import VERDICTS, Facts
from tracehub.model.record import Position

Strategy = st.SearchStrategy[Any]

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
INTS = st.integers(-(2**31), 2**31 - 1)
LONGS = st.integers(-(2**63), 2**63 - 1)
CHECKSUMS = st.integers(0, 2**32 - 1)
INSTANTS = st.integers(0, 2**45)
_BASES = ("none", "location", "read_point", "biz_location", "party_place", "connection")
_PRIMITIVES: Mapping[str, Strategy] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": INTS,
    "long": LONGS,
    "double": st.floats(allow_nan=False),
    "string": TEXTS,
    "bytes": st.binary(max_size=12),
}

HEADERS = st.builds(
    Header,
    event_id=TEXTS,
    category=st.sampled_from(CATEGORIES),
    event_type=st.sampled_from(("none", *EVENT_TYPES)),
    action=st.sampled_from(("none", "ADD", "OBSERVE", "DELETE")),
    biz_step=TEXTS,
    disposition=TEXTS,
    kinds=st.lists(st.sampled_from(KINDS), unique=True, max_size=3).map(tuple),
    correction=st.sampled_from(("none", "did_not_occur", "incorrect_data", "unspecified")),
    declared_at=LONGS,
    occurred_at=LONGS,
    origin_region=TEXTS,
    origin_basis=st.sampled_from(_BASES),
    destination_region=TEXTS,
    destination_basis=st.sampled_from(_BASES),
    parties=st.lists(st.builds(Party, TEXTS, TEXTS, TEXTS), max_size=3).map(tuple),
    product=st.builds(Product, TEXTS, TEXTS),
    addressees=st.lists(TEXTS, max_size=3).map(tuple),
)

FACTS = st.builds(
    Facts,
    position=st.builds(
        Position,
        st.from_regex(r"[a-z.-]{1,30}", fullmatch=True),
        st.integers(0, 2**16 - 1),
        st.integers(0, 2**63 - 1),
    ),
    item=CHECKSUMS,
    effect_key=st.binary(min_size=32, max_size=32),
    body_check=CHECKSUMS,
    received_at=LONGS,
    verdict=st.sampled_from(VERDICTS),
    rules_version=st.binary(min_size=4, max_size=4),
    catalogue_version=st.binary(min_size=4, max_size=4),
    offsets=st.tuples(CHECKSUMS, CHECKSUMS, CHECKSUMS, CHECKSUMS),
    previous=st.tuples(LONGS, INTS),
)


def events(category: str = "") -> st.SearchStrategy[Event]:
    """Any event that the newest schema of one category, or of any, can hold."""
    if not category:
        return st.sampled_from(CATEGORIES).flatmap(events)
    fields = bundled().newest(event_subject(category)).text["fields"]
    named = dict(_PRIMITIVES)
    values = {field["name"]: _values(field["type"], "", named) for field in fields}
    return st.builds(
        Event,
        header=HEADERS.map(lambda header: header._replace(category=category)),
        digests=st.lists(st.binary(min_size=32, max_size=32), max_size=4).map(tuple),
        **{section: values[section] for section in SECTIONS},
    )


def _values(node: Any, namespace: str, named: dict[str, Strategy]) -> Strategy:
    """Values of one Avro type; `named` holds types by full name, once they were met."""
    if isinstance(node, list):
        return st.one_of([_values(each, namespace, named) for each in node])
    if isinstance(node, str):
        return named[node if node in named else f"{namespace}.{node}"]
    make: Callable[..., Strategy] | None = {"record": _records, "enum": _enums}.get(node["type"])
    if make:
        inner = node.get("namespace", namespace)
        named[f"{inner}.{node['name']}"] = made = make(node, inner, named)
        return made
    if node["type"] == "array":
        return st.lists(_values(node["items"], namespace, named), max_size=2)
    return _values(node["type"], namespace, named)


def _records(node: Mapping[str, Any], namespace: str, named: dict[str, Strategy]) -> Strategy:
    fields = node["fields"]
    return st.fixed_dictionaries(
        {field["name"]: _values(field["type"], namespace, named) for field in fields}
    )


def _enums(node: Mapping[str, Any], _namespace: str, _named: dict[str, Strategy]) -> Strategy:
    return st.sampled_from(node["symbols"])
