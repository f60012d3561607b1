"""XML: old and new nesting, attributes, and what the schema leaves to the reader."""

from __future__ import annotations

from typing import Any

import pytest

from tracehub.normalise.formats import epcis_xml
from tracehub.normalise.formats.xml_text import number
from tracehub.normalise.plain import Found

NAMESPACES = 'xmlns:a="urn:a:" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def _read(inner: str, kind: str = "ObjectEvent") -> Found:
    (found,) = epcis_xml.read(f"<{kind} {NAMESPACES}>{inner}</{kind}>".encode())
    return found


def _rules(found: Found) -> list[str]:
    return [reason.rule for reason in (*found.faults, *found.changes)]


@pytest.mark.parametrize(
    ("inner", "field", "value"),
    [
        (
            "<epcList><epc> urn:x:1 </epc><epc>urn:x:2</epc></epcList>",
            "epcList",
            ["urn:x:1", "urn:x:2"],
        ),
        ("<baseExtension><eventID>urn:x</eventID></baseExtension>", "eventID", "urn:x"),
        (
            "<extension><extension><transformationID>urn:x</transformationID></extension></extension>",
            "transformationID",
            "urn:x",
        ),
        (
            """<quantityList><quantityElement><epcClass>urn:x</epcClass><quantity>29.50</quantity>
            <uom>KGM</uom></quantityElement></quantityList>""",
            "quantityList",
            [{"epcClass": "urn:x", "quantity": 29.5, "uom": "KGM"}],
        ),
        (
            "<readPoint><id>urn:x</id><a:floor>2</a:floor><extension><a:b>3</a:b></extension></readPoint>",
            "readPoint",
            {"id": "urn:x", "{urn:a:}floor": "2", "{urn:a:}b": "3"},
        ),
        (
            """<sourceList><source type="urn:epcglobal:cbv:sdt:location" a:n="1">urn:x</source>
            </sourceList>""",
            "sourceList",
            [{"type": "location", "source": "urn:x", "{urn:a:}n": "1"}],
        ),
        (
            "<persistentDisposition><set>recalled</set><set>urn:x:y</set></persistentDisposition>",
            "persistentDisposition",
            {"set": ["recalled", "urn:x:y"]},
        ),
        (
            """<errorDeclaration><declarationTime>t</declarationTime><correctiveEventIDs>
            <correctiveEventID>urn:x</correctiveEventID></correctiveEventIDs></errorDeclaration>""",
            "errorDeclaration",
            {"declarationTime": "t", "correctiveEventIDs": ["urn:x"]},
        ),
        (
            """<sensorElementList><sensorElement><sensorMetadata time="t" a:m="1"/><sensorReport
            type="gs1:Temperature" value="-4" booleanValue="1" stringValue="5" a:r="2"/>
            <a:e>3</a:e></sensorElement></sensorElementList>""",
            "sensorElementList",
            [
                {
                    "sensorMetadata": {"time": "t", "{urn:a:}m": "1"},
                    "sensorReport": [
                        {
                            "type": "Temperature",
                            "value": -4,
                            "booleanValue": True,
                            "stringValue": "5",
                            "{urn:a:}r": "2",
                        }
                    ],
                    "{urn:a:}e": "3",
                }
            ],
        ),
        ("<ilmd><a:lot>1</a:lot></ilmd>", "ilmd", {"{urn:a:}lot": "1"}),
        ("<certificationInfo>urn:x</certificationInfo>", "certificationInfo", ["urn:x"]),
    ],
)
def test_element_when_it_is_epcis_has_the_shape_of_json(inner: str, field: str, value: Any) -> None:
    found = _read(inner)
    assert found.event == {"type": "ObjectEvent", field: value}
    assert found.faults == ()


@pytest.mark.parametrize(
    ("inner", "value"),
    [
        ("<a:x> text </a:x>", "text"),
        ("<a:x/>", ""),
        ("<a:x>1</a:x><a:x>2</a:x>", ["1", "2"]),
        ("<a:x>1</a:x><a:x>2</a:x><a:x>3</a:x>", ["1", "2", "3"]),
        ("<a:x><a:y>1</a:y><z>2</z></a:x>", {"{urn:a:}y": "1", "z": "2"}),
        ("<a:x><a:y>1</a:y><a:y>2</a:y></a:x>", {"{urn:a:}y": ["1", "2"]}),
        ('<a:x u="m" a:v="n">3</a:x>', {"@u": "m", "@{urn:a:}v": "n", "#text": "3"}),
        ("<a:x>one<a:y>1</a:y>two</a:x>", {"{urn:a:}y": "1", "#text": "one two"}),
        ("<a:x><![CDATA[<b>]]></a:x>", "<b>"),
    ],
)
def test_extension_when_nested_keeps_everything(inner: str, value: Any) -> None:
    assert _read(inner).event["{urn:a:}x"] == value


@pytest.mark.parametrize(
    ("inner", "rule"),
    [
        ("<vendor>1</vendor>", "epcis/field-unknown"),
        ("<epcList><item>1</item></epcList>", "epcis/field-unknown"),
        ("<readPoint><name>1</name></readPoint>", "epcis/field-unknown"),
        ('<action lang="zh">ADD</action>', "epcis/field-unknown"),
        ("<ilmd><lot>1</lot></ilmd>", "epcis/field-unknown"),
        ("<action>ADD</action><action>ADD</action>", "epcis/field-repeated"),
        ("<readPoint><id>1</id><id>2</id></readPoint>", "epcis/field-repeated"),
        ("<action><b>ADD</b></action>", "epcis/field-type"),
        ("<epcList>urn:x</epcList>", "epcis/field-type"),
        ("<epcList><epc>urn:x</epc>urn:y</epcList>", "epcis/field-type"),
        ("<action>ADD</action><eventTime>t</eventTime>", "epcis/element-order"),
        ('<a:x xsi:type="xsd:int">1</a:x>', "epcis/xml-type-dropped"),
        ("<readPoint><id/></readPoint>", "epcis/empty-element"),
    ],
)
def test_element_when_it_is_unusual_is_named_by_its_rule(inner: str, rule: str) -> None:
    assert _rules(_read(inner)) == [rule]


def test_document_when_events_are_nested_keeps_their_order() -> None:
    value = (
        b'<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:1"><EPCISBody><EventList>'
        b"<ObjectEvent/><extension><TransformationEvent/><extension><AssociationEvent/></extension>"
        b"</extension><e:AggregationEvent/></EventList></EPCISBody></e:EPCISDocument>"
    )
    found = epcis_xml.read(value)
    assert [each.event["type"] for each in found] == [
        "ObjectEvent",
        "TransformationEvent",
        "AssociationEvent",
        "AggregationEvent",
    ]
    assert [each.path for each in found] == [f"$.epcisBody.eventList[{at}]" for at in range(4)]
    assert _rules(found[3]) == ["epcis/element-qualified"]


def test_comments_and_instructions_when_present_are_left_out() -> None:
    found = _read("<!-- c --><?pi x?><action>AD<!-- c -->D</action>")
    assert found.event == {"type": "ObjectEvent", "action": "ADD"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("29", 29),
        ("+29.0", 29.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("9007199254740993", "9007199254740993"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ("1e9999", "1e9999"),
        ("1_000", "1_000"),
        ("٣", "٣"),
        ("NaN", "NaN"),
        ("INF", "INF"),
        ("", ""),
        ("twenty", "twenty"),
    ],
)
def test_number_when_a_double_does_not_hold_it_stays_text(text: str, value: Any) -> None:
    found = number(text)
    assert (found, type(found)) == (value, type(value))
