"""A load says exactly what must come of it: the hub, which shares no code with it, agrees."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from bench.many import many_shape
from tracehub.model.event import NATIONAL_CATEGORIES
from tracehub.services.flood import MOST_REFUSED, WINDOW
from tracehub.settings import Settings
from tracehub.testing.load import Format, Load
from tracehub.testing.load_hub import FOUR, Shape, eight, make_load, settings_tree
from tracehub.testing.offline import Offline, batches

EVENTS = 600
SHAPES: dict[str, tuple[Format, Shape, bool]] = {
    "trusted": ("canonical", Shape("third-party/hub", FOUR, eight()), True),
    "untrusted": ("canonical", Shape("third-party/hub", NATIONAL_CATEGORIES, eight()), False),
    "json": ("epcis-json", Shape("third-party/hub", NATIONAL_CATEGORIES, eight()), False),
    "xml": ("epcis-xml", Shape("third-party/hub", NATIONAL_CATEGORIES, eight()), False),
    "mapped": ("mapped", Shape("inspection/hub", ("food",), eight()), False),
    "many": ("canonical", many_shape("hub")._replace(publishers=2), True),
}


@pytest.mark.parametrize("name", SHAPES)
async def test_load_through_the_exchange_gives_what_is_due(name: str) -> None:
    written, shape, trusted = SHAPES[name]
    load = make_load(shape, written)
    settings = Settings.model_validate(settings_tree(shape, {"engine": "sqlite"}, trusted=trusted))
    lane = Offline(settings)
    for batch in batches(load, EVENTS, 100):
        await lane.take(batch)
    due = {topic: each.count for topic, each in load.due().items()}
    assert {topic: lane.bus.published[topic] for topic in due} == due
    assert sum(due.values()) > EVENTS
    others = {topic for topic in lane.bus.published if topic.startswith(("deliver.", "dead"))}
    assert others <= due.keys()


def test_load_with_the_same_seed_gives_the_same_bytes() -> None:
    shape = Shape("third-party/hub", FOUR, eight())
    first, second = make_load(shape, "epcis-json"), make_load(shape, "epcis-json")
    assert list(first.records(500)) == list(second.records(500)) == list(first.records(500))
    assert list(make_load(shape, "epcis-json", seed=2).records(500)) != list(first.records(500))


def test_load_repeats_two_in_a_hundred_and_breaks_five_in_a_thousand() -> None:
    load = make_load(Shape("third-party/hub", FOUR, eight()), "canonical")
    records = list(load.records(20_000))
    repeats = sum(a == b for a, b in pairwise(records))
    broken = sum(bool(load.templates[each.template].truth.code) for each in records)
    assert 350 <= repeats <= 450
    assert 80 <= broken <= 120
    sizes = Counter(len(each.value) for each in records)
    assert len(sizes) > 20


def test_load_that_is_cut_expects_the_public_section_alone() -> None:
    load = make_load(Shape("third-party/hub", FOUR, eight()), "canonical")
    for _ in load.records(100):
        pass
    whole, cut = load.due(), load.due(cut=True)
    assert whole.keys() == cut.keys()
    for topic in whole:
        assert whole[topic].count == cut[topic].count
        assert (whole[topic].values != cut[topic].values) == topic.startswith("deliver.")


def test_share_of_a_load_is_the_same_as_what_is_due_of_many_records() -> None:
    load: Load = make_load(Shape("third-party/hub", FOUR, eight()), "canonical")
    for _ in load.records(8000):
        pass
    due = sum(each.count for each in load.due().values())
    assert abs(due / 8000 - load.share()) < 0.05


def test_load_of_many_publishers_makes_none_of_them_a_flood() -> None:
    load = make_load(many_shape("hub"), "canonical")
    sent: dict[str, Counter[bool]] = {}
    for each in load.records(12_000):
        template = load.templates[each.template]
        publisher = template.topic.rpartition(".")[2]
        sent.setdefault(publisher, Counter())[bool(template.truth.code)] += 1
    assert len({template.topic for template in load.templates}) == 300
    shares = [counts[True] / counts.total() for counts in sent.values()]
    assert 0 < max(shares) < MOST_REFUSED / WINDOW / 2
