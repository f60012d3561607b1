"""What is remembered by a likeness speaks for no event that has less, and is never much."""

from __future__ import annotations

import pytest

from tests.unit.catalogue.lists import local
from tests.unit.normalise.conftest import Document
from tests.unit.normalise.test_likeness import CODEC, NORMALISER, bases, judged, looking, source_of
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
