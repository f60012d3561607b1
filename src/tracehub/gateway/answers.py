"""Answers: what the gateway's JSON looks like, in the words of its OpenAPI document.

Must not know how anything came about.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tracehub.errors import Reason
from tracehub.gateway.office import Kept
from tracehub.gateway.problem import INVALID
from tracehub.normalise.rule_book import faults
from tracehub.normalise.verdict import QUARANTINE, Quarantined


class Answer(BaseModel):
    """Nothing but what is declared."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """RFC 9457, with the title in Chinese too; some types have further members."""

    type: str
    title: str
    title_zh: str
    status: int
    detail: str


class Ground(Answer):
    """One reason of a verdict."""

    rule: str = Field(description="Stable id; docs/rules.md explains it.")
    path: str
    text: str
    text_zh: str


class Fate(Answer):
    """What the rules say of one event."""

    event_id: str
    verdict: Literal["accept", "accept-normalised", "quarantine"]
    reasons: list[Ground]


class Refusal(Answer):
    """One refused event, as EPCIS 2.0 lists the errors of a capture job."""

    type: str
    title: str
    status: int
    detail: str


class Job(Answer):
    """A capture job as in EPCIS 2.0 section 12.8.1; the verdict is final as soon as it exists."""

    captureID: str  # noqa: N815 - EPCIS's name
    createdAt: str  # noqa: N815 - the same
    finishedAt: str  # noqa: N815 - the same
    running: bool
    success: bool
    captureErrorBehaviour: Literal["rollback", "proceed"]  # noqa: N815 - the same
    errors: list[Refusal]


class Receipt(Answer):
    """What the hub has of a document: where it lies, since when, and what the rules say."""

    id: str
    principal: str
    connection: str
    category: str
    position: str = Field(description="Raw topic, partition and offset.")
    sha256: str = Field(description="Of the bytes as published.")
    received_at: str
    events: list[Fate]
    signature: str = Field(
        "", description="JWS (RFC 7515, Ed25519) over all members but `events` and this one."
    )


class Captured(Answer):
    """An event in the log."""

    id: str
    event_id: str


def job_of(kept: Kept) -> Job:
    """The capture job of a document."""
    at = instant(kept.received.appended_at)
    return Job(
        captureID=kept.ticket.id,
        createdAt=at,
        finishedAt=at,
        running=False,
        success=not refusals(kept),
        captureErrorBehaviour="rollback" if kept.behaviour == "rollback" else "proceed",
        errors=refusals(kept),
    )


def receipt_of(kept: Kept, principal: str, connection: str) -> Receipt:
    """The receipt of a document, unsigned."""
    return Receipt(
        id=kept.ticket.id,
        principal=principal,
        connection=connection,
        category=kept.ticket.category,
        position=str(kept.received.position),
        sha256=kept.digest.hex(),
        received_at=instant(kept.received.appended_at),
        events=[_fate(each) for each in kept.events],
        signature="",
    )


def refusals(kept: Kept) -> list[Refusal]:
    """Every refusal in a document."""
    if kept.error is not None:
        return [_refusal(faults(kept.error.reasons))]
    return refused(each for each in kept.events if isinstance(each, Quarantined))


def refused(events: Any) -> list[Refusal]:
    """The refusals of quarantined events."""
    return [_refusal(faults(each.error.reasons)) for each in events]


def grounds(reasons: Sequence[Reason]) -> list[Ground]:
    """Reasons as JSON."""
    return [
        Ground(rule=each.rule, path=each.path, text=each.text, text_zh=each.text_zh)
        for each in reasons
    ]


def instant(ms: int) -> str:
    """Milliseconds since the epoch as RFC 3339, UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")


def _fate(event: Any) -> Fate:
    if isinstance(event, Quarantined):
        return Fate(
            event_id=event.event_id, verdict=QUARANTINE, reasons=grounds(event.error.reasons)
        )
    return Fate(
        event_id=event.event.header.event_id,
        verdict=event.verdict,
        reasons=grounds(event.reasons),
    )


def _refusal(reasons: Sequence[Reason]) -> Refusal:
    first = reasons[0]
    return Refusal(
        type=INVALID.type,
        title=first.rule,
        status=INVALID.status,
        detail="; ".join(f"{each.path}: {each.text} {each.text_zh}".strip() for each in reasons),
    )
