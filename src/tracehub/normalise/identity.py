"""Codes of products and parties as the header and the checks need them, remembered by text.

Must not know where in an event a code stands.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tracehub.codes import drug, recognise, uscc
from tracehub.codes.code import Code
from tracehub.codes.region import PROVINCES
from tracehub.model.event import Product
from tracehub.normalise import rules_own as rules
from tracehub.normalise.rules import Rule
from tracehub.normalise.vocabulary import is_uri
from tracehub.remember import remembered

_MEMORY: Final = 65_536
_FAULTS: Final = {
    "gln": rules.GLN_CHECK,
    "sscc": rules.SSCC_CHECK,
    "gtin": rules.GTIN_CHECK,
    "sgtin": rules.GTIN_CHECK,
    "lgtin": rules.GTIN_CHECK,
    "upui": rules.GTIN_CHECK,
}
"""Families by which products and parties are linked; a fault in another is only noted."""
_CLASS: Final = re.compile(
    r"urn:epc:id:sgtin:[0-9]+\.[0-9]+\.|urn:epc:class:lgtin:[0-9]+\.[0-9]+\."
    r"|https?://[0-9A-Za-z.-]+/01/[0-9]{14}/(?:21|10)/"
)
_NUMBERED: Final = re.compile(
    rf"({_CLASS.pattern})([0-9A-Za-z_-]+)|({drug.PREFIX})([0-9]{{{drug.LENGTH}}})"
)
"""Codes that end in a number of their own: what stands before it decides all else."""
_NUMBER: Final = "0" * drug.LENGTH


class Identity(NamedTuple):
    """One code.

    Attributes:
        scheme: the family it is of.
        id: its normal form, equal for every spelling.
        region: where a party is registered, six digits; empty when the code does not say, as that
            of an organisation which the nation registers (100000).
        rule: what is wrong or worth knowing; None when nothing is.
        is_uri: whether the text is a URI.
        product: what the header says of it.
    """

    scheme: str
    id: str
    region: str
    rule: Rule | None
    is_uri: bool = False
    product: Product = Product("", "")


@remembered(_MEMORY)
def product(text: str) -> Identity:
    """The code of a product, batch, item or package."""
    found = _NUMBERED.fullmatch(text)
    if found is None:
        return _recognised(text)
    number = found[2] or found[4]
    scheme, before, region, rule, is_uri, _ = _stem(found[1] or found[3])
    normal = before + number
    return Identity(scheme, normal, region, rule, is_uri, Product(scheme, normal))


def stem(text: str) -> tuple[Identity, int] | None:
    """What a code is that begins so and ends in a number, without the number.

    Also how many digits the number has, 0 for any letters, digits, `-` and `_`. None when the
    number is not all that differs.
    """
    if text == drug.PREFIX:
        return _stem(text), drug.LENGTH
    return (_stem(text), 0) if _CLASS.fullmatch(text) else None


@remembered(_MEMORY)
def _stem(text: str) -> Identity:
    """What a code is that begins so, its normal form without the number."""
    known = _recognised(text + _NUMBER)
    return known._replace(id=known.id.removesuffix(_NUMBER))


def _recognised(text: str) -> Identity:
    code = recognise.product(text)
    known = Product(code.scheme, code.normal)
    return Identity(code.scheme, code.normal, "", _rule(code), is_uri(text), known)


@remembered(_MEMORY)
def party(text: str) -> Identity:
    """The code of a party."""
    code = recognise.party(text)
    if code.scheme != "uscc":
        return Identity(code.scheme, code.normal, "", _rule(code))
    if code.check != "valid":
        return Identity(code.scheme, code.normal, "", _uscc_fault(code.normal))
    rule = None if text.endswith(code.normal) else rules.USCC_NORMALISED
    region = code.normal[uscc.REGION]
    return Identity(code.scheme, code.normal, region if region[:2] in PROVINCES else "", rule)


@remembered(_MEMORY)
def place(text: str) -> str:
    """The normal form of a location's id."""
    return recognise.product(text).normal


def _rule(code: Code) -> Rule | None:
    if code.check == "invalid":
        return _FAULTS.get(code.scheme, rules.CODE_CHECK)
    return rules.OPAQUE if code.scheme == "opaque" else None


def _uscc_fault(normal: str) -> Rule:
    if not uscc.looks_like(normal):
        return rules.USCC_FORM
    first = set(normal[:-1])
    return rules.USCC_CHECK if first <= set(uscc.ALPHABET) else rules.USCC_ALPHABET
