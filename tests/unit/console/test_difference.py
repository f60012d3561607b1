"""What differs between two documents: in meaning, not in blanks; line by line."""

from __future__ import annotations

import json

from tracehub.console.difference import difference

OLD = {"type": "ObjectEvent", "action": "OBSERVED", "list": list(range(20)), "last": 1}


def test_documents_when_only_their_blanks_differ_are_the_same() -> None:
    assert difference(json.dumps(OLD).encode(), json.dumps(OLD, indent=7).encode()) == []


def test_documents_when_values_differ_show_them_with_their_neighbours() -> None:
    new = {**OLD, "action": "OBSERVE", "last": 2}
    found = difference(json.dumps(OLD).encode(), json.dumps(new).encode())
    assert [(each.sign, each.text.strip()) for each in found if each.sign in {"-", "+"}] == [
        ("-", '"action": "OBSERVED",'),
        ("+", '"action": "OBSERVE",'),
        ("-", '"last": 1'),
        ("+", '"last": 2'),
    ]
    assert [each.sign for each in found].count("…") == 1
    assert len(found) < 20


def test_documents_when_not_json_are_compared_as_text() -> None:
    found = difference(b"<a>\n<b/>\n</a>", b"<a>\n<c/>\n</a>")
    assert [each.sign for each in found] == [" ", "-", "+", " "]
