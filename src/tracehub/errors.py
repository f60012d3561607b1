"""The whole error hierarchy. Each class says what happens next, not what went wrong.

    TracehubError
    ├── ConfigError    the operator must change something; the process refuses to start or stops
    ├── RejectError    the same input will always fail; it becomes a dead letter
    ├── RetryError     the same input may work later; it is tried again
    └── FencedError    this work belongs to an older assignment; another member has it now

Any other exception is a bug: it ends the process; the log is read again from the last commit.
"""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """One cause of a verdict: which rule spoke, where in the document, and in words.

    `rule` is a stable id `<source>/<fault>`; `path` is a path into the document as received
    (`$.epcisBody.eventList[0].action`), or `$` for the document itself. `value` is what stands
    there, `***` when not every reader of the reason may see it, empty when it is no single value.
    """

    rule: str
    path: str
    text: str
    text_zh: str = ""
    value: str = ""


class TracehubError(Exception):
    """Anything this package raises on purpose."""


class ConfigError(TracehubError):
    """What the operator wrote, or what the platform offers, can't work.

    The message says what, where (`file:line:column`) and what to do.
    """


class RejectError(TracehubError):
    """Always raised again for the same input.

    Args:
        code: stable id of the first cause; listed in `docs/rules.md`.
        text: what is wrong and what to do, without any of the record's content that is private.
        reasons: every cause found, the first of which is `code`.
        item: index of the event inside its document; None when the whole record is refused.
    """

    def __init__(
        self,
        code: str,
        text: str,
        *,
        reasons: tuple[Reason, ...] = (),
        item: int | None = None,
    ) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.reasons = reasons or (Reason(code, "$", text),)
        self.item = item


class RetryError(TracehubError):
    """May succeed later, after at least `after_s` seconds."""

    def __init__(self, text: str, *, after_s: float = 0.0) -> None:
        super().__init__(text)
        self.text = text
        self.after_s = after_s


class FencedError(TracehubError):
    """The partition has moved to another member since this batch was read."""
