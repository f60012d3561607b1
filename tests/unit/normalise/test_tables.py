from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tracehub.avro.codec import Codec
from tracehub.errors import ConfigError, Reason
from tracehub.model.connection import Connection
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.plain import Found
from tracehub.normalise.tables import Tables, load_places
from tracehub.normalise.verdict import Accepted


class Csv:
    """A foreign format: time and code in one line each."""

    def __init__(self, version: int = 1) -> None:
        self.id = f"csv/{version}"
        self.digest = b""

    def by(self, codec: Codec) -> Csv:
        assert codec.faithful is None
        return self

    def read(self, value: bytes, category: str) -> Sequence[Found]:
        rows = value.decode().splitlines()
        return [self._found(index, *row.split(",")) for index, row in enumerate(rows)]

    def _found(self, index: int, time: str, code: str) -> Found:
        event: dict[str, Any] = {
            "type": "ObjectEvent",
            "eventTime": time,
            "eventTimeZoneOffset": "+0800",
            "action": "OBSERVE",
            "epcList": [code],
        }
        return Found(f"$[{index}]", event, (Reason("mapping/read", "$", "read"),))


SOURCE = Source("food", Connection("settlement/market", format="mapped"))


def test_mapped_records_when_read_by_their_table_are_judged_like_others(codec: Codec) -> None:
    normaliser = Normaliser(codec, Tables(mappings={"settlement": Csv()}))
    value = b"2026-01-31T08:00:00Z,urn:epc:id:sgtin:6901028.007583.1\nnow,urn:a:1"
    good, bad = normaliser.normalise(value, SOURCE)
    assert isinstance(good, Accepted)
    assert [reason.rule for reason in good.reasons] == ["mapping/read", "epcis/offset-spelling"]
    assert not isinstance(bad, Accepted)
    assert bad.error.code == "epcis/event-time-format"
    assert bad.error.reasons[0].path == "$[1].eventTime"


def test_mapped_connection_when_its_type_has_no_table_needs_the_operator(codec: Codec) -> None:
    with pytest.raises(ConfigError, match="no mapping for connector type settlement"):
        Normaliser(codec, Tables()).normalise(b"a,b", SOURCE)


def test_version_when_the_content_differs_differs() -> None:
    versions = {
        Tables().version,
        Tables(places={"a": "110000"}).version,
        Tables(places={"a": "120000"}).version,
        Tables(mappings={"settlement": Csv()}).version,
        Tables(mappings={"settlement": Csv(2)}).version,
    }
    assert len(versions) == 5
    assert all(len(version) == 4 for version in versions)
    assert Tables(places={"a": "1", "b": "2"}).version == Tables({"b": "2", "a": "1"}).version


def test_places_when_written_as_yaml_are_read() -> None:
    text = "urn:epc:id:sgln:4012345.00001.0: '330106'\nwarehouse 7: 440305\n"
    assert load_places(text, "places.yaml") == {
        "urn:epc:id:sgln:4012345.00001.0": "330106",
        "warehouse 7": "440305",
    }
    assert load_places("", "places.yaml") == {}


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("a: 330106\nb: Hangzhou\n", "places.yaml:2:4 b: 'Hangzhou'"),
        ("- a\n", "places.yaml:1:1:"),
        ("a: [", "places.yaml: not YAML"),
    ],
)
def test_places_when_wrong_say_where(text: str, position: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        load_places(text, "places.yaml")
    assert str(wrong.value).startswith(position)
