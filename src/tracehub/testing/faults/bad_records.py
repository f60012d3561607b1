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
_CATEGORIES: Final = ("food", "agri-food")


def bad_records(seed: int, normaliser: Normaliser) -> Iterator[Sent]:
    """Cases for ever, of all classes in turn; only those that are refused as one whole."""
    chance = random.Random(seed)  # noqa: S311 - a test generator
    found = ((case, _refusals(case, normaliser)) for case in corpus(seed, share=_SHARE))
    cases = [(case, refusals) for case, refusals in found if refusals]
    chance.shuffle(cases)
    for number, (case, refusals) in enumerate(cycle(cases)):
        category, code = chance.choice(refusals)
        place = chance.choice(sorted(PUBLISHERS))
        truth = Truth(f"bad-{number}", (), "", "", "", code)
        key = case.key or f"bad-{number}".encode()
        yield Sent(category, PUBLISHERS[place][0], key, case.value, (truth,))


def _refusals(case: Case, normaliser: Normaliser) -> list[tuple[str, str]]:
    """The categories in which it is refused by a code of its own, before and behind any broker."""
    if case.headers or len(case.value) > _LONGEST:
        return []
    if fault(case.key, case.value, case.headers) is not None:
        return []
    found = []
    for category in _CATEGORIES:
        codes = list(fates(normaliser, case, category))
        if len(codes) == 1 and codes[0] and codes[0] in case.codes:
            found.append((category, codes[0]))
    return found
