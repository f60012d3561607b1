"""Carried values: what one syntax has no form for travels as JSON text, so that nothing is lost.

An XML element has no number, truth value or list of one, a JSON key is no XML name, and a key of
JSON-LD that begins with `@` is a keyword. Such a value is written as JSON under the hub's own name
`json`; other readers keep it as an extension. Must not know which fields there are.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from typing import Any, Final

from tracehub.errors import RejectError
from tracehub.normalise.formats import json_text
from tracehub.normalise.plain import HUB_NAMESPACE

CARRIER: Final = f"{{{HUB_NAMESPACE}}}json"
"""In XML an element or attribute that holds an object of further fields; in JSON the only key of an
object that stands for the value in its text."""
TYPE: Final = f"{{{HUB_NAMESPACE}}}type"
"""In XML an attribute: with the value `json` the element's text is JSON."""
_SCALARS: Final = (str, int, float, bool, type(None))


def pack(value: Any) -> str:
    """A value as JSON in ASCII, which every syntax can hold."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def unpack(text: str) -> Any:
    """The value in a text.

    Raises:
        RejectError: `json/...`; a text is as strictly read as a document.
    """
    return json_text.parse(text.encode())


def fields_in(text: str, known: Container[str]) -> Mapping[str, Any]:
    """The fields in a carrier: extensions of any shape, standard ones as values or lists of them.

    Raises:
        RejectError: `json/...`.
        ValueError: it is no such object.
    """
    found = unpack(text)
    if not isinstance(found, dict) or not all(can_carry(*each, known) for each in found.items()):
        raise ValueError("a carrier holds an object of extensions and simple standard fields")
    return found


def can_carry(key: str, value: Any, known: Container[str]) -> bool:
    """Whether a field may stand in a carrier."""
    if key.startswith("{"):
        namespace, brace, name = key[1:].partition("}")
        return bool(namespace and brace and name)
    many = value if isinstance(value, list) else (value,)
    return key in known and all(isinstance(each, _SCALARS) for each in many)


def unpacked(text: Any) -> tuple[Any, bool]:
    """The value in a text, and whether there is one."""
    try:
        return unpack(text), True
    except (RejectError, AttributeError, UnicodeEncodeError):
        return None, False
