"""GS1 keys as schemes of their own: bare, as element string, EPC URN or Digital Link.

GS1 General Specifications section 3 (application identifiers); GB 12904 for the GTIN.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from tracehub.codes import epc
from tracehub.codes.code import Check, Code, Misfit, half_width, without_separators
from tracehub.codes.gs1 import GTIN_LENGTH, HOST, Link, escaped, parse_link
from tracehub.codes.gs1_elements import parse_elements

GTIN: Final = "01"
_ITEM: Final = re.compile("[0-9]{14}")
_SHORT_GTINS: Final = frozenset({8, 12, 13})
_QUALIFIERS: Final = ("235", "21", "10")
"""What a trade item is named by; the first of them that is there decides."""
_DIGITS: Final = re.compile(r"\[0-9\]\{[0-9]+\}")
"""The form of a key that is nothing but digits."""
_SIGN: Final = r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]"
_PART_SIGN: Final = r"[#\-/0-9A-Z]"


def link_of(plain: str) -> Link | None:
    """The Digital Link of an EPC URN, a Digital Link or an element string; else None."""
    if plain.startswith("urn:epc:"):
        return epc.to_link(plain)
    return parse_link(plain) or parse_elements(plain)


@dataclass(frozen=True, slots=True)
class Key:
    """One sort of key.

    Attributes:
        scheme: its name.
        identifiers: its application identifiers; a bare key is read as the first.
        form: what the key must match in full.
        words, words_zh: that in words.
        qualifier: the identifier that makes a thing of a class (21 an item, 10 a batch).
        checked: whether there is a published check.
    """

    scheme: str
    identifiers: tuple[str, ...]
    form: re.Pattern[str]
    words: str
    words_zh: str
    qualifier: str = ""
    checked: bool = True

    def parse(self, text: str) -> Code | Misfit:
        """Read a key in any of its spellings.

        The normal form is the digits of the key when it is nothing but digits, else the path of its
        Digital Link.
        """
        link = self._link(half_width(text))
        if link is None:
            return Misfit(
                self.scheme,
                text,
                f"{self.scheme}/form",
                f"expected {self.words}; correct the code",
                f"应为{self.words_zh}；请改正",
            )
        alone = len(link.elements) == 1 and self.is_digits
        check: Check = "unverified"
        if self.checked:
            check = "valid" if link.valid else "invalid"
        return Code(self.scheme, text, link.elements[0][1] if alone else link.path, link.uri, check)

    def fits(self, link: Link) -> bool:
        """True when a Digital Link is a key of this sort."""
        identifier, value = link.elements[0]
        others = {name for name, _ in link.elements[1:]}
        qualifier = next((name for name in _QUALIFIERS if name in others), "")
        return (
            identifier in self.identifiers
            and (identifier != GTIN or qualifier == self.qualifier)
            and self.form.fullmatch(unquote(value)) is not None
        )

    @property
    def is_digits(self) -> bool:
        """True when the key is a fixed number of digits."""
        return _DIGITS.fullmatch(self.form.pattern) is not None

    def _link(self, plain: str) -> Link | None:
        found = link_of(plain)
        if found is None and plain.startswith(tuple(f"{each}/" for each in self.identifiers)):
            found = parse_link(HOST + plain)
        if found is None and not self.qualifier:
            found = self._bare(plain)
        return found if found is not None and self.fits(found) else None

    def _bare(self, plain: str) -> Link | None:
        key = without_separators(plain) if self.is_digits else plain
        if self.identifiers[0] == GTIN and len(key) in _SHORT_GTINS:
            key = key.rjust(GTIN_LENGTH, "0")
        return Link(((self.identifiers[0], escaped(key)),)) if key else None


def _number(scheme: str, identifiers: tuple[str, ...], length: int) -> Key:
    """A key of digits, the last of which is its check digit."""
    return Key(
        scheme,
        identifiers,
        re.compile(f"[0-9]{{{length}}}"),
        f"{length} digits, the last of them the check digit",
        f" {length} 位数字，末位为校验位",
    )


def _trade_item(scheme: str, qualifier: str, words: str, words_zh: str) -> Key:
    return Key(scheme, (GTIN,), _ITEM, words, words_zh, qualifier)


_KEYS: Final = (
    Key(
        "gtin",
        (GTIN,),
        _ITEM,
        "8, 12, 13 or 14 digits, the last of them the check digit",
        " 8、12、13 或 14 位数字，末位为校验位",
    ),
    _trade_item("sgtin", "21", "a GTIN with a serial number", "带序列号的 GTIN"),
    _trade_item("lgtin", "10", "a GTIN with a batch", "带批次的 GTIN"),
    _trade_item("upui", "235", "a GTIN with a unique pack identifier", "带唯一包装标识的 GTIN"),
    _number("sscc", ("00",), 18),
    _number("gln", ("414", "417"), 13),
    Key(
        "grai",
        ("8003",),
        re.compile(f"0[0-9]{{13}}{_SIGN}{{0,16}}"),
        "a zero, 13 digits with the check digit last, and a serial number of up to 16 signs",
        "零、13 位数字（末位为校验位）和最多 16 位序列号",
    ),
    Key(
        "giai",
        ("8004",),
        re.compile(f"[0-9]{{4,}}{_SIGN}{{0,26}}"),
        "a company prefix and a reference, together at most 30 signs",
        "厂商识别代码和资产参考代码，合计最多 30 位",
        checked=False,
    ),
    _number("gsrn", ("8018",), 18),
    _number("gsrnp", ("8017",), 18),
    Key(
        "gdti",
        ("253",),
        re.compile(f"[0-9]{{13}}{_SIGN}{{0,17}}"),
        "13 digits, the last of them the check digit, and a serial number of up to 17 signs",
        "13 位数字（末位为校验位）和最多 17 位序列号",
    ),
    Key(
        "sgcn",
        ("255",),
        re.compile("[0-9]{13}(?:[0-9]{0,12})"),
        "13 digits, the last of them the check digit, and a serial number of up to 12 digits",
        "13 位数字（末位为校验位）和最多 12 位序列号",
    ),
    Key(
        "ginc",
        ("401",),
        re.compile(f"[0-9]{{4,}}{_SIGN}{{0,26}}"),
        "a company prefix and a reference, together at most 30 signs",
        "厂商识别代码和托运代码，合计最多 30 位",
        checked=False,
    ),
    _number("gsin", ("402",), 17),
    Key(
        "itip",
        ("8006",),
        re.compile("[0-9]{18}"),
        "a GTIN of 14 digits, the piece (2 digits) and the total (2 digits)",
        " 14 位 GTIN、2 位件号和 2 位总件数",
    ),
    Key(
        "cpi",
        ("8010",),
        re.compile(f"[0-9]{{4,}}{_PART_SIGN}{{1,26}}"),
        "a company prefix and a part reference, together at most 30 signs",
        "厂商识别代码和零部件代码，合计最多 30 位",
        checked=False,
    ),
    Key(
        "gmn",
        ("8013",),
        re.compile(f"[0-9]{{4,}}{_SIGN}{{0,19}}[2-9A-HJ-NP-Z]{{2}}"),
        "a company prefix and a model reference, together at most 23 signs, and 2 check characters",
        "厂商识别代码和型号代码（合计最多 23 位）以及 2 位校验字符",
    ),
)
KEYS: Final = {each.scheme: each for each in _KEYS}
"""Every sort of key by its name."""
