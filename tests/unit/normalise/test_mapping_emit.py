"""What the code of rows leaves out, because no value needs it, is not left out where one does."""

from __future__ import annotations

import orjson
import pytest

from tracehub.normalise.mapping_load import load_mapping

TABLE = """
id: x/1
source: a test
enums: {words: {x: "", y: 0, z: ours}}
incoming:
  - {to: "{urn:x}a", from: a, %s}
"""


@pytest.mark.parametrize(
    "row",
    [
        "required: true",
        "default: none",
        "unit: b",
        "convert: first",
        "convert: drop-none",
        "convert: [first, drop-none], unit: b",
    ],
)
def test_value_when_it_is_a_list_in_a_list_is_a_fault(row: str) -> None:
    (found,) = load_mapping(TABLE % row, "test").read(orjson.dumps({"a": [["x"]]}), "food")
    assert [(each.rule, each.path) for each in found.faults] == [("mapping/shape", "$.a")]
    assert found.event == {}


@pytest.mark.parametrize(("word", "ours"), [("x", ""), ("y", 0), ("z", "ours")])
def test_word_when_it_stands_for_little_is_no_fault(word: str, ours: object) -> None:
    (found,) = load_mapping(TABLE % "enum: words", "test").read(orjson.dumps({"a": word}), "food")
    assert (found.event, found.faults) == ({"{urn:x}a": ours}, ())
