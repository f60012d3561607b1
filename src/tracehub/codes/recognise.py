"""Which code is this? Every spelling of one thing is given one normal form.

The order of recognition is ours (domain: drug trace code): GS1 first, then the 20-digit drug code,
then opaque. An unknown scheme is no error: the text is kept as it is.
"""

from __future__ import annotations

from typing import Final

from tracehub.codes import drug, epc, uscc
from tracehub.codes.code import Code, half_width
from tracehub.codes.gs1 import Link, parse_link

PERSON: Final = "urn:tracehub:person:"
_GLN_LENGTH: Final = 13
_SCHEMES: Final = {
    "00": "sscc",
    "01": "gtin",
    "253": "gdti",
    "255": "sgcn",
    "401": "ginc",
    "402": "gsin",
    "414": "sgln",
    "417": "pgln",
    "8003": "grai",
    "8004": "giai",
    "8006": "itip",
    "8010": "cpi",
    "8013": "gmn",
    "8017": "gsrnp",
    "8018": "gsrn",
}


def product(text: str) -> Code:
    """The code of a thing: item, batch, class or package."""
    plain = half_width(text)
    link = _link(plain)
    if link is not None:
        return Code(_scheme(link), text, link.path, link.uri, "valid" if link.valid else "invalid")
    if drug.looks_like(plain):
        return drug.parse(text)
    return Code("opaque", text, plain, plain, "unverified")


def party(text: str) -> Code:
    """The code of a responsible party.

    A GLN's normal form is its 13 digits, whichever key or extension it came with.
    """
    plain = half_width(text)
    if plain.startswith(uscc.PREFIX) or uscc.looks_like(plain):
        return uscc.parse(text)
    if plain.startswith(PERSON):
        return Code("person", text, plain.removeprefix(PERSON), plain, "unverified")
    link = _link(plain)
    if link is not None and link.elements[0][0] in {"414", "417"}:
        gln = link.elements[0][1][:_GLN_LENGTH]
        return Code("gln", text, gln, link.uri, "valid" if link.valid else "invalid")
    return Code("opaque", text, plain, plain, "unverified")


def _link(plain: str) -> Link | None:
    if plain.startswith("urn:epc:"):
        return epc.to_link(plain)
    return parse_link(plain)


def _scheme(link: Link) -> str:
    elements = dict(link.elements)
    if "01" in elements:
        for identifier, scheme in (("235", "upui"), ("21", "sgtin"), ("10", "lgtin")):
            if identifier in elements:
                return scheme
    return _SCHEMES[link.elements[0][0]]
