"""Which code is this? Every spelling of one thing is given one normal form.

The order of recognition is ours (domain: drug trace code): GS1 first, then the 20-digit drug code,
then what the operator declares, then opaque. An unknown scheme is no error: the text is kept as it
is.
"""

from __future__ import annotations

from typing import Final

from tracehub.codes import drug, uscc
from tracehub.codes.code import URN, Code, half_width
from tracehub.codes.gs1 import Link
from tracehub.codes.gs1_keys import link_of
from tracehub.codes.opaque import ECODE, HANDLE, OID
from tracehub.codes.schemes import SCHEMES, Scheme
from tracehub.codes.tables import CodeTables

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
    link = link_of(plain)
    if link is not None:
        return Code(_scheme(link), text, link.path, link.uri, "valid" if link.valid else "invalid")
    if drug.looks_like(plain):
        return drug.parse(text)
    named = _named(plain)
    if named is not None:
        code = named.parse(text)
        if isinstance(code, Code):
            return code
    return Code("opaque", text, plain, plain, "unverified")


def readings(text: str, tables: CodeTables) -> tuple[Code, ...]:
    """Every code that a bare text may be, the likeliest first; the last resort is opaque.

    A code whose check holds goes before one that can't be checked, that before one whose check
    fails; within these the order is that of `SCHEMES`.
    """
    plain = half_width(text)
    named = _named(plain)
    chosen = [named] if named else [each for each in SCHEMES.values() if each.cut]
    found = [each.parse(text) for each in chosen]
    codes = [each for each in found if isinstance(each, Code)]
    codes += [
        code for each in tables.layouts.values() if isinstance(code := each.parse(text), Code)
    ]
    codes += [
        Code(each.scheme, text, plain, f"{URN}{each.scheme}:{plain}", "unverified")
        for each in tables.patterns
        if each.pattern.fullmatch(plain)
    ]
    ranked = sorted(codes, key=lambda each: _RANKS[each.check])
    return tuple(ranked) or (Code("opaque", text, plain, plain, "unverified"),)


_RANKS: Final = {"valid": 0, "unverified": 1, "invalid": 2}
_BY_PREFIX: Final = {
    **{f"{URN}{each}:": SCHEMES[each] for each in SCHEMES},
    **{each.prefix: SCHEMES[each.scheme] for each in (ECODE, OID, HANDLE)},
    **dict.fromkeys(HANDLE.aliases, SCHEMES[HANDLE.scheme]),
}


def _named(plain: str) -> Scheme | None:
    """The scheme that a URI names."""
    if ":" not in plain:
        return None
    return next((each for prefix, each in _BY_PREFIX.items() if plain.startswith(prefix)), None)


def party(text: str) -> Code:
    """The code of a responsible party.

    A GLN's normal form is its 13 digits, whichever key or extension it came with.
    """
    plain = half_width(text)
    if plain.startswith(uscc.PREFIX) or uscc.looks_like(plain):
        return uscc.parse(text)
    if plain.startswith(PERSON):
        return Code("person", text, plain.removeprefix(PERSON), plain, "unverified")
    link = link_of(plain)
    if link is not None and link.elements[0][0] in {"414", "417"}:
        gln = link.elements[0][1][:_GLN_LENGTH]
        return Code("gln", text, gln, link.uri, "valid" if link.valid else "invalid")
    return Code("opaque", text, plain, plain, "unverified")


def _scheme(link: Link) -> str:
    elements = dict(link.elements)
    if "01" in elements:
        for identifier, scheme in (("235", "upui"), ("21", "sgtin"), ("10", "lgtin")):
            if identifier in elements:
                return scheme
    return _SCHEMES[link.elements[0][0]]
