"""Source text in the making: lines, indentation, names that are not taken, constants.

Must not know what the lines say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Source:
    """A module being written: constants once each, then functions once each."""

    def __init__(self) -> None:
        self._constants: dict[str, str] = {}
        self._functions: dict[Any, str] = {}
        self._texts: list[str] = []

    def constant(self, text: str) -> str:
        """The name of a constant with this value."""
        return self._constants.setdefault(text, f"C{len(self._constants)}")

    def own(self, text: str) -> str:
        """The name of a constant that nobody else has, whatever others say."""
        return self.constant(f"{text}  # {len(self._constants)}")

    def function(self, key: Any) -> tuple[str, bool]:
        """The name of the function that does `key`, and True when it is still to be written."""
        known = key in self._functions
        return self._functions.setdefault(key, f"f{len(self._functions)}"), not known

    def add(self, body: Body) -> None:
        """Put a function that is written to its end into the module."""
        self._texts.append("\n".join(body.lines))

    def text(self) -> str:
        """Constants, then functions, each after those that it calls."""
        constants = "\n".join(f"{name} = {text}" for text, name in self._constants.items())
        return "\n\n\n".join([constants, *self._texts])


class Body:
    """One function being written."""

    def __init__(self, source: Source, signature: str) -> None:
        self.source = source
        self.lines = [f"def {signature}:"]
        self._depth = 1
        self._names = 0

    def put(self, *lines: str) -> None:
        """Add lines at the depth reached."""
        self.lines += ["    " * self._depth + line for line in lines]

    @contextmanager
    def under(self, opening: str) -> Iterator[None]:
        """Add lines below an opening one (`if`, `for`)."""
        self.put(opening)
        self._depth += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.put("pass")
        self._depth -= 1

    def name(self) -> str:
        """A name that this function has not used."""
        self._names += 1
        return f"x{self._names}"


def once(source: Source, key: object, signature: str, fill: Callable[[Body], None]) -> str:
    """The name of the function that does `key`; `fill` writes it when nobody has."""
    name, new = source.function(key)
    if new:
        body = Body(source, f"{name}{signature}")
        fill(body)
        source.add(body)
    return name
