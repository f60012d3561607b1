"""A look at a whole event: every byte is seen, little is made of it.

What a verdict may depend on is divided in two. Values that are an event's own (codes, times,
amounts, extensions) pass or fail by themselves, by the mark of their field. All else is joined in
the event's likeness: of two events with one likeness, whose own values pass, either both are
accepted or neither is. Must not know what a mark stands for: only where it may stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from tracehub.avro.shape import NULL, Parts, Shape, is_optional
from tracehub.model.event import Party, Product

Offsets: TypeAlias = tuple[int, int, int, int]
UNSEEN: Final[Offsets] = (0, 0, 0, 0)
"""Of an event whose body nobody has looked at."""


class Mark(NamedTuple):
    """How a field is looked at.

    Attributes:
        name: `same` (its bytes are part of the likeness), `any` and `some` (a text, or one that is
            not empty), `absent`, `true`, `occurred` (the time that the header repeats), `time`,
            `finite`, `amount` (a number that is not negative), `code`, `party` or `extensions`.
        detail: of a code its rank: the header repeats the first of the lowest rank; 2 may not be
            among 3. Of a party its side.
        inner: the marks of a party's own fields.
    """

    name: str
    detail: int = 0
    inner: Mapping[str, Any] | None = None


Marks: TypeAlias = Mark | Mapping[str, Any]
"""A mark, or those of a record's fields; a list is marked by its items, unless as a whole."""
Known: TypeAlias = tuple[bytes, bytes, int]
"""Of a code: the scheme as Avro writes it, the normal form or what of it stands before a number,
and how many digits that number has; 0 for any letters and digits."""


class Checks(NamedTuple):
    """Judges of single values; None, or False, says that a look can't pass the value.

    Attributes:
        stem: of what stands before a code's number.
        code: of a whole code.
        party: of side, type and code; the header's party as Avro writes it, empty for nobody.
        instant: of a time; milliseconds since the epoch.
        value: of an extension's value.
    """

    stem: Callable[[str], Known | None]
    code: Callable[[str], Known | None]
    party: Callable[[int, str | None, str | None], bytes | None]
    instant: Callable[[str], int | None]
    value: Callable[[str], bool]


class Sight(NamedTuple):
    """What looks are made from.

    Attributes:
        bodies: marks of each section's body; of their other fields nothing but presence counts.
        own: how the namespace of extensions begins that are part of the likeness.
        largest: bytes of the longest value that is looked at.
    """

    bodies: tuple[Marks, ...]
    own: bytes
    largest: int
    checks: Checks


class PlainChecks(NamedTuple):
    """Judges of single values of a plain event; None says that something would be said of one.

    Attributes:
        stem: of what stands before a code's number: its mark in the likeness, the product without
            the number, and how many digits the number has, as in `Known`.
        code: the same of a whole code.
        party: of side, type and text: mark, rank in the header, the header's party or None.
        place: a place's mark; None when places tell nothing.
        uri: whether a text is one.
        instant: of a time, milliseconds since the epoch.
    """

    stem: Callable[[str], tuple[bytes, Product, int] | None]
    code: Callable[[str], tuple[bytes, Product, int] | None]
    party: Callable[[int, str | None, str], tuple[bytes, int, Party | None] | None]
    place: Callable[[str], bytes] | None
    uri: Callable[[str], bool]
    instant: Callable[[str], int | None]


class PlainSight(NamedTuple):
    """What looks at plain events are made from.

    Attributes:
        marks: key -> mark, besides those of `Mark`: `id`, `uri`, `flag`, `words` (a list of texts
            that are part of the likeness), `codes` (a list), `place`, `record`, `records` (a list).
        own: how the keys of elements begin that are texts unless they have a mark.
    """

    marks: Mapping[str, Mark]
    own: str
    checks: PlainChecks


class Look(NamedTuple):
    """What a look finds in an event; it was not declared wrong, so it has no time of that.

    Attributes:
        key: the record key, as `Header.key`.
        likeness: by which a verdict may be remembered, in a form of the engine's own.
        parties: those of the header, for verdicts that depend on them.
        offsets: where the sections begin.
    """

    event_id: str
    key: bytes
    likeness: bytes
    parties: bytes
    offsets: Offsets


_WHOLE: Final = frozenset({"same", "absent", "extensions"})
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("some", "occurred", "time", "code"), frozenset({"string"})),
    "any": frozenset({"string", "boolean"}),
    "true": frozenset({"boolean"}),
    **dict.fromkeys(("finite", "amount"), frozenset({"double"})),
}
_TEXTS: Final = tuple((name, ("string",)) for name in ("namespace", "name", "value"))
_EXTENSION: Final = ("array", ("record", _TEXTS))
_TYPED: Final = ("type", "id")
_OWN: Final = Mark("any")


def sections_of(parts: Parts, sight: Sight) -> tuple[Shape, ...]:
    """The sections of a schema, marked, each a union of null and a record.

    Raises:
        LookupError, TypeError: a field has no mark, or one that does not fit it.
    """
    found = []
    for shape, body in zip(parts[1], sight.bodies, strict=True):
        marks = {name: body if name == "body" else _OWN for name, _ in shape[1]}
        found.append(("union", (NULL, marked(shape, marks))))
    return tuple(found)


def marked(shape: Shape, marks: Marks) -> Shape:
    """A shape with `("marked", (mark, detail), shape)` wherever a mark stands.

    Raises:
        LookupError, TypeError: a field has no mark, or one that does not fit it.
    """
    kind = shape[0]
    if not isinstance(marks, Mark):
        if kind == "record":
            return (kind, tuple((name, marked(each, marks[name])) for name, each in shape[1]))
        return _inside(shape, marks)
    mark = marks.name, marks.detail
    if marks.name in _WHOLE:
        if marks.name == "extensions" and shape != _EXTENSION:
            raise TypeError("extensions are a list of namespace, name and value")
        if marks.name == "absent" and kind != "array" and not is_optional(shape):
            raise TypeError(f"a {kind} can't be absent")
        return ("marked", mark, shape)
    if marks.name == "party":
        return _party(shape, marks)
    if kind in _KINDS[marks.name]:
        return ("marked", mark, shape)
    return _inside(shape, marks)


def is_uncounted(item: Shape) -> bool:
    """True when of a list of these nothing is part of the likeness, but whether it is empty."""
    return item[0] == "marked" and item[1][0] in {"code", "any"}


def _party(shape: Shape, marks: Mark) -> Shape:
    mark = marks.name, marks.detail
    if marks.inner is None and shape == ("union", (NULL, ("string",))):
        return ("marked", mark, shape)
    if marks.inner is not None and shape[0] == "record":
        if tuple(name for name, _ in shape[1][:2]) != _TYPED:
            raise TypeError("a party has a type and an id, and then the rest")
        return ("marked", mark, marked(shape, marks.inner))
    return _inside(shape, marks)


def _inside(shape: Shape, marks: Marks) -> Shape:
    """The same within a list, or an absent value."""
    if shape[0] == "array":
        return ("array", marked(shape[1], marks))
    if is_optional(shape):
        return ("union", (NULL, marked(shape[1][1], marks)))
    raise TypeError(f"a mark does not fit a {shape[0]}")
