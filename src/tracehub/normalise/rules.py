"""Rule: one thing that a verdict may name, in both languages, with the text it comes from.

The tables stand in `rules_*.py`; `rule_book.py` gathers them. A rule's id is stable and is never
given to another meaning. Must not know how a rule is decided.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tracehub.errors import Reason, RejectError

FAULT: Final = "fault"
CHANGE: Final = "change"
NOTE: Final = "note"
"""What a rule does to the verdict: quarantine, accept-normalised, nothing but being named."""


class Rule(NamedTuple):
    """One rule.

    Attributes:
        id: `<source>/<fault>` in kebab-case.
        severity: `FAULT`, `CHANGE` or `NOTE`.
        en, zh: what is wrong and what to do; never holds content of the record.
        source: standard and section, or `design choice`.
    """

    id: str
    severity: str
    en: str
    zh: str
    source: str

    def at(self, path: str, detail: str = "", value: str = "") -> Reason:
        """The reason that names this rule at a place of the document.

        `detail` follows the words in both languages; it never holds content of the record. `value`
        is what stands there, as far as every reader of the reason may see it.
        """
        if detail:
            zh = f"{self.zh}（{detail}）"
            return Reason(self.id, path, f"{self.en} ({detail})", zh, value)
        return Reason(self.id, path, self.en, self.zh, value)

    def reject(self, detail: str = "") -> RejectError:
        """The error that refuses a whole record by this rule."""
        text = f"{self.en} ({detail})" if detail else self.en
        return RejectError(self.id, text, reasons=(Reason(self.id, "$", text, self.zh),))
