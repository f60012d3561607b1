"""Codes that are kept as they are: Ecode, OID, Handle, and those whose layout nobody published.

An Ecode (GB/T 31866-2023), an OID (ISO/IEC 8824-1, ITU-T X.660) and a Handle (RFC 3651) lead to
their resolver; a batch of NY/T 4712-2025 is unique per operator; of TCM, meat-and-vegetable and
cold-chain codes no layout was read. The operator may declare one (`tables.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tracehub.codes.code import URN, Code, Misfit, half_width


@dataclass(frozen=True, slots=True)
class Opaque:
    """A scheme whose codes are not taken apart.

    Attributes:
        scheme: the code's family.
        prefix: what the URI of a code begins with.
        pattern: what the code itself must match in full.
        form, form_zh: that in words.
        aliases: other beginnings of the same URI, in small letters.
    """

    scheme: str
    prefix: str
    pattern: re.Pattern[str]
    form: str
    form_zh: str
    aliases: tuple[str, ...] = ()

    def parse(self, text: str) -> Code | Misfit:
        """Read a code, bare or as a URI."""
        plain = half_width(text)
        for prefix in (self.prefix, *self.aliases):
            if plain[: len(prefix)].lower() == prefix:
                plain = plain[len(prefix) :]
                break
        if self.pattern.fullmatch(plain):
            return Code(self.scheme, text, plain, self.prefix + plain, "unverified")
        return Misfit(
            self.scheme,
            text,
            f"{self.scheme}/form",
            f"expected {self.form}; correct the code",
            f"应为{self.form_zh}；请改正",
        )


def _ours(scheme: str) -> Opaque:
    """A scheme without any published layout: one word of at most 128 signs."""
    return Opaque(
        scheme,
        f"{URN}{scheme}:",
        re.compile(r"(?!(?i:urn:))[^\s]{1,128}"),
        "1 to 128 signs without blanks",
        " 1 至 128 个不含空白的字符",
    )


ECODE: Final = Opaque(
    "ecode",
    "urn:ecode:",
    re.compile(r"[0-9A-Za-z._-]{1,128}"),
    "letters, digits, '.', '_' and '-'",
    "字母、数字、“.”、“_”和“-”",
)
OID: Final = Opaque(
    "oid",
    "urn:oid:",
    re.compile(r"(?:[01](?:\.(?:0|[1-3]?[0-9]))|2\.(?:0|[1-9][0-9]*))(?:\.(?:0|[1-9][0-9]*))*"),
    "numbers joined by dots, the first of them 0, 1 or 2, such as 1.2.156.3088",
    "以点连接的数字，首位为 0、1 或 2，例如 1.2.156.3088",
)
HANDLE: Final = Opaque(
    "handle",
    "hdl:",
    re.compile(r"[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*/[^\s]+"),
    "a naming authority, '/' and a local name, such as 86.1000/ab12",
    "命名机构、“/”和本地名称，例如 86.1000/ab12",
    ("https://hdl.handle.net/", "http://hdl.handle.net/", "urn:hdl:"),
)
BATCH: Final = _ours("agri-batch")
TCM: Final = _ours("tcm")
MEAT_VEGETABLE: Final = _ours("meat-vegetable")
COLD_CHAIN: Final = _ours("cold-chain")
