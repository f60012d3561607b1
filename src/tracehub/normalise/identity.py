"""Codes of products and parties as the header and the checks need them, remembered by text.

Must not know where in an event a code stands.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from tracehub.codes import recognise
from tracehub.normalise import rules_own as rules
from tracehub.normalise.rules import Rule

_MEMORY: Final = 65_536
_FAULTS: Final = {
    "uscc": rules.USCC_CHECK,
    "gln": rules.GLN_CHECK,
    "sscc": rules.SSCC_CHECK,
    "gtin": rules.GTIN_CHECK,
    "sgtin": rules.GTIN_CHECK,
    "lgtin": rules.GTIN_CHECK,
}


class Identity(NamedTuple):
    """One code.

    Attributes:
        scheme: the family it is of.
        id: its normal form, equal for every spelling.
        region: where a party is registered, six digits; empty when the code does not say.
        rule: what is wrong or worth knowing; None when nothing is.
    """

    scheme: str
    id: str
    region: str
    rule: Rule | None


@lru_cache(maxsize=_MEMORY)
def product(text: str) -> Identity:
    """The code of a product, batch, item or package."""
    code = recognise.product(text)
    return Identity(code.scheme, code.normal, "", _rule(code.scheme, code.check))


@lru_cache(maxsize=_MEMORY)
def party(text: str) -> Identity:
    """The code of a party."""
    code = recognise.party(text)
    region = code.normal[2:8] if code.scheme == "uscc" and code.check == "valid" else ""
    return Identity(code.scheme, code.normal, region, _rule(code.scheme, code.check))


def _rule(scheme: str, check: str) -> Rule | None:
    if check == "invalid":
        return _FAULTS.get(scheme, rules.CODE_INVALID)
    return rules.OPAQUE if scheme == "opaque" else None
