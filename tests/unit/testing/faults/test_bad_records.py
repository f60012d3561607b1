"""Bad records for a fault run: many codes, each its case's own, and the same for one seed."""

from __future__ import annotations

from itertools import islice

from tracehub.app import judgement
from tracehub.normalise.rule_book import RULES
from tracehub.settings import Settings
from tracehub.testing.faults.bad_records import bad_records


def test_bad_records_when_made_twice_are_the_same_of_many_codes_and_publishers() -> None:
    normaliser = judgement(Settings()).normaliser
    made = list(islice(bad_records(3, normaliser), 500))
    assert made == list(islice(bad_records(3, normaliser), 500))
    codes = {sent.truths[0].code for sent in made}
    assert len(codes) > 20
    assert codes <= set(RULES)
    assert len({(sent.connection, sent.category) for sent in made}) == 6
    assert {len(sent.truths) for sent in made} == {1}
