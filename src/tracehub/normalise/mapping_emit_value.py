"""Python source that reads one value of a row: from its places, or put together, and converted.

Must not know where the value goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tracehub.avro.emit import Body
from tracehub.normalise.conversions import CONVERSIONS, QUICK, Conversion
from tracehub.normalise.mapping_path import CATEGORY, LISTED, Path, Step, chosen, element, present
from tracehub.normalise.mapping_value import Enum, Text

_ROOTS: Final = {CATEGORY: "look.category", LISTED: "look.listed"}
_OF_TEXT: Final = {
    "text": "{0}",
    "strip": "{0}.strip()",
    "upper": "{0}.upper()",
    "lower": "{0}.lower()",
    "call": "{1}({0})",
}
"""What is done to a text, by the word of `QUICK`, where that is no more than this."""
_QUICK: Final = {CONVERSIONS[name]: quick for name, quick in QUICK.items()}
_STANDS_ON: Final[dict[str, Any]] = {
    "chosen": chosen,
    "element": element,
    "present": present,
    "text_of": CONVERSIONS["text"],
}


class Values:
    """Writes lines into a function's body.

    Attributes:
        names: the objects that the text names.
    """

    def __init__(self, body: Body) -> None:
        self.body = body
        self.names = dict(_STANDS_ON)

    def named(self, value: object) -> str:
        """The name of an object."""
        name = f"k{len(self.names)}"
        self.names[name] = value
        return name

    def convert(self, conversions: Sequence[Conversion], value: str) -> None:
        """Apply them one after another; while one may still fail, `value` stays as it was."""
        if len(conversions) == 1:
            self.body.put(f"{value} = {self._converted(conversions[0], value)}")
        elif conversions:
            first, *others = conversions
            name = self.body.name()
            self.body.put(f"{name} = {self._converted(first, value)}")
            for each in others:
                applied = self._converted(each, name)
                self.body.put(f"if {name} is not None:", f"    {name} = {applied}")
            self.body.put(f"{value} = {name}")

    def _converted(self, conversion: Conversion, value: str) -> str:
        applied = f"{self.named(conversion)}({value})"
        word, *more = _QUICK.get(conversion, ("",))
        if isinstance(conversion, Enum):
            of_text = f"{self.named(conversion.table.get)}({value}) or {applied}"
        elif word in _OF_TEXT:
            of_text = _OF_TEXT[word].format(value, *map(self.named, more))
        else:
            return applied
        return f"{of_text} if {value}.__class__ is str else {applied}"

    def text(self, text: Text, source: str, value: str) -> None:
        """A text from its fields; nothing when one of them is absent."""
        literals = [repr(str(each)) for each in text.parts]
        pieces = literals[:1]

        def rest(number: int) -> None:
            if number == len(text.paths):
                self.body.put(
                    f"{value} = {' + '.join(each for each in pieces if each != repr(''))}"
                )
                return
            field = self.body.name()
            self.path(text.paths[number], source, field)
            with self.body.under(f"if {field} is not None:"):
                self.convert(text.converts[number], field)
            self.body.put(
                f"if {field} is not None and {field}.__class__ is not str:",
                f"    {field} = text_of({field})",
            )
            pieces.extend((field, literals[number + 1]))
            with self.body.under(f"if {field} is not None:"):
                rest(number + 1)

        rest(0)

    def read(self, paths: Sequence[Path], source: str, value: str) -> None:
        """Read the first of several places that holds something."""
        self.path(paths[0], source, value)
        for path in paths[1:]:
            with self.body.under(f"if {value} is None:"):
                self.path(path, source, value)

    def path(self, path: Path, source: str, value: str) -> None:
        """Read a place: None when it is absent, null, or an empty text or list."""
        node, known = (source, True)
        if path.root:
            node, known = _ROOTS.get(path.root, "look.document"), False
        if not path.steps:
            self.body.put(f"{value} = {node}")
        for step in path.steps:
            self._step(step, node, value, known=known)
            node, known = value, False
        self.body.put(f"if not {value} and {value} is not None:", f"    {value} = present({value})")

    def _step(self, step: Step, node: str, value: str, *, known: bool) -> None:
        self.body.put(
            f"{value} = {node}.get({str(step.name)!r})"
            + ("" if known else f" if {node}.__class__ is dict else None")
        )
        if step.at >= 0:
            self.body.put(f"{value} = element({value}, {step.at})")
        elif step.field:
            self.body.put(f"{value} = chosen({value}, {str(step.field)!r}, {str(step.text)!r})")
