"""Names of events in JSON that are put in full in C are put as the reader itself puts them."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any, Final, NoReturn

import orjson
import pytest

from tests.unit.normalise.conftest import Document
from tests.unit.normalise.test_corpus import CORPUS, ROWS
from tests.unit.normalise.test_likeness import WHOLE
from tracehub.avro.catalogue import bundled
from tracehub.avro.codec import Resolve
from tracehub.avro.compiled import compiled
from tracehub.avro.fast import FastCodec
from tracehub.avro.package import has_compiled
from tracehub.errors import RejectError
from tracehub.normalise.formats.epcis_json import drafts
from tracehub.normalise.plain import Found

KEYS: Final = (
    *("tracehub:region", "tracehub:kind", "example:note", "other:x", "note", "@type", "@id", "id"),
    *("type", "@context", "rdfs:comment", "{urn:x:}y", "https://ns.example.com/epcis/note", ""),
    *("http://www.w3.org/2000/01/rdf-schema#comment", "action", "sensorElementList", "epcClass"),
    *("tracehub:json", "gs1:x", "cbvmda:lotNumber", "eventTime", "set", "errorDeclaration"),
)
VALUES: Final[tuple[Any, ...]] = (
    *("x", "", 1, 1.5, None, True, [], {}, ["x"], [1], [[]], [{}], {"example:note": "x"}),
    *({"id": "x", "tracehub:region": "1"}, [{"type": "po", "example:note": "x"}], {"@type": "x"}),
    *([{"id": 1}, 1], {"rdfs:comment": "x"}, {"a": "x"}, [{"tracehub:region": 1}]),
)


class Twice:
    """Reads with the names put in full in C and without; counts what C did."""

    def __init__(self, resolve: Resolve) -> None:
        self.resolved = 0
        self._inner = resolve

    def resolve(self, *given: Any) -> dict[str, Any] | None:
        before = copy.deepcopy(given[0])
        found = self._inner(*given)
        assert given[0] == before
        self.resolved += found is not None
        return found

    def read(self, value: bytes) -> None:
        expected = _told(value, None)
        assert _told(value, self.resolve) == expected


def _told(value: bytes, resolve: Resolve | None) -> list[tuple[Found, list[str]]] | str:
    try:
        return [(each, list(each.event)) for each in drafts(value, None, resolve)]
    except RejectError as error:
        return error.code


@pytest.fixture
def twice(leave_out: Callable[[str], NoReturn]) -> Twice:
    if not has_compiled():
        leave_out("the compiled codec: make compiled")
    resolve = FastCodec(bundled(), compiled(bundled())).resolve
    assert resolve is not None
    return Twice(resolve)


def test_document_when_it_is_usual_has_its_names_put_in_full(
    twice: Twice, document: Document
) -> None:
    places = {"readPoint": {"id": "urn:x:1", "tracehub:region": "330106"}}
    twice.read(document(**places, **{"example:note": "x"}))
    assert twice.resolved == 1


@pytest.mark.usefixtures("corpus")
def test_corpus_when_names_are_put_in_full_is_read_alike(twice: Twice) -> None:
    for row in ROWS:
        if row["path"].endswith((".json", ".jsonld")):
            twice.read((CORPUS / row["path"]).read_bytes())
    assert twice.resolved > len(ROWS) / 8


def changed(node: Any, chance: random.Random) -> Any:
    """The same tree with one key or value another, or one more."""
    if isinstance(node, list) and node and chance.random() < 0.8:
        at = chance.randrange(len(node))
        return [*node[:at], changed(node[at], chance), *node[at + 1 :]]
    if isinstance(node, dict) and node and chance.random() < 0.9:
        key = chance.choice(list(node))
        if chance.random() < 0.5:
            return {**node, key: changed(node[key], chance)}
        if chance.random() < 0.3:
            return {name if name != key else chance.choice(KEYS): node[name] for name in node}
        return {**node, chance.choice(KEYS): chance.choice(VALUES)}
    return chance.choice(VALUES)


def test_event_when_changed_is_read_alike(twice: Twice, document: Document) -> None:
    chance = random.Random(13)  # noqa: S311 - the same changes each time
    held = {
        "sensorElementList",
        *("tracehub:" + each for each in ("testResult", "certificate", "person")),
    }
    plain = {key: value for key, value in WHOLE.items() if key not in held}
    base = orjson.loads(document(**{**plain, "example:odd": None, "ilmd": {"example:a": "1"}}))
    for _ in range(6000):
        made = copy.deepcopy(base)
        events = made["epcisBody"]["eventList"]
        for _ in range(chance.choice((1, 1, 2, 4))):
            events[0] = changed(events[0], chance)
        twice.read(orjson.dumps(made))
    assert twice.resolved > 300
