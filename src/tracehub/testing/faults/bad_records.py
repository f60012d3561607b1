"""Bad records for the traffic of a fault run: the corpus of bad input, each with its one code.

Must not know how they are published.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import cycle
from typing import Final

from tracehub.bus.limit import fault
from tracehub.normalise.normaliser import Normaliser
from tracehub.testing.bad_input import corpus
from tracehub.testing.bad_input.__main__ import fates
from tracehub.testing.bad_input.case import Case
from tracehub.testing.traffic import PUBLISHERS, Sent, Truth

_SHARE: Final = 0.1
_LONGEST: Final = 64 * 1024
_OF_FOOD: Final = "catalogue/category-mismatch"
_CATEGORIES: Final = ("food", "agri-food")


def bad_records(seed: int, normaliser: Normaliser) -> Iterator[Sent]:
    """Cases for ever, of all classes in turn; only those that are refused as one whole."""
    chance = random.Random(seed)  # noqa: S311 - a test generator
    cases = [each for each in corpus(seed, share=_SHARE) if _usable(each, normaliser)]
    chance.shuffle(cases)
    for number, case in enumerate(cycle(cases)):
        place = chance.choice(sorted(PUBLISHERS))
        (code,) = fates(normaliser, case)
        truth = Truth(f"bad-{number}", (), "", "", "", code)
        key = case.key or f"bad-{number}".encode()
        category = chance.choice(_CATEGORIES) if code != _OF_FOOD else "food"
        yield Sent(category, PUBLISHERS[place][0], key, case.value, (truth,))


def _usable(case: Case, normaliser: Normaliser) -> bool:
    """It is refused by one code, which is the case's own, before and behind any broker."""
    if case.headers or len(case.value) > _LONGEST:
        return False
    if fault(case.key, case.value, case.headers) is not None:
        return False
    found = list(fates(normaliser, case))
    return len(found) == 1 and bool(found[0]) and found[0] in case.codes
