"""What is remembered by a likeness speaks for no event that has less, and is never much."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.catalogue.lists import local
from tests.unit.normalise.conftest import Document
from tests.unit.normalise.test_likeness import (
    CODEC,
    NORMALISER,
    ODD,
    ROUTED,
    bases,
    judged,
    looking,
    source_of,
    written,
)
from tracehub.avro.fast import Looking
from tracehub.catalogue.edition import bundled, compose
from tracehub.model.connection import Connection
from tracehub.model.event import Party
from tracehub.normalise.normaliser import Normaliser, Source
from tracehub.normalise.tables import Tables
from tracehub.normalise.verdict import Accepted

__all__ = ["bases", "looking"]

IDENTIFIERS = (
    *("serial", "quantity", "party", "place", "transaction", "certificate", "product"),
    *("origin-region", "destination-region"),
)


@pytest.mark.parametrize("asked", IDENTIFIERS)
def test_event_when_a_list_asks_for_more_and_it_is_alike_is_accepted(
    looking: Looking, bases: list[Accepted], asked: str
) -> None:
    """Whoever has what is asked for, even if only its header says so, speaks for nobody without."""
    entry = f"category: food\nidentifiers: [{{name: {asked}, level: refuse, source: s}}]"
    strict = Normaliser(CODEC, Tables(edition=compose([bundled(), local(entry)])))
    told = (Party("owner", "opaque", "stall 7"),)
    looked = 0
    for base in bases:
        if base.event.header.category != "food":
            continue
        header = base.event.header
        fates: dict[bytes, set[str]] = {}
        for each in (header, header._replace(parties=told), header._replace(parties=())):
            value = CODEC.encode(base.event._replace(header=each)).value
            look = looking.look(value)
            if look is None:
                continue
            looked += 1
            (item,) = strict.normalise(value, source_of(base.event))
            if not isinstance(item, Accepted) or strict.settles(item.event.header):
                fates.setdefault(look.likeness, set()).add(type(item).__name__)
        assert all(len(each) == 1 for each in fates.values())
    assert looked


@pytest.mark.parametrize("changed", ["nothing", "code", "party", "parties", "own"])
def test_event_when_much_would_be_remembered_of_it_is_not_looked_at(
    looking: Looking, document: Document, changed: str
) -> None:
    """A publisher decides what is remembered, and must not decide how much."""
    long = "x" * 5000
    party = {"type": "owning_party", "source": long if changed == "party" else "x"}
    epc = f"urn:x:{long}" if changed == "code" else "urn:x:1"
    more = {"tracehub:contract_id": "1", "tracehub:note": long if changed == "own" else "x"}
    value = document(epcList=[epc], sourceList=[party], **more)
    (item,) = NORMALISER.normalise(value, Source("food", Connection("provincial/zhejiang")))
    assert isinstance(item, Accepted)
    header = item.event.header
    if changed == "parties":
        named = header._replace(parties=(*header.parties, Party("owner", "opaque", long)))
        item = item._replace(value=CODEC.encode(item.event._replace(header=named)).value)
    assert isinstance(judged(item.value, source_of(item.event)), Accepted)
    assert (looking.look(item.value) is None) == (changed != "nothing")


STEPS = 5000


def changed_somewhere(node: Any, chance: random.Random, spare: list[Any]) -> Any:
    """The same tree with one value of it replaced, by an odd one or one from elsewhere."""
    inner = list(node) if isinstance(node, Mapping) else [*range(len(node))] if _holds(node) else []
    if inner and chance.random() < 0.9:
        at = chance.choice(inner)
        new = changed_somewhere(node[at], chance, spare)
        if isinstance(node, Mapping):
            return {**node, at: new}
        items = [*node[:at], new, *node[at + 1 :]]
        return type(node)(*items) if hasattr(node, "_fields") else type(node)(items)
    if _holds(node) and not hasattr(node, "_fields"):
        items = [*node, *chance.sample(spare, 1), *node]
        return type(node)(chance.sample(items, chance.randrange(len(items))))
    spare.append(node)
    return chance.choice((*ODD, *spare[-40:]))


def _holds(node: Any) -> bool:
    return isinstance(node, list | tuple)


def test_events_when_changed_again_and_again_are_judged_as_those_alike(
    looking: Looking, bases: list[Accepted]
) -> None:
    """As in a stream: what is remembered comes from events that were changed themselves."""
    chance = random.Random(5)  # noqa: S311 - the same changes each time
    entry = "category: food\nidentifiers: [{name: party, level: refuse, source: s}]"
    strict = Normaliser(CODEC, Tables(edition=compose([bundled(), local(entry)])))
    spare: list[Any] = [Party("owner", "opaque", "stall 7")]
    known: dict[bytes, list[Any]] = {}
    named = [
        base.event._replace(header=base.event.header._replace(parties=(spare[0],)))
        for base in bases
        if base.event.header.category == "food"
    ]
    alike, events = 0, named[:]
    for _ in range(STEPS):
        event = changed_somewhere(chance.choice(events), chance, spare)
        for value in written(iter((event,))):
            look = looking.look(value)
            if look is None:
                continue
            (item,) = strict.normalise(value, source_of(named[0]))
            remembered = known.get(look.likeness)
            if remembered is not None:
                alike += 1
                assert isinstance(item, Accepted), item
                header = item.event.header
                assert [getattr(header, name) for name in ROUTED] == remembered
                assert (header.event_id, header.key) == (look.event_id, look.key)
            elif isinstance(item, Accepted) and strict.settles(item.event.header):
                known[look.likeness] = [getattr(item.event.header, name) for name in ROUTED]
                events.append(event)
    assert alike > STEPS / 10
