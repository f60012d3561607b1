"""What is recalled of an event by one like it is what asking every rule comes to."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn

import orjson
import pytest

from tests.unit.catalogue.lists import local
from tests.unit.normalise.conftest import Document
from tests.unit.normalise.test_corpus import CORPUS, ROWS, VALID
from tests.unit.normalise.test_likeness import FAMILY, MADE, ODD, WHOLE, mutations
from tracehub.avro.catalogue import bundled
from tracehub.avro.compiled import compiled
from tracehub.avro.fast import FastCodec, Recalled
from tracehub.avro.package import has_compiled
from tracehub.catalogue import edition
from tracehub.errors import RejectError
from tracehub.model.connection import Connection
from tracehub.model.event import Header
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.plain import Found, PlainEvent
from tracehub.normalise.reading import drafts, read
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import Accepted, Quarantined
from tracehub.testing.load import Format
from tracehub.testing.load_hub import NATIONAL, Shape, eight, make_load

STEPS: Final = 6000
SHAPES: Final[Mapping[Format, Shape]] = {
    "epcis-json": Shape("third-party/json", NATIONAL, eight()),
    "epcis-xml": Shape("third-party/xml", NATIONAL, eight()),
}
ASKED: Final = (
    *("serial", "quantity", "party", "place", "transaction", "certificate", "product", "batch"),
    *("origin-region", "destination-region"),
)
PLACES: Final = {"urn:epc:id:sgln:6901028.00002.0": "110101", "urn:x:place": "440305"}
SPARE: Final[tuple[Any, ...]] = (
    *("urn:epc:id:sgln:6901028.00002.0", "urn:x:place", "urn:epc:id:pgln:6901028.00001"),
    *("91440300MA5DA1GT4L", "urn:tracehub:person:1", "possessing_party", "recall", 1, 2.5, 2**60),
    *([], {}, ["urn:epc:id:sgtin:6901028.007583.7"] * 2, "2026-01-31T00:00:00.0000001Z"),
    *("2026-02-01T00:00:00+08:00", "2026-02-01T00:00:00+09:00", "ADD", "DELETE", "shipping"),
)


class Given:
    """Reads the events that it holds: a value is the place of one."""

    id, digest = "given", b""

    def __init__(self) -> None:
        self.events: list[PlainEvent] = []

    def by(self, _filling: object) -> Given:
        return self

    def read(self, value: bytes, _category: str) -> Sequence[Found]:
        return [Found("$", copy.deepcopy(self.events[int(value)]))]


class Pair:
    """Two normalisers, of which one recalls, on plain events."""

    def __init__(self, **tables: Any) -> None:
        self.given, self.recalled = Given(), 0
        made = Tables(mappings={"inspection": self.given}, **tables)
        codec, asking = (FastCodec(bundled(), compiled(bundled())) for _ in range(2))
        asking.plain_looking = None
        self.normaliser, self.asking = Normaliser(codec, made), Normaliser(asking, made)

    def judge(self, event: PlainEvent, source: Source) -> Accepted | Quarantined:
        """What both come to; how often the one recalled is counted."""
        self.given.events = [event]
        (found,) = self.normaliser.normalise(b"0", source)
        (asked,) = self.asking.normalise(b"0", source)
        assert told(found) == told(asked)
        self.recalled += isinstance(self.known(event, source)[0], Header)
        return found

    def known(self, event: PlainEvent, source: Source) -> Recalled:
        """What the one recalls of an event; normalising tells nobody."""
        held = copy.deepcopy(event), source.category, source.connection.region
        return self.normaliser._recall.header(*held)


def told(item: Accepted | Quarantined) -> tuple[Any, ...]:
    """All that is told of an event; an error has no equality of its own."""
    if isinstance(item, Accepted):
        return item[:-1]
    return item.item, item.event_id, item.error.code, item.error.text, item.error.reasons


def is_json(event: PlainEvent) -> bool:
    """True when a reader can have made it."""
    try:
        return bool(orjson.dumps(event))
    except TypeError:
        return False


def source_of(region: str = "330000", category: str = "food") -> Source:
    return Source(category, Connection("inspection/one", region=region, format="mapped"))


@pytest.fixture(autouse=True)
def needs_compiled(leave_out: Callable[[str], NoReturn]) -> None:
    if not has_compiled():
        leave_out("the compiled codec: make compiled")


@pytest.fixture(scope="module")
def bases(document: Document) -> Sequence[PlainEvent]:
    """Plain events: rich ones, one without regions, and those of the corpus."""
    rich = {name: value for name, value in WHOLE.items() if name != "recordTime"}
    things = {"epcList": None, "quantityList": None}
    owner = {"type": "owning_party", "source": "urn:tracehub:uscc:91330000MA27XW0A8K"}
    documents = [
        document(),
        document(**rich),
        document(**{**rich, **FAMILY, **things}),
        document(**{**things, **MADE, "action": None, "outputEPCList": None}),
        document(readPoint={"id": "urn:x:place"}, sourceList=[owner], destinationList=[]),
        document(**{"tracehub:kind": ["recall"], "tracehub:addressee": ["central/national"]}),
        document(ilmd={"example:note": {"a": 1}}, action="ADD"),
        *((CORPUS / row["path"]).read_bytes() for row in VALID[::40]),
    ]
    found = []
    for value in documents:
        try:
            found += [each.event for each in read(value)]
        except RejectError:
            continue
    return found


def test_event_when_a_value_of_it_is_another_is_judged_as_by_every_rule(
    bases: Sequence[PlainEvent],
) -> None:
    pair = Pair()
    for base in bases[:7]:
        pair.judge(base, source_of())
        for each in mutations(base):
            if isinstance(each, dict) and is_json(each):
                pair.judge(each, source_of())
    assert pair.recalled > 1000


TABLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "nothing more": {},
    "places": {"places": PLACES},
    **{
        f"{asked} {level}": {
            "edition": edition.compose(
                [
                    edition.bundled(),
                    local(
                        f"category: food\nidentifiers: "
                        f"[{{name: {asked}, level: {level}, source: s}}]"
                    ),
                ]
            )
        }
        for asked, level in zip(ASKED, ("note", "refuse") * len(ASKED), strict=False)
    },
}


def changed(node: Any, key: str, chance: random.Random, seen: dict[str, list[Any]]) -> Any:
    """The same tree with one value another: one that stood under this key elsewhere, or an odd."""
    inner: list[Any] = [*node] if isinstance(node, dict) else []
    if isinstance(node, list):
        inner = [*range(len(node))]
    if inner and chance.random() < 0.85:
        at = chance.choice(inner)
        new = changed(node[at], at if isinstance(node, dict) else key, chance, seen)
        return node | {at: new} if isinstance(node, dict) else [*node[:at], new, *node[at + 1 :]]
    if isinstance(node, dict) and chance.random() < 0.5:
        return {name: value for name, value in node.items() if name != chance.choice(inner)}
    if isinstance(node, list) and chance.random() < 0.7:
        items = [*node, *node[:1], *seen.get(key, [])[-3:]]
        return chance.sample(items, chance.randint(1, len(items)))
    known = seen.setdefault(key, [])
    known.append(node)
    return chance.choice(known if chance.random() < 0.7 else (*ODD, *SPARE))


@pytest.mark.parametrize("tables", TABLES)
def test_events_when_changed_again_and_again_are_judged_as_by_every_rule(
    bases: Sequence[PlainEvent], tables: str
) -> None:
    """As in a stream: what is remembered comes from events that were changed themselves."""
    chance = random.Random(7)  # noqa: S311 - the same changes each time
    pair, events = Pair(**TABLES[tables]), list(bases)
    seen: dict[str, list[Any]] = {}
    steps = STEPS if tables in {"nothing more", "places"} else STEPS // 6
    for _ in range(steps):
        event = changed(chance.choice(events), "", chance, seen)
        if not isinstance(event, dict) or not is_json(event):
            continue
        before = pair.recalled
        pair.judge(event, source_of(chance.choice(("330000", "440000"))))
        if pair.recalled > before:
            events.append(event)
            events = events[-400:]
    assert pair.recalled > steps / 10


def test_event_when_its_product_is_listed_elsewhere_is_refused_though_alike(
    bases: Sequence[PlainEvent],
) -> None:
    listed = local("category: drug\nproducts: ['01/06901028075831/21/2']")
    pair = Pair(edition=edition.compose([edition.bundled(), listed]))
    assert isinstance(pair.judge(bases[0], source_of()), Accepted)
    other = {**bases[0], "epcList": ["urn:epc:id:sgtin:6901028.007583.2"]}
    assert isinstance(pair.judge(other, source_of()), Quarantined)
    assert pair.recalled == 2


def test_edition_when_another_holds_knows_nothing_of_what_was_accepted(
    bases: Sequence[PlainEvent],
) -> None:
    pair = Pair()
    pair.judge(bases[0], source_of())
    assert pair.recalled == 1
    asked = local("category: food\nidentifiers: [{name: certificate, level: refuse, source: s}]")
    other = pair.normaliser.under(edition.compose([edition.bundled(), asked]))
    pair.given.events = [bases[0]]
    (item,) = other.normalise(b"0", source_of())
    assert isinstance(item, Quarantined)


@pytest.mark.parametrize("written", SHAPES)
def test_load_when_numbers_differ_is_recalled(written: Format) -> None:
    shape = SHAPES[written]
    load = make_load(shape, written)
    values = [each for each in load.records(600) if not load.templates[each.template].truth.code]
    events = [found.event for each in values for found in drafts(each.value)]
    pair = Pair()
    for event in events:
        pair.judge(event, source_of())
    assert pair.recalled == len(events)


@pytest.mark.usefixtures("corpus")
def test_corpus_when_read_twice_is_judged_as_by_every_rule() -> None:
    pair = Pair()
    source = source_of()
    source = source._replace(connection=Connection("provincial/one", region="330000"))
    for row in (*ROWS, *ROWS):
        value = (CORPUS / row["path"]).read_bytes()
        try:
            found = pair.normaliser.normalise(value, source)
        except RejectError as error:
            with pytest.raises(RejectError, match=error.code):
                pair.asking.normalise(value, source)
            continue
        assert [*map(told, found)] == [*map(told, pair.asking.normalise(value, source))]


def test_event_when_much_would_be_remembered_of_it_is_not_looked_at(
    bases: Sequence[PlainEvent],
) -> None:
    """A publisher decides what is remembered, and must not decide how much."""
    pair = Pair()
    long = "x" * 5000
    party = {"type": "owning_party", "source": f"urn:x:{long}"}
    for changed in (
        {"{urn:x:}" + long: 1},
        {"epcList": [f"urn:x:{long}."]},
        {"sourceList": [party]},
    ):
        assert pair.known({**bases[0], **changed}, source_of()) == (None, b"")
    assert pair.known({**bases[0], "{urn:x:}x": long}, source_of())[1]
