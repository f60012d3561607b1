"""What is read of usual XML in C is what the reader of any XML makes of it, with nothing to say."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NoReturn

import pytest

from tests.unit.normalise.test_corpus import CORPUS, ROWS
from tracehub.avro.catalogue import bundled
from tracehub.avro.compiled import compiled
from tracehub.avro.fast import FastCodec, XmlRead
from tracehub.avro.package import has_compiled
from tracehub.errors import RejectError
from tracehub.normalise.formats.epcis_xml import drafts
from tracehub.normalise.formats.text import check_encoding
from tracehub.normalise.formats.xml_form import FORM
from tracehub.normalise.plain import Found
from tracehub.testing.load_hub import NATIONAL, Shape, eight, make_load

HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<epcis:EPCISDocument schemaVersion="2.0" '
    "xmlns:epcis=\"urn:epcglobal:epcis:xsd:2\" xmlns:tracehub='urn:tracehub:v1:' "
    'xmlns:x="https://ns.example.com/" x:more="1">\n <EPCISBody>\n  <EventList>'
)
TAIL: Final = "</EventList></EPCISBody></epcis:EPCISDocument>\n"
WHEN: Final = (
    "<eventTime>2026-01-31T08:00:00.000+08:00</eventTime>\n"
    "<eventTimeZoneOffset> +08:00\n</eventTimeZoneOffset><eventID>urn:x:1</eventID>"
)
EVENTS: Final = (
    (
        f"<ObjectEvent>{WHEN}<epcList><epc>urn:x:1</epc><epc> urn:x:2 </epc></epcList>"
        "<action>OBSERVE</action><bizStep>shipping</bizStep><disposition>in_transit</disposition>"
        "<readPoint><id>urn:x:place</id><tracehub:region>330106</tracehub:region></readPoint>"
        "<bizLocation><id>urn:x:here</id></bizLocation>"
        '<bizTransactionList><bizTransaction type="inv">urn:x:3</bizTransaction>'
        "<bizTransaction>urn:x:4</bizTransaction></bizTransactionList>"
        "<quantityList><quantityElement><epcClass>urn:x:c</epcClass><quantity>12.50</quantity>"
        "<uom>KGM</uom></quantityElement><quantityElement><epcClass>urn:x:d</epcClass>"
        "<quantity>007</quantity></quantityElement></quantityList>"
        '<sourceList><source type=" owning_party">urn:x:5</source></sourceList>'
        "<extension><destinationList><destination type='location'>urn:x:6</destination>"
        "</destinationList><extension><ilmd><x:lot>1</x:lot><x:date>二月</x:date></ilmd></extension>"
        "</extension><tracehub:contract_id>HT</tracehub:contract_id>"
        "<tracehub:testResult>\n<tracehub:verdict>passed</tracehub:verdict><x:in><x:b>1</x:b><c/></x:in>"
        "</tracehub:testResult><x:note> a  b </x:note></ObjectEvent>"
    ),
    (
        f"<AggregationEvent>{WHEN}<parentID>urn:x:p</parentID><childEPCs></childEPCs>"
        "<action>ADD</action><x:deep><x:a><x:b>1</x:b></x:a></x:deep></AggregationEvent>"
    ),
)
TOKENS: Final = (
    *("<", ">", "/", "</", "/>", "&", "&amp;", "&#65;", "&lt;", "]]>", "]]", "<!--x-->", "<?p x?>"),
    *("<![CDATA[x]]>", "<!DOCTYPE a>", "'", '"', "=", ":", " ", "\n", "\r", "\r\n", "\t", "\x0b"),
    *(
        "\x00",
        "\x01",
        "\x7f",
        "\x85",
        "\u00a0",
        "\u3000",
        "\ufffe",
        "\uffff",
        "\ufffd",
        "\U0001f600",
    ),
    *(
        "é",
        "-",
        ".",
        "0",
        "_",
        "x:",
        "epcis:",
        "tracehub:",
        "xml:",
        "xmlns:x='urn:y'",
        "xmlns='urn:y'",
    ),
    *(
        " a='1'",
        " type='po'",
        " x:a='1'",
        " xml:lang='zh'",
        "<x/>",
        "<x></x>",
        "<x:y>1</x:y>",
        "</x:y>",
    ),
    *("<action>ADD</action>", "<epc>urn:x:9</epc>", "<quantity>1e5</quantity>", "<uom/>", "1e999"),
    *("<extension>", "</extension>", "<recordTime>1</recordTime>", "<ilmd/>", "<eventID/>", "٣"),
    *(
        "<x:y>1</x:y><x:y>2</x:y>",
        "<tracehub:json>{}</tracehub:json>",
        "}",
        "{",
        "urn:z}",
        "xmlns:q=''",
    ),
    *("9" * 16, "0.1", "+5", ".5", "5.", "<rdfs:comment>x</rdfs:comment>", "<unknown>1</unknown>"),
)


@pytest.fixture(scope="module")
def read(leave_out: Callable[[str], NoReturn]) -> XmlRead:
    if not has_compiled():
        leave_out("the compiled codec: make compiled")
    codec = FastCodec(bundled(), compiled(bundled()))
    assert codec.xml_reading is not None
    made: XmlRead = codec.xml_reading(FORM)
    return made


def read_by_any(value: bytes) -> Sequence[Found] | str:
    """What the reader of any XML makes of it."""
    try:
        check_encoding(value)
        return drafts(value)
    except RejectError as error:
        return error.code


def assert_same(value: bytes, read: XmlRead) -> bool:
    """Read in the same way, with nothing to say; whether it is read at all."""
    try:
        check_encoding(value)
    except RejectError:
        read(value)
        return False
    found = read(value)
    if found is None:
        return False
    assert drafts(value, read) == read_by_any(value), value
    return True


def documents() -> list[bytes]:
    made = [f"{HEAD}{each}{TAIL}" for each in (*EVENTS, "\n ".join(EVENTS))]
    return [each.replace("<c/>", "<x:c>2</x:c>").encode() for each in made]


def test_document_when_it_is_usual_is_read(read: XmlRead) -> None:
    assert all(assert_same(each, read) for each in documents())


def test_load_when_it_is_good_is_read(read: XmlRead) -> None:
    load = make_load(Shape("third-party/xml", NATIONAL, eight()), "epcis-xml")
    for each in load.records(600):
        good = not load.templates[each.template].truth.code
        assert assert_same(each.value, read) == good


@pytest.mark.usefixtures("corpus")
def test_corpus_when_it_is_read_is_read_as_by_any(read: XmlRead) -> None:
    for row in ROWS:
        if row["path"].endswith(".xml"):
            assert_same((CORPUS / row["path"]).read_bytes().lstrip(), read)


def damaged(value: bytes, chance: random.Random, count: int) -> Iterator[bytes]:
    """The same with tokens put in, spans taken out, doubled or moved, and bytes flipped."""
    for _ in range(count):
        made = value
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            at, size = chance.randrange(len(made)), chance.choice((1, 1, 2, 5, 20, 60))
            token = chance.choice(TOKENS).encode()
            tags = [place for place, sign in enumerate(made) if sign in b"<>"] or [0]
            near = chance.choice(tags) + chance.choice((0, 1))
            made = (
                chance.choice(
                    (
                        made[:at] + token + made[at:],
                        made[:near] + token + made[near:],
                        made[:at] + token + made[at + size :],
                        made[:at] + made[at + size :],
                        made[:at] + made[at : at + size] + made[at:],
                        made[:near] + made[at : at + size] + made[near:],
                        made[:at] + bytes([made[at] ^ (1 << chance.randrange(8))]) + made[at + 1 :],
                        made[:at],
                    )
                )
                or b"<"
            )
        yield made


def test_document_when_it_is_damaged_is_read_as_by_any_or_not_at_all(read: XmlRead) -> None:
    chance = random.Random(11)  # noqa: S311 - the same damage each time
    for value in documents():
        known = sum(assert_same(each, read) for each in damaged(value, chance, 2500))
        assert known > 50


@pytest.mark.parametrize("depth", [5, 30, 33])
def test_document_when_it_is_deep_is_read_as_by_any_or_not_at_all(
    read: XmlRead, depth: int
) -> None:
    for begin, end in (("<extension>", "</extension>"), ("<x:a>", "</x:a>")):
        inside = f"{begin * depth}{end * depth}"
        assert_same(f"{HEAD}<ObjectEvent>{WHEN}{inside}</ObjectEvent>{TAIL}".encode(), read)
