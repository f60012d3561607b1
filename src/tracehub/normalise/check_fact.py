"""A fact without goods: a decision on a party, of the type `none` because EPCIS has no such event.

An ObjectEvent needs a thing, and a thing is never made up. Must not know who decided.
"""

from __future__ import annotations

from tracehub.normalise import rules_own
from tracehub.normalise.kinds import WITHOUT_GOODS
from tracehub.normalise.plain import DECISION, KIND, PlainEvent
from tracehub.normalise.verdict import Remarks


def check_fact(event: PlainEvent, path: str, remarks: Remarks) -> None:
    """It has a decision, and says itself of which kind it is: nothing else in it would."""
    kinds = event.get(KIND, ())
    if DECISION not in event or not any(kind in kinds for kind in WITHOUT_GOODS):
        remarks.add(rules_own.FACT, path)
