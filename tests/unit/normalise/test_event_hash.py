"""Event hash ids are those of the published fixtures, each for the version it was written for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import LeaveOut
from tests.unit.normalise.test_corpus import CORPUS
from tracehub.avro.codec import Codec
from tracehub.disclose.cut import cut
from tracehub.normalise.event_hash import digest, event_hash, pre_hash
from tracehub.normalise.reading import left_out, read, without
from tracehub.normalise.unbuild import plain_of
from tracehub.normalise.verdict import Accepted

GIVEN = sorted(CORPUS.glob("event-hash/examples/*.hashes"))
EQUAL = sorted(CORPUS.glob("event-hash/expected_equal/*"))


def ids(document: Path) -> list[str]:
    value = document.read_bytes()
    names = left_out(value)
    return [event_hash(without(found.event, names)) for found in read(value)]


def test_fixtures_when_they_are_there_are_all_of_them(leave_out: LeaveOut) -> None:
    if not GIVEN:
        leave_out("the corpus: set TRACEHUB_CORPUS")
    assert sum(len(each.read_text("utf-8").split()) for each in GIVEN) == 63
    assert len(EQUAL) == 11


@pytest.mark.parametrize("expected", GIVEN, ids=lambda path: path.stem)
def test_hash_when_a_fixture_gives_it_is_the_same_in_every_format(expected: Path) -> None:
    wanted = expected.read_text("utf-8").split()
    documents = [expected.with_suffix(each) for each in (".jsonld", ".xml")]
    found = [ids(each) for each in documents if each.exists()]
    assert found
    assert found == [wanted] * len(found)


@pytest.mark.parametrize("document", EQUAL, ids=lambda path: path.name)
def test_hash_when_events_say_the_same_is_the_same(document: Path) -> None:
    assert len(set(ids(document))) == 1


def test_digest_when_sm3_is_that_of_the_published_vector() -> None:
    """GB/T 32905, example 1."""
    wanted = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert digest("abc", "sm3") == wanted


def test_hash_when_sm3_is_asked_for_names_it() -> None:
    event = {"type": "ObjectEvent", "action": "ADD"}
    assert event_hash(event, "sm3") == f"ni:///sm3;{digest(pre_hash(event), 'sm3')}?ver=CBV2.0"
    assert event_hash(event) != event_hash(event, "sm3")


def test_hash_when_all_fixtures_are_read_in_one_process_gives_63_of_63(
    leave_out: LeaveOut,
) -> None:
    if not GIVEN:
        leave_out("the corpus: set TRACEHUB_CORPUS")
    found = 0
    for expected in GIVEN:
        wanted = expected.read_text("utf-8").split()
        document = next(
            path for each in (".jsonld", ".xml") if (path := expected.with_suffix(each)).exists()
        )
        found += sum(mine == theirs for mine, theirs in zip(ids(document), wanted, strict=True))
    assert found == 63


def test_hash_when_of_cbv_2_1_names_it_and_leaves_certification_out() -> None:
    event = {"type": "ObjectEvent", "action": "ADD", "certificationInfo": ["urn:a:b"]}
    assert event_hash(event, "sha-256", "CBV2.1").endswith("?ver=CBV2.1")
    assert "certificationInfo" in pre_hash(event)
    assert pre_hash(event, "CBV2.1") == pre_hash({"type": "ObjectEvent", "action": "ADD"})


@pytest.mark.parametrize(
    ("value", "by_double", "by_decimal"),
    [
        ("81234560000000000001", "81234560000000000000", "81234560000000000001"),
        ("+0012.50", "12.5", "12.5"),
        ("1e3", "1000", "1000"),
        (0.0000001, "1e-07", "0.0000001"),
        (26.0, "26", "26"),
        ("-0", "0", "0"),
        ("12.5kg", "12.5kg", "12.5kg"),
        (True, "true", "true"),
    ],
)
def test_number_when_spelled_is_exact_in_cbv_2_1(
    value: object, by_double: str, by_decimal: str
) -> None:
    event = {"type": "ObjectEvent", "{urn:e:}n": value}
    assert pre_hash(event) == f"eventType=ObjectEvent{{urn:e:}}n={by_double}"
    assert pre_hash(event, "CBV2.1") == f"eventType=ObjectEvent{{urn:e:}}n={by_decimal}"


def test_id_when_the_event_is_cut_for_a_receiver_stays_the_hash_of_the_whole(
    accepted: Callable[..., Accepted], codec: Codec
) -> None:
    whole = accepted(eventID=None, **{"tracehub:price": "12.50", "tracehub:contact": "x"})
    event_id = whole.event.header.event_id
    assert event_id == event_hash(plain_of(whole.event))
    for last in ("public", "regulator"):
        shown = codec.decode(cut(whole.value, whole.offsets, last).value).event
        assert shown.header.event_id == event_id
        assert event_hash(plain_of(shown)) != event_id


def test_document_when_it_leaves_no_field_out_says_so() -> None:
    assert left_out(b'{"type": "ObjectEvent"}') == frozenset()
    assert left_out(b"[]") == frozenset()


def test_event_when_fields_are_left_out_lacks_them_at_any_depth() -> None:
    event = {"type": "x", "{a}b": 1, "ilmd": {"{a}b": 2, "{a}c": [{"{a}b": 3}]}}
    assert without(event, frozenset({"{a}b"})) == {"type": "x", "ilmd": {"{a}c": [{}]}}
