"""EPC URNs and their GS1 Digital Links (GS1 TDS 2.0 section 6, CBV 2.0 section 8).

A URN says where the company prefix ends, a Digital Link does not: the way back is only taken with
a given prefix length, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from tracehub.codes.gs1 import Link, check_digit

Parts = list[str]
Elements = tuple[tuple[str, str], ...]
Back: TypeAlias = Callable[[str, dict[str, str], int], str | None]
"""Key, elements and length of the company prefix -> EPC URN."""
_ESCAPES: Final = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "!()*+,:"})
"""Signs that stand for themselves in a URN and are escaped in a Digital Link."""
_SIGNS: Final = {f"%{ord(sign):02X}": sign for sign in "!()*+,:"}
_UNESCAPE: Final = re.compile("|".join(_SIGNS))
_LEAD: Final = {"00": 1, "01": 1, "8003": 1, "8006": 1}
"""Digits that stand before the company prefix of a key."""
_URN: Final = ("urn:epc:id:", "urn:epc:idpat:", "urn:epc:class:")


def to_link(urn: str) -> Link | None:
    """The Digital Link of an EPC URN, instance, class or pattern; None when it has none."""
    for prefix in _URN:
        if urn.startswith(prefix):
            scheme, _, rest = urn.removeprefix(prefix).partition(":")
            scheme_of = _SCHEMES.get(scheme)
            if scheme_of is None:
                return None
            count, build = scheme_of
            parts = rest.split(".", count - 1)
            if len(parts) != count or not (parts[0].isascii() and parts[0].isdigit()):
                return None
            if prefix == "urn:epc:idpat:":
                parts = ["" if part == "*" else part for part in parts]
            parts[2:] = [part.translate(_ESCAPES) for part in parts[2:]]
            primary, *others = build(parts)
            return Link((primary, *(each for each in others if each[1]))) if primary[1] else None
    return None


def to_urn(link: Link, prefix_length: int) -> str | None:
    """The EPC URN of a Digital Link, given how long the company prefix is; None without one."""
    elements = dict(link.elements)
    primary, value = link.elements[0]
    back = _BACK.get(primary)
    urn = None if back is None else back(value, elements, prefix_length)
    return None if urn is None else _UNESCAPE.sub(lambda found: _SIGNS[found[0]], urn)


def prefixed(link: Link) -> str:
    """The digits of a key from its company prefix on; empty of a key that has none."""
    primary, value = link.elements[0]
    return value[_LEAD.get(primary, 0) :] if primary in _BACK else ""


def _gtin(prefix: str, reference: str) -> str:
    digits = reference[:1] + prefix + reference[1:]
    return digits + check_digit(digits)


def _checked(digits: str) -> str:
    return digits + check_digit(digits) if digits.isascii() and digits.isdigit() else ""


def _sgtin(parts: Parts) -> Elements:
    return ("01", _gtin(parts[0], parts[1])), ("21", parts[2])


def _lgtin(parts: Parts) -> Elements:
    return ("01", _gtin(parts[0], parts[1])), ("10", parts[2])


def _upui(parts: Parts) -> Elements:
    return ("01", _gtin(parts[0], parts[1])), ("235", parts[2])


def _sscc(parts: Parts) -> Elements:
    return (("00", _checked(parts[1][:1] + parts[0] + parts[1][1:])),)


def _sgln(parts: Parts) -> Elements:
    extension = "" if parts[2] == "0" else parts[2]
    return ("414", _checked(parts[0] + parts[1])), ("254", extension)


def _itip(parts: Parts) -> Elements:
    gtin = _gtin(parts[0], parts[1])
    return ("8006", gtin + parts[2] + parts[3]), ("21", parts[4])


def _cpi(parts: Parts) -> Elements:
    return ("8010", parts[0] + parts[1]), ("8011", parts[2])


def _key(identifier: str, *, checked: bool = True, lead: str = "") -> Callable[[Parts], Elements]:
    """A key of company prefix and reference, with a check digit or not, and an optional serial."""

    def build(parts: Parts) -> Elements:
        digits = parts[0] + parts[1]
        key = _checked(digits) if checked else digits
        return ((identifier, lead + key + "".join(parts[2:]) if key else ""),)

    return build


_SCHEMES: Final[dict[str, tuple[int, Callable[[Parts], Elements]]]] = {
    "sgtin": (3, _sgtin),
    "lgtin": (3, _lgtin),
    "upui": (3, _upui),
    "sscc": (2, _sscc),
    "sgln": (3, _sgln),
    "pgln": (2, _key("417")),
    "grai": (3, _key("8003", lead="0")),
    "giai": (2, _key("8004", checked=False)),
    "gsrn": (2, _key("8018")),
    "gsrnp": (2, _key("8017")),
    "gdti": (3, _key("253")),
    "sgcn": (3, _key("255")),
    "ginc": (2, _key("401", checked=False)),
    "gsin": (2, _key("402")),
    "itip": (5, _itip),
    "cpi": (3, _cpi),
}
"""EPC scheme -> number of parts, and how they become elements."""


def _back_gtin(value: str, elements: dict[str, str], length: int) -> str | None:
    prefix, reference = value[1 : 1 + length], value[0] + value[1 + length : -1]
    for identifier, scheme in (("21", "id:sgtin"), ("10", "class:lgtin"), ("235", "id:upui")):
        if identifier in elements:
            return f"urn:epc:{scheme}:{prefix}.{reference}.{elements[identifier]}"
    return f"urn:epc:idpat:sgtin:{prefix}.{reference}.*"


def _back_led(scheme: str) -> Back:
    """A key whose first digit stands before the company prefix, and whose last is the check."""

    def back(value: str, _elements: dict[str, str], length: int) -> str:
        return f"urn:epc:id:{scheme}:{value[1 : 1 + length]}.{value[0]}{value[1 + length : -1]}"

    return back


def _back_sgln(value: str, elements: dict[str, str], length: int) -> str | None:
    return f"urn:epc:id:sgln:{value[:length]}.{value[length:-1]}.{elements.get('254', '0')}"


def _back_checked(scheme: str) -> Back:
    """A company prefix, a reference and the check digit."""

    def back(value: str, _elements: dict[str, str], length: int) -> str:
        return f"urn:epc:id:{scheme}:{value[:length]}.{value[length:-1]}"

    return back


def _back_serial(scheme: str, keyed: int, lead: int = 0) -> Back:
    """A key of `keyed` digits, the last of which is the check digit, then a serial."""

    def back(value: str, _elements: dict[str, str], length: int) -> str | None:
        key, serial = value[lead:keyed], value[keyed:]
        if not serial:
            return f"urn:epc:idpat:{scheme}:{key[:length]}.{key[length:-1]}.*"
        return f"urn:epc:id:{scheme}:{key[:length]}.{key[length:-1]}.{serial}"

    return back


def _back_plain(scheme: str) -> Back:
    """A company prefix and a reference without a check digit."""

    def back(value: str, _elements: dict[str, str], length: int) -> str:
        return f"urn:epc:id:{scheme}:{value[:length]}.{value[length:]}"

    return back


def _back_itip(value: str, elements: dict[str, str], length: int) -> str | None:
    gtin, piece, total = value[:14], value[14:16], value[16:]
    head = f"{gtin[1 : 1 + length]}.{gtin[0]}{gtin[1 + length : -1]}.{piece}.{total}"
    serial = elements.get("21")
    return f"urn:epc:id:itip:{head}.{serial}" if serial else f"urn:epc:idpat:itip:{head}.*"


def _back_cpi(value: str, elements: dict[str, str], length: int) -> str | None:
    head = f"{value[:length]}.{value[length:]}"
    serial = elements.get("8011")
    return f"urn:epc:id:cpi:{head}.{serial}" if serial else f"urn:epc:idpat:cpi:{head}.*"


_BACK: Final[dict[str, Back]] = {
    "00": _back_led("sscc"),
    "01": _back_gtin,
    "253": _back_serial("gdti", 13),
    "255": _back_serial("sgcn", 13),
    "401": _back_plain("ginc"),
    "402": _back_checked("gsin"),
    "414": _back_sgln,
    "417": _back_checked("pgln"),
    "8003": _back_serial("grai", 14, lead=1),
    "8004": _back_plain("giai"),
    "8006": _back_itip,
    "8010": _back_cpi,
    "8017": _back_checked("gsrnp"),
    "8018": _back_checked("gsrn"),
}
