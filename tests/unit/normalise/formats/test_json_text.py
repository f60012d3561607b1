"""What spares a second look at a document in JSON is true of no document that would be refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracehub.avro.catalogue import bundled
from tracehub.avro.compiled import compiled
from tracehub.avro.package import has_compiled
from tracehub.errors import RejectError
from tracehub.normalise.formats import json_text
from tracehub.normalise.formats.json_text import Faithful
from tracehub.normalise.formats.text import MAX_DEPTH

KEYS = st.sampled_from(("a", "b", 'c"', "d\\", "é", "批", "", "\\\\"))
NUMBERS = st.sampled_from(
    (
        *("0", "-1", "12.5", "1e2", "1E5", "-0.0", "123456789012345", "1234567890123456"),
        *("0.1234567890123", "0.12345678901234567890", "9007199254740993", "1e400", "5e-324"),
    )
)
TEXTS = st.text(st.sampled_from('a"\\/{}[]:,0 -e\n批é\u2028😀'), max_size=6)
WORDS = st.sampled_from(("true", "false", "null"))
SPACES = st.sampled_from(("", " ", "\n\t", "\r\n  "))


@st.composite
def strings(draw: Any) -> str:
    text = draw(TEXTS | KEYS)
    return json.dumps(text, ensure_ascii=draw(st.booleans()))


def members(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Objects, in which a key may stand twice, and lists, with spaces and without."""
    pairs = st.tuples(strings(), SPACES, values).map(lambda each: f"{each[0]}:{each[1]}{each[2]}")
    return st.builds(
        lambda space, signs, inside: signs[0] + f"{space},".join(inside) + space + signs[1],
        SPACES,
        st.just("{}"),
        st.lists(pairs, max_size=4),
    ) | st.builds(
        lambda space, inside: "[" + f",{space}".join(inside) + "]",
        SPACES,
        st.lists(values, max_size=4),
    )


DOCUMENTS = st.recursive(NUMBERS | WORDS | strings(), members, max_leaves=12)


@pytest.fixture(scope="module")
def faithful(leave_out: Callable[[str], NoReturn]) -> Faithful:
    if not has_compiled():
        leave_out("the compiled check of documents: make compiled")
    made = compiled(bundled()).faithful
    assert made is not None
    return made


def told(value: bytes, faithful: Faithful | None = None) -> Any:
    try:
        return repr(json_text.parse(value, faithful))
    except RejectError as error:
        return error.code, str(error)


@given(text=DOCUMENTS)
@example(text='{"a":1,"a":2}')
@example(text='{"a":"x","\\u0061":"x"}')
@example(text="[" * MAX_DEPTH + "]" * MAX_DEPTH)
@example(text="[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
@example(text='{"a":"\\\\","b":["\\"{[","]"]}')
def test_document_when_looked_at_once_is_read_as_when_looked_at_twice(
    text: str, faithful: Faithful
) -> None:
    assert told(text.encode(), faithful) == told(text.encode())


@pytest.mark.parametrize(
    "write",
    [
        orjson.dumps,
        lambda given: json.dumps(given).encode(),
        lambda given: json.dumps(given, indent=1, ensure_ascii=False).encode(),
    ],
    ids=["compact", "escaped", "indented"],
)
def test_document_when_written_as_usual_needs_no_second_look(
    write: Callable[[Any], bytes], faithful: Faithful
) -> None:
    given = {"批": [1, -2.5, None, True, {"a": 'x\\"y'}], "b": {}, "c": ["[{", "}", ""]}
    assert faithful(write(given), given, MAX_DEPTH, 16)
    other: Any = bytearray(write(given))
    assert not faithful(other, given, MAX_DEPTH, 16)
