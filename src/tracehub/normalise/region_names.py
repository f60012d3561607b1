"""Full names of regions <-> codes of GB/T 2260: 浙江省杭州市西湖区 is 330106.

A name alone is no key (many cities have a 鼓楼区), so the whole path is asked for; spaces and
slashes in it do not matter, nor a level that only says 市辖区 or 县. A name is that of the newest
list which holds the code. Must not know fields.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from tracehub.codes.region import bundled
from tracehub.normalise.conversions_value import as_text

_BETWEEN: Final = re.compile(r"[\s/,，、>·-]+")
_NAMELESS: Final = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
_LEVELS: Final = (2, 4, 6)


def to_code(value: Any) -> str:
    """The code of a full name.

    Raises:
        ValueError: no region, or more than one, has this full name.
    """
    code = _codes().get(_BETWEEN.sub("", as_text(value)))
    if not code:
        raise ValueError("expected the full name of one region, such as 浙江省杭州市西湖区")
    return code


def to_name(value: Any) -> str:
    """The full name of a code, in the newest list that holds it.

    Raises:
        ValueError: the table has no such code.
    """
    name = _full(as_text(value))
    if not name:
        raise ValueError("the table of regions has no such code")
    return name


@cache
def _codes() -> dict[str, str]:
    """Full name -> code; empty where two codes of one time share it."""
    found: dict[str, str] = {}
    lasting: dict[str, str] = {}
    for code in bundled().codes():
        name, until = _full(code), bundled().spans(code)[-1].valid_to or "9999-12"
        if name not in found or lasting[name] < until:
            found[name], lasting[name] = code, until
        elif lasting[name] == until:
            found[name] = ""
    return found


@cache
def _full(code: str) -> str:
    names: list[tuple[str, str]] = []
    for length in _LEVELS:
        above = code[:length].ljust(6, "0")
        spans = bundled().spans(above)
        if above == code and not spans:
            return ""
        if spans and spans[-1].name not in _NAMELESS and (not names or above != names[-1][0]):
            names.append((above, spans[-1].name))
        if above == code:
            break
    return "".join(name for _, name in names)
