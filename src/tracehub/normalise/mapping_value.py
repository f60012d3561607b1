"""Values that a mapping declares itself: enumerations of words, and texts put together of fields.

Must not know rows or YAML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from tracehub.normalise.conversions import CONVERSIONS, PAIRS, Conversion, chain
from tracehub.normalise.mapping_names import near
from tracehub.normalise.mapping_path import Path, parse_path

_HOLE: Final = re.compile(r"\{([^{}]*)\}")


class Text(NamedTuple):
    """A text put together of fields.

    Attributes:
        parts: what stands before, between and behind its fields.
        paths: its fields; it is absent when one of them is.
        converts: what is applied to each field.
        pattern: matches such a text, one group for each field.
        backs: from each group to the field's value.
    """

    parts: tuple[str, ...]
    paths: tuple[Path, ...]
    converts: tuple[tuple[Conversion, ...], ...]
    pattern: re.Pattern[str]
    backs: tuple[Conversion | None, ...]


class Enum:
    """Words that stand for others.

    Attributes:
        table: word -> what it stands for.
        otherwise: what every other word stands for; None when that is a fault.
    """

    def __init__(self, table: Mapping[str, Any], otherwise: Any) -> None:
        self.table = table
        self.otherwise = otherwise

    def __call__(self, value: Any) -> Any:
        """What a value stands for.

        Raises:
            ValueError: nothing.
        """
        found = self.table.get(_word(value), self.otherwise)
        if found is None:
            raise ValueError(f"the value is not one of: {', '.join(self.table)}")
        return found


def read_enum(table: Mapping[Any, Any], otherwise: Any = None) -> Conversion:
    """Foreign word to ours; `otherwise`, if given, stands for every word that is not there."""
    return Enum({_word(foreign): ours for foreign, ours in table.items()}, otherwise)


def write_enum(table: Mapping[Any, Any], otherwise: Any = None) -> Conversion:
    """Our word to the first foreign one that stands for it."""
    words = {_word(ours): foreign for foreign, ours in reversed(list(table.items()))}
    return Enum(words, otherwise)


def conversion(name: str) -> Conversion:
    """A conversion by name.

    Raises:
        ValueError: there is none; says the nearest one.
    """
    try:
        return CONVERSIONS[name]
    except KeyError:
        raise ValueError(f"there is no conversion '{name}'{near(name, CONVERSIONS)}") from None


def way_back(names: Sequence[str]) -> tuple[Conversion, ...]:
    """From what several conversions made to what they were given.

    Raises:
        ValueError: one is unknown, or nothing leads back from it.
    """
    found = []
    for name in reversed(names):
        conversion(name)
        back = PAIRS[name].back
        if back is None:
            raise ValueError(
                f"nothing leads back from conversion '{name}'; write the row under 'incoming', and "
                "its counterpart under 'outgoing'"
            )
        found.append(back)
    return tuple(found)


def template(text: str, *, both: bool = False) -> Text:
    """A text with `{path}` and `{path|conversion}` in it.

    Args:
        text: the template.
        both: whether it must also be taken apart.

    Raises:
        ValueError: no field in it, a bad path, an unknown conversion, or no way back.
    """
    holes = [hole.split("|") for hole in _HOLE.findall(text)]
    if not holes:
        raise ValueError("a text needs a field such as {batchNo}; for a constant write 'value'")
    paths = tuple(parse_path(path) for path, *_ in holes)
    parts = tuple(_HOLE.split(text)[::2])
    converts = tuple(tuple(conversion(name) for name in names) for _, *names in holes)
    pattern = re.compile("(.+?)".join(map(re.escape, parts)))
    backs = tuple(chain(way_back(names)) if both else None for _, *names in holes)
    return Text(parts, paths, converts, pattern, backs)


def _word(value: Any) -> str:
    """How a value is looked up: JSON and YAML write the same number or truth value alike."""
    return value if isinstance(value, str) else str(CONVERSIONS["text"](value))
