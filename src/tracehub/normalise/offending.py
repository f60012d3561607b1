"""The value that a reason is about, as far as whoever reads the reason may see it.

What belongs to the personal or trade-secret section of the body is never shown, nor a natural
person wherever one stands. Must not know rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from tracehub.codes.recognise import PERSON as PERSON_PREFIX
from tracehub.errors import Reason
from tracehub.normalise.body_fields import Layout
from tracehub.normalise.plain import ADDRESSEE, CERTIFICATE, DECISION, KIND, TEST_RESULT, PlainEvent

HIDDEN: Final = "***"
_LONGEST: Final = 80
_STEP: Final = re.compile(r"\.(\{[^{}]*\}[^.\[\]]*|[^.\[\]{}]+)|\[(\d+)\]")
_SHOWN: Final = frozenset({TEST_RESULT, CERTIFICATE, DECISION, ADDRESSEE, KIND})
"""Our own elements that stand in sections which a regulator sees."""
_SECRET: Final = frozenset({"trade_secret", "personal"})


def is_secret(name: str, layout: Layout) -> bool:
    """Whether a field of the plain event belongs to a section that not every reader may see."""
    if not name.startswith("{") or name in _SHOWN:
        return False
    if name in layout.attributes:
        return layout.attributes[name][0] in _SECRET
    return True


def shown(value: Any) -> str:
    """A single value as text, cut to a length for reading; empty when compound or absent."""
    if value is None or isinstance(value, dict | list | tuple):
        return ""
    text = ("false", "true")[value] if isinstance(value, bool) else str(value)
    if text.startswith(PERSON_PREFIX):
        return HIDDEN
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def with_values(
    reasons: Iterable[Reason], event: PlainEvent, path: str, layout: Layout
) -> tuple[Reason, ...]:
    """The reasons, each with the value at its path in the event."""
    return tuple(
        each if each.value or not each.path.startswith(path) else _valued(each, event, path, layout)
        for each in reasons
    )


def _valued(reason: Reason, event: PlainEvent, path: str, layout: Layout) -> Reason:
    node: Any = event
    steps = _STEP.findall(reason.path.removeprefix(path))
    for name, index in steps:
        if name:
            node = node.get(name) if isinstance(node, dict) else None
        else:
            known = isinstance(node, list) and int(index) < len(node)
            node = node[int(index)] if known else None
    text = shown(node)
    hidden = bool(steps) and is_secret(steps[0][0], layout)
    return reason._replace(value=HIDDEN if text and hidden else text)
