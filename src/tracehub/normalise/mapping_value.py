"""Values that a mapping declares itself: enumerations of words, and texts put together of fields.

Must not know rows or YAML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from tracehub.normalise.conversions import CONVERSIONS, Conversion, chain
from tracehub.normalise.mapping_names import near
from tracehub.normalise.mapping_path import Get, Lookup, Path, getter, parse_path

_HOLE: Final = re.compile(r"\{([^{}]*)\}")


def read_enum(table: Mapping[Any, Any], otherwise: Any = None) -> Conversion:
    """Foreign word to ours; `otherwise`, if given, stands for every word that is not there."""
    return _enum({_word(foreign): ours for foreign, ours in table.items()}, otherwise)


def write_enum(table: Mapping[Any, Any], otherwise: Any = None) -> Conversion:
    """Our word to the first foreign one that stands for it."""
    words = {_word(ours): foreign for foreign, ours in reversed(list(table.items()))}
    return _enum(words, otherwise)


def conversion(name: str) -> Conversion:
    """A conversion by name.

    Raises:
        ValueError: there is none; says the nearest one.
    """
    try:
        return CONVERSIONS[name]
    except KeyError:
        raise ValueError(f"there is no conversion '{name}'{near(name, CONVERSIONS)}") from None


def template(text: str) -> tuple[Get, tuple[Path, ...]]:
    """The function that fills `{path}` and `{path|conversion}` into a text, and the paths in it.

    The text is absent when any of its fields is. What a conversion raises, the function raises.

    Raises:
        ValueError: no field in it, a bad path, or an unknown conversion.
    """
    holes = [hole.split("|") for hole in _HOLE.findall(text)]
    if not holes:
        raise ValueError("a text needs a field such as {batchNo}; for a constant write 'value'")
    paths = tuple(parse_path(path) for path, *_ in holes)
    fields = tuple(
        (getter(path), chain([conversion(name) for name in names]))
        for path, (_, *names) in zip(paths, holes, strict=True)
    )
    text_of = CONVERSIONS["text"]
    form = "%s".join(part.replace("%", "%%") for part in _HOLE.split(text)[::2])

    def get(source: Any, look: Lookup) -> Any:
        values = []
        for read, convert in fields:
            value = read(source, look)
            if value is not None and convert is not None:
                value = convert(value)
            if value is None:
                return None
            values.append(value if value.__class__ is str else text_of(value))
        return form % tuple(values)

    return get, paths


def _enum(table: Mapping[str, Any], otherwise: Any) -> Conversion:
    def convert(value: Any) -> Any:
        found = table.get(_word(value), otherwise)
        if found is None:
            raise ValueError(f"the value is not one of: {', '.join(table)}")
        return found

    return convert


def _word(value: Any) -> str:
    """How a value is looked up: JSON and YAML write the same number or truth value alike."""
    return value if isinstance(value, str) else str(CONVERSIONS["text"](value))
