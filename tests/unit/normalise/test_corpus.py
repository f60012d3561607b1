"""Documents that we did not write: every valid one is accepted, every invalid one refused."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tracehub.avro.codec import Codec
from tracehub.errors import RejectError
from tracehub.model.event import Event
from tracehub.normalise.event_hash import pre_hash
from tracehub.normalise.formats import epcis_json, epcis_xml
from tracehub.normalise.plain import Found
from tracehub.normalise.rule_book import RULES
from tracehub.normalise.unbuild import plain_of
from tracehub.normalise.verdict import ACCEPT, NORMALISED, Accepted, Quarantined

Judge = Callable[..., Sequence[Accepted | Quarantined]]
Row = dict[str, str]

CORPUS = Path(os.environ.get("TRACEHUB_CORPUS", Path(__file__).parents[4] / "shared" / "corpus"))
MANIFEST = CORPUS / "manifest.csv"
INVALID = "openepcis/invalid/2.0/EPCIS/"

ALLOWED = {
    INVALID + "XML/Capture/Invalid/ObjectEvent_with_wrong_element_order.xml": (
        "openepcis/valid/1.2/EPCIS/XML/Capture/Documents/Jumbled_attributes_order.xml",
        "epcis/element-order",
    ),
}
"""Documents that their origin calls invalid and we accept: the valid document of the same corpus
that shows the same feature, and the reason that both get.

In Jumbled_attributes_order.xml, which is called valid, `action` and other elements stand before
`eventTime`, exactly as in the document here. The order carries no meaning, so both are
accept-normalised; a rule that tells them apart would have to look at the file's name.
"""


def _rows() -> list[Row]:
    if not MANIFEST.is_file():
        return []
    with MANIFEST.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


ROWS = _rows()
VALID = [row for row in ROWS if row["valid"] == "yes"]
WRONG = [row for row in ROWS if row["valid"] == "no"]


def _name(row: Row) -> str:
    return row["path"]


def _read(row: Row) -> Sequence[Found]:
    read = epcis_json.read if row["format"] == "json" else epcis_xml.read
    return read((CORPUS / row["path"]).read_bytes())


def events_of(items: Sequence[Accepted | Quarantined]) -> list[Event]:
    """The events of a document, all of which must be accepted."""
    found = [item.event for item in items if isinstance(item, Accepted)]
    assert len(found) == len(items), items
    return found


def _in_xml(path: str) -> Path:
    """The document in XML that has the same name and content."""
    return CORPUS / Path(path.replace("/JSON/", "/XML/")).with_suffix(".xml")


def test_corpus_when_it_is_there_has_every_document(corpus: Path) -> None:
    assert len(ROWS) == 207
    assert len(VALID) == 177


@pytest.mark.parametrize("row", VALID, ids=_name)
def test_document_when_called_valid_is_accepted_whole(row: Row, judge: Judge) -> None:
    value = (CORPUS / row["path"]).read_bytes()
    if row["event_count"] == "0":
        with pytest.raises(RejectError) as refused:
            judge(value)
        assert refused.value.code == "document/no-events"
        return
    items = judge(value)
    assert len(items) == int(row["event_count"])
    for index, item in enumerate(items):
        assert isinstance(item, Accepted), item
        assert item.item == index
        assert item.verdict in {ACCEPT, NORMALISED}
        assert (item.verdict == NORMALISED) == any(
            RULES[reason.rule].severity == "change" for reason in item.reasons
        )
        assert item.event.header.kinds
        assert item.event.header.origin_region
        assert item.event.header.key


@pytest.mark.parametrize("row", VALID, ids=_name)
def test_event_when_built_from_a_document_loses_nothing(
    row: Row, judge: Judge, codec: Codec
) -> None:
    if row["event_count"] == "0":
        return
    for item, found in zip(judge((CORPUS / row["path"]).read_bytes()), _read(row), strict=True):
        assert isinstance(item, Accepted)
        assert plain_of(item.event) == found.event
        decoded = codec.decode(item.value)
        assert decoded.event == item.event
        assert decoded.offsets == item.offsets
        assert plain_of(decoded.event) == found.event


@pytest.mark.parametrize("row", VALID, ids=_name)
def test_canonical_bytes_when_published_again_are_forwarded_untouched(
    row: Row, judge: Judge
) -> None:
    if row["event_count"] == "0":
        return
    for item in judge((CORPUS / row["path"]).read_bytes()):
        assert isinstance(item, Accepted)
        (again,) = judge(item.value)
        assert isinstance(again, Accepted), again
        assert again.value is item.value
        assert (again.event, again.offsets) == (item.event, item.offsets)


@pytest.mark.parametrize("row", WRONG, ids=_name)
def test_document_when_called_invalid_is_refused_or_reviewed(row: Row, judge: Judge) -> None:
    value = (CORPUS / row["path"]).read_bytes()
    if row["path"] in ALLOWED:
        _, rule = ALLOWED[row["path"]]
        (item,) = judge(value)
        assert isinstance(item, Accepted)
        assert rule in {reason.rule for reason in item.reasons}
        return
    if row["event_count"] == "0":
        with pytest.raises(RejectError) as none:
            judge(value)
        assert none.value.code == "document/no-events"
        return
    items = judge(value)
    refused = [item for item in items if isinstance(item, Quarantined)]
    assert refused
    for item in refused:
        assert item.error.item == item.item
        assert item.error.code == item.error.reasons[0].rule
        assert all(reason.rule in RULES for reason in item.error.reasons)
        assert all(reason.path.startswith("$") for reason in item.error.reasons)


@pytest.mark.parametrize(("path", "shown"), ALLOWED.items())
def test_review_when_it_names_a_valid_document_shows_the_same_reason(
    path: str, shown: tuple[str, str], judge: Judge, corpus: Path
) -> None:
    valid, rule = shown
    assert any(row["path"] == valid for row in VALID)
    for name in (path, valid):
        (item,) = judge((corpus / name).read_bytes())
        assert isinstance(item, Accepted)
        assert rule in {reason.rule for reason in item.reasons}


JSON = "openepcis/valid/2.0/EPCIS/JSON/"
SAME = (
    "event-hash/examples/CertificationInfoAndSensorReportWithCRS.jsonld",
    "event-hash/examples/ReferenceEventHashAlgorithm.jsonld",
    "event-hash/examples/epcisDocWithShippingAndTransportingEvent.jsonld",
    "event-hash/examples/epcisDocWithVariousEventTypes.jsonld",
    "event-hash/examples/epcisDocWithXMLstartTagAndErrorDeclaration.jsonld",
    "event-hash/examples/epcisEventWithCURIEs.jsonld",
    JSON + "Capture/Documents/AggregationEvent.json",
    JSON + "Capture/Documents/AggregationEvent_with_digitalLink.json",
    JSON + "Capture/Documents/AggregationEvent_with_persistentDisposition.json",
    JSON + "Capture/Documents/AggregationEvent_with_userExtensions.json",
    JSON + "Capture/Documents/CurieString_document.json",
    JSON + "Capture/Documents/Namespaces_at_different_level.json",
    JSON + "Capture/Documents/ObjectEvent_with_custom_bizStep_uri.json",
    JSON + "Capture/Documents/ObjectEvent_with_digitalLink.json",
    JSON + "Capture/Documents/ObjectEvent_with_userExtensions.json",
    JSON + "Capture/Documents/TransactionEvent_with_userExtensions.json",
    JSON + "Capture/Documents/TransformationEvent.json",
    JSON + "Capture/Events/AggregationEvent.json",
    JSON + "Capture/Events/ObjectEvent.json",
    JSON + "Query/CurieString_document.json",
    JSON + "Query/TransactionEvent_with_userExtensions.json",
)
"""Pairs whose content is equal to the letter. In the others of one name a time or a number is
spelled in another way, or the XML holds attributes where the JSON holds fields."""


@pytest.mark.parametrize("path", SAME)
def test_events_when_json_and_xml_say_the_same_are_equal(path: str, corpus: Path) -> None:
    in_json = epcis_json.read((corpus / path).read_bytes())
    in_xml = epcis_xml.read(_in_xml(path).read_bytes())
    assert [each.event for each in in_json] == [each.event for each in in_xml]


PAIRS = sorted(
    row["path"]
    for row in VALID
    if row["format"] == "json" and row["event_count"] != "0" and _in_xml(row["path"]).is_file()
)
OTHER_CONTENT = {
    **dict.fromkeys(
        (
            JSON + "Capture/Documents/ObjectEvent_all_possible_fields.json",
            JSON + "Capture/Documents/SensorData_with_combined_events.json",
            JSON + "Capture/Documents/TransformationEvent_with_userExtensions.json",
            JSON + "Query/ObjectEventWithAllPossibleFields.json",
            JSON + "Query/SensorData_with_combined_events.json",
        ),
        "master data in namespace urn:epcglobal:cbv:mda: in JSON, urn:epcglobal:cbv:mda in XML",
    ),
    JSON + "Capture/Events/TransactionEvent.json": "vehicleMasterGIAI stands in the XML alone",
}
"""Pairs of one name whose two documents do not say the same, and how they differ."""


@pytest.mark.parametrize("path", PAIRS)
def test_canonical_events_of_a_pair_are_equal_whatever_the_spelling_of_their_values(
    path: str, judge: Judge, corpus: Path
) -> None:
    """Each value in its one canonical spelling, which the hash id rests on."""
    sides = [judge((corpus / path).read_bytes()), judge(_in_xml(path).read_bytes())]
    texts = [[pre_hash(plain_of(event)) for event in events_of(items)] for items in sides]
    assert (texts[0] == texts[1]) == (path not in OTHER_CONTENT)


def test_pairs_when_counted_are_all_that_the_corpus_has(corpus: Path) -> None:
    assert len(PAIRS) == 60
