"""A field table with faults is refused as a whole, and every fault says where it stands."""

from __future__ import annotations

import pytest

from tests.unit.normalise.conftest import Document, Judge
from tracehub.errors import ConfigError
from tracehub.normalise.mapping_load import load_mapping
from tracehub.normalise.verdict import Accepted

HEAD = "id: t/1\nsource: design choice\n"
INCOMING = HEAD + "enums:\n  e: {甲: a}\nincoming:\n"
OUTGOING = HEAD + "outgoing:\n"


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_mapping(text, "m.yaml")
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("row", "column", "text"),
    [
        ("{to: bizStp, from: a}", 6, "there is no 'bizStp' in 'bizStp'; did you mean 'bizStep'?"),
        ("{to: th:kinds, from: a}", 6, "there is no 'th:kinds' in 'th:kinds'; did you mean"),
        ("{to: readPoint.no, from: a}", 6, "there is no 'no' in 'readPoint.no'; choose from id"),
        ("{to: bizStep.x, from: a}", 6, "there is no 'x' in 'bizStep.x'; nothing lies below it"),
        ("{to: zzzz, from: a}", 6, "there is no 'zzzz' in 'zzzz'; docs/mappings.md says"),
        ("{to: bizStep, from: a, convert: uper}", 28, "there is no conversion 'uper'; did you"),
        ("{to: bizStep, from: a, enum: f}", 28, "there is no enum 'f'; choose from e"),
        ("{to: bizStep, from: a, requird: true}", 28, "unknown key 'requird'; did you mean 'req"),
        ("{to: bizStep}", 6, "a row needs one of 'from', 'value', 'text', 'each' or 'rows'"),
        ("{to: bizStep, from: a, value: b}", 6, "a row needs one of"),
        ("{to: bizStep, value: }", 19, "'value' must be one text, number or truth value"),
        ("{to: bizStep, value: a, convert: upper}", 29, "'convert' has no meaning beside 'value'"),
        ("{to: bizStep, from: a, otherwise: b}", 28, "'otherwise' has no meaning without 'enum'"),
        ("{to: bizStep, from: a, default: []}", 28, "'default' must be one text, number or"),
        ("{to: bizStep, from: a, required: 1}", 28, "'required' must be true or false"),
        ("{to: readPoint, rows: [{to: id, from: a}], required: true}", 48, "an object has no"),
        ("{to: readPoint, rows: []}", 21, "'rows' must be a list of rows"),
        ("{to: readPoint, rows: [a]}", 28, "a row must say 'to' and where the value"),
        ("{to: bizStep, from: a..b}", 19, "'a..b' is no path; write names with dots"),
        ("{to: bizStep, from: 'a[0]b'}", 19, "'a[0]b' is no path; a dot is missing"),
        ("{to: bizStep, from: 1}", 19, "'from' must be a path"),
        ("{to: bizStep, text: plain}", 19, "a text needs a field such as {batchNo}"),
        ("{to: bizStep, text: '{a|nothing}'}", 19, "there is no conversion 'nothing'"),
        ("{to: 'epcList[0]', from: a}", 6, "'epcList[0]' is no place to fill"),
        ("{to: $.bizStep, from: a}", 6, "'$.bizStep' is no place to fill"),
        ("{to: epcList, each: a}", 6, "'each' fills a list; write 'epcList[]'"),
        ("{to: bizStep, from: a, when: '['}", 28, "'[' is no path"),
        ("{from: a}", 5, "'to' must be a path"),
    ],
)
def test_row_when_wrong_is_refused_with_line_and_column(row: str, column: int, text: str) -> None:
    (fault, *others) = faults(f"{INCOMING}  - {row}\n")
    assert not others
    assert fault.startswith(f"m.yaml:6:{column} {text}"), fault


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("{to: a, from: header.event_idd}", "did you mean 'event_id'?"),
        ("{to: a, from: 'header.parties[rol=owner].id'}", "did you mean 'role'?"),
        ("{to: a, from: public.body.epc}", "did you mean 'epcs'?"),
        ("{to: 'a[]', each: regulator.body.tests, rows: [{to: b, from: itm}]}", "'item'?"),
        ("{to: 'a[]', each: header.kinds, rows: [{to: b, from: $.header.kind}]}", "'kinds'?"),
        ("{to: a, text: '{header.categry}'}", "did you mean 'category'?"),
        ("{to: a, value: x, when: header.corection}", "did you mean 'correction'?"),
    ],
)
def test_path_when_our_event_has_no_such_field_names_the_nearest(row: str, text: str) -> None:
    (fault,) = faults(f"{OUTGOING}  - {row}\n")
    assert fault.endswith(text)


@pytest.mark.parametrize(
    ("row", "column", "text"),
    [
        ("{to: bizStep, from: a, convert: join}", 28, "nothing leads back from conversion 'join'"),
        ("{to: bizStep, text: '{a|first}'}", 19, "nothing leads back from conversion 'first'"),
        ("{to: bizStep, from: a, enum: e, otherwise: x}", 37, "'otherwise' has no way back"),
        ("{to: bizStep, from: 'a[0]'}", 19, "'a[0]' has no way back; write names with dots"),
        ("{to: 'epcList[]', each: a, unit: b}", 32, "'unit' has no meaning beside 'each'"),
    ],
)
def test_row_when_it_has_no_way_back_is_refused_for_both_directions(
    row: str, column: int, text: str
) -> None:
    (fault,) = faults(HEAD + f"enums:\n  e: {{甲: a}}\nboth:\n  - {row}\n")
    assert fault.startswith(f"m.yaml:6:{column} {text}"), fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("syntax: yaml\n", "m.yaml:3:1 'syntax' is json, xml, or a list of both"),
        ("syntax: xml\n", "m.yaml:1:1 'root' is the root element's name; xml needs it"),
        ("root: a\n", "m.yaml:3:1 'root' is the root element's name; xml needs it"),
        ("others: drop\n", "m.yaml:3:1 'others' is keep or leave"),
        ("outgoing: [{to: a, value: b}]\n", "m.yaml:4:1 'both' stands alone; leave 'incoming'"),
    ],
)
def test_form_when_wrong_is_refused(text: str, fault: str) -> None:
    assert faults(f"{HEAD}{text}both: [{{to: type, value: none}}]\n")[0].startswith(fault)


@pytest.mark.parametrize(
    ("first", "second"),
    [("a", "a"), ("a", "a.b"), ("a.b", "a"), ("a[]", "a"), ("a", "a[]"), ("a[]", "a.b")],
)
def test_place_when_filled_twice_is_refused(first: str, second: str) -> None:
    rows = "".join(f"  - {{to: '{each}', from: header.category}}\n" for each in (first, second))
    (fault,) = faults(OUTGOING + rows)
    assert fault == f"m.yaml:5:6 '{second}' is filled already, by '{first}'"


def test_list_when_several_rows_add_to_it_is_good() -> None:
    rows = "  - {to: 'a[]', from: header.category}\n  - {to: 'a[]', each: header.kinds}\n"
    assert load_mapping(OUTGOING + rows, "m.yaml").writes


def test_file_when_it_has_many_faults_names_them_all() -> None:
    text = "id: T\nenums: {e: [], f: {x: []}}\nincomin: []\nrecords: 5\n"
    assert faults(text) == [
        "m.yaml:3:1 unknown key 'incomin'; did you mean 'incoming'?",
        "m.yaml:1:1 'id' must be <name>/<version>, such as credit/1",
        "m.yaml:1:1 'source' must say where the field names come from",
        "m.yaml:1:1 there is neither an 'incoming' nor an 'outgoing' table; write one",
        "m.yaml:2:9 enum 'e' must be a table of foreign word: our word",
        "m.yaml:2:16 enum 'f' must be a table of foreign word: our word",
        "m.yaml:4:1 'records' must be a path",
    ]


def test_fault_when_rows_are_shared_by_an_anchor_is_named_once() -> None:
    rows = (
        "  - {to: 'a[]', each: regulator.body.sources, rows: &typed [{to: b, from: typ}]}\n"
        "  - {to: 'c[]', each: regulator.body.destinations, rows: *typed}\n"
    )
    assert len(faults(OUTGOING + rows)) == 1


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("id: [", "m.yaml:1:6 not YAML"),
        ("a: 1\na: 2\n", "m.yaml:2:1 not YAML"),
        ("- a\n", "m.yaml:1:1 expected 'id', 'source'"),
        ("", "m.yaml:1:1 expected 'id', 'source'"),
        (f"{HEAD}enums: 5\nincoming: [{{to: type, value: none}}]\n", "m.yaml:3:1 'enums' must"),
        (f"{HEAD}incoming: 5\n", "m.yaml:3:1 'incoming' must be a list of rows"),
        (f"{HEAD}incoming: []\n", "m.yaml:3:1 'incoming' must be a list of rows"),
    ],
)
def test_file_when_it_is_no_field_table_says_where(text: str, fault: str) -> None:
    assert faults(text)[0].startswith(fault)


def nested(depth: int) -> str:
    """Lists in each other, the innermost of single values."""
    row = "{to: id, from: id}"
    for _ in range(depth):
        row = f"{{to: 'a[]', each: $.header.parties, rows: [{row}]}}"
    return f"{OUTGOING}  - {row}\n"


def test_rows_when_as_deep_as_may_be_are_run(judge: Judge, document: Document) -> None:
    owner = {"type": "owning_party", "source": "urn:tracehub:uscc:914403001922038216"}
    (item,) = judge(document(sourceList=[owner]))
    assert isinstance(item, Accepted)
    found = load_mapping(nested(16), "m.yaml").write(item.event)
    for _ in range(16):
        (found,) = found["a"]
    assert found == {"id": "914403001922038216"}


def test_rows_when_deeper_are_refused() -> None:
    (fault,) = faults(nested(17))
    assert fault.endswith("objects stand in each other more than 16 deep")
