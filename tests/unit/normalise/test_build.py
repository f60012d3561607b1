"""What is built can be taken apart again, whatever it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from tracehub.avro.catalogue import bundled
from tracehub.avro.codec import Codec
from tracehub.errors import Reason
from tracehub.model.connection import Connection
from tracehub.normalise import vocabulary
from tracehub.normalise.event_hash import event_hash
from tracehub.normalise.formats import epcis_json
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.plain import PlainEvent
from tracehub.normalise.spelling import settle
from tracehub.normalise.tables import Tables
from tracehub.normalise.unbuild import plain_of
from tracehub.normalise.verdict import Accepted

Accept = Callable[..., Accepted]

CODEC = Codec(bundled())
NORMALISER = Normaliser(CODEC, Tables())
SOURCE = Source("food", Connection("third-party/maker", region="110000"))

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
names = st.from_regex(r"[a-z][A-Za-z0-9]{0,6}", fullmatch=True)
keys = names.map(lambda name: f"{{https://ns.example.com/epcis/}}{name}")
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False, width=32)
values = st.recursive(
    texts | st.booleans() | st.none() | st.integers(-(2**53), 2**53),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=5,
)
extensions = st.dictionaries(keys, values, max_size=3)
epcs = st.integers(0, 10**9).map(lambda serial: f"urn:epc:id:sgtin:6901028.007583.{serial}")
times = st.sampled_from(["2026-01-31T08:00:00.000+08:00", "2026-01-31T00:00:00Z"])
uris = st.integers(0, 99).map(lambda number: f"urn:example:id:{number}")


def record(required: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]) -> Any:
    fixed = st.fixed_dictionaries(required, optional=optional)
    return st.builds(lambda known, more: {**known, **more}, fixed, extensions)


quantities = record({"epcClass": uris}, quantity=numbers.map(abs), uom=st.just("KGM"))
reports = record(
    {"type": st.sampled_from(sorted(vocabulary.MEASUREMENTS))},
    value=numbers,
    booleanValue=st.booleans(),
    stringValue=texts,
    time=times,
    exception=st.sampled_from(sorted(vocabulary.ALERTS)),
)
sensors = record(
    {"sensorReport": st.lists(reports, min_size=1, max_size=2)},
    sensorMetadata=record({}, time=times, deviceID=uris),
)
parties = st.sampled_from(sorted(vocabulary.PARTY_TYPES))
own = {
    "{urn:tracehub:v1:}testResult": st.lists(
        st.fixed_dictionaries(
            {"{urn:tracehub:v1:}verdict": st.sampled_from(["passed", "failed"])},
            optional={"{urn:tracehub:v1:}item": texts},
        ),
        min_size=1,
        max_size=2,
    ),
    "{urn:tracehub:v1:}production_date": texts,
    "{urn:tracehub:v1:}price": texts,
    "{urn:tracehub:v1:}contact": texts,
    "{urn:tracehub:v1:}something": values,
    "{urn:tracehub:v1:}addressee": st.lists(st.just("central/national"), min_size=1, max_size=1),
    "{urn:tracehub:v1:}kind": st.lists(st.sampled_from(["settlement", "customs"]), min_size=1),
    "{urn:tracehub:v1:}person": st.lists(
        st.fixed_dictionaries({"{urn:tracehub:v1:}id": texts}), min_size=1, max_size=2
    ),
    "{urn:tracehub:v1:}decision": st.fixed_dictionaries(
        {"{urn:tracehub:v1:}subject": st.just("914403001922038216")},
        optional={
            "{urn:tracehub:v1:}measure": texts,
            "{urn:tracehub:v1:}reason_event_ids": st.lists(uris, min_size=1, max_size=2),
        },
    ),
    "{urn:tracehub:v1:}certificate": st.lists(
        st.fixed_dictionaries(
            {"{urn:tracehub:v1:}id": texts}, optional={"{urn:tracehub:v1:}type": texts}
        ),
        min_size=1,
        max_size=2,
    ),
}
events = st.builds(
    lambda known, more: {**more, **known},
    st.fixed_dictionaries(
        {
            "type": st.just("ObjectEvent"),
            "eventTime": times,
            "eventTimeZoneOffset": st.sampled_from(["+08:00", "-06:00"]),
            "action": st.sampled_from(["ADD", "OBSERVE", "DELETE"]),
            "epcList": st.lists(epcs, min_size=1, max_size=3),
        },
        optional={
            "eventID": uris,
            "recordTime": times,
            "bizStep": st.sampled_from(sorted(vocabulary.BIZ_STEPS)) | uris,
            "disposition": st.sampled_from(sorted(vocabulary.DISPOSITIONS)),
            "quantityList": st.lists(quantities, min_size=1, max_size=2),
            "readPoint": record({"id": uris}),
            "bizTransactionList": st.lists(
                record({"bizTransaction": uris}, type=st.just("po")), min_size=1, max_size=2
            ),
            "sourceList": st.lists(
                record({"source": uris, "type": parties}), min_size=1, max_size=2
            ),
            "sensorElementList": st.lists(sensors, min_size=1, max_size=2),
            "errorDeclaration": record(
                {"declarationTime": times},
                reason=st.sampled_from(sorted(vocabulary.ERROR_REASONS)),
                correctiveEventIDs=st.lists(uris, min_size=1, max_size=2),
            ),
            "ilmd": st.dictionaries(keys, values, min_size=1, max_size=2),
            "persistentDisposition": st.fixed_dictionaries(
                {"set": st.lists(st.just("recalled"), min_size=1, max_size=1)}
            ),
            "certificationInfo": st.lists(uris, min_size=1, max_size=2),
            **own,
        },
    ),
    extensions,
)


def document(event: PlainEvent) -> bytes:
    """The plain event as a JSON document: `{namespace}local` becomes a prefixed name."""
    prefixes = {"{urn:tracehub:v1:}": "tracehub:", "{https://ns.example.com/epcis/}": "example:"}

    def written(value: Any) -> Any:
        if isinstance(value, list):
            return [written(each) for each in value]
        if not isinstance(value, dict):
            return value
        renamed = {}
        for key, each in value.items():
            namespace, _, name = key.rpartition("}")
            renamed[prefixes.get(f"{namespace}}}", "") + name] = written(each)
        return renamed

    context = [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {prefix.removesuffix(":"): space[1:-1] for space, prefix in prefixes.items()},
    ]
    body = {"eventList": [written(event)]}
    return orjson.dumps({"@context": context, "type": "EPCISDocument", "epcisBody": body})


def _built(event: PlainEvent) -> Accepted:
    (item,) = NORMALISER.normalise(document(event), SOURCE)
    assert isinstance(item, Accepted), item
    return item


@given(events)
def test_event_when_built_and_taken_apart_is_the_same(event: PlainEvent) -> None:
    item = _built(event)
    assert plain_of(item.event) == event
    decoded = CODEC.decode(item.value)
    assert plain_of(decoded.event) == event
    assert decoded.event == item.event


@given(events)
def test_canonical_event_when_published_is_accepted_as_it_is(event: PlainEvent) -> None:
    item = _built(event)
    (again,) = NORMALISER.normalise(item.value, SOURCE)
    assert isinstance(again, Accepted), again
    assert again.value is item.value
    assert again.verdict == "accept"


@given(events)
def test_plain_event_when_settled_again_does_not_change(event: PlainEvent) -> None:
    (found,) = epcis_json.read(document(event))
    assert found.event == event
    changes: list[Reason] = []
    settle(found.event, "$", changes)
    assert (found.event, changes) == (event, [])


def test_event_id_when_none_is_given_is_the_hash_of_the_content(accepted: Accept) -> None:
    item = accepted(eventID=None)
    plain = plain_of(item.event)
    assert "eventID" not in plain
    assert item.event.header.event_id == event_hash(plain)
    assert item.event.public is not None
    assert item.event.public["body"]["event_id_given"] is False


def test_sections_when_nothing_is_in_them_are_absent(accepted: Accept) -> None:
    event = accepted().event
    assert event.public is not None
    assert (event.regulator, event.trade_secret, event.personal) == (None, None, None)


def test_attributes_when_a_category_declares_them_get_their_own_place(accepted: Accept) -> None:
    changed = {
        "tracehub:production_date": "2026-01-30",
        "tracehub:import_declaration": "310120261012345678",
        "tracehub:price": "12.50 CNY",
        "tracehub:drug_id": "8123456",
    }
    event = accepted(**changed).event
    sections: Sequence[Any] = event.sections
    public, regulator, secret, _ = sections
    assert public["production_date"] == "2026-01-30"
    assert public["shelf_life"] is None
    assert regulator["import_declaration"] == "310120261012345678"
    assert secret["body"]["price"] == "12.50 CNY"
    # The attribute of another category is an extension like any other: private.
    assert secret["body"]["extensions"] == [
        {"namespace": "urn:tracehub:v1:", "name": "drug_id", "value": '"8123456"'}
    ]


def test_category_when_another_one_is_asked_for_writes_its_schema(accepted: Accept) -> None:
    item = accepted("drug", **{"tracehub:drug_id": "8123456"})
    assert item.event.header.category == "drug"
    assert item.event.public is not None
    assert item.event.public["drug_id"] == "8123456"
    assert CODEC.decode(item.value).event == item.event
