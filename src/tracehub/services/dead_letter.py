"""Dead letters: how a refused record or delivery is written down, and how it is read again.

A dead letter holds the original bytes, headers and position with every reason, and an id made from
them, so that the same fault never makes a second one. Must not know where they are shown.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tracehub.avro.catalogue import Catalogue
from tracehub.avro.codec import read_record, write_record
from tracehub.bus import topics
from tracehub.errors import Reason, RejectError
from tracehub.model.facts import HEADER_NAME, unpack
from tracehub.model.record import Headers, Position, Received, Record, header_value

SUBJECT: Final = "dead-letter-value"
MAX_VALUE: Final = 256 * 1024
"""A longer value is left where it lies; the dead letter names its position and digest."""
_MAX_TEXT: Final = 1024
_WHOLE_RECORD: Final = -1
REPLAY_HEADER: Final = "replay-of"
"""Names the dead letter that a record was put back from; such a record is out of sequence."""
_AGAIN: Final = re.compile(rb"[0-9a-f]{32} (\d{1,9}) (\d{1,15})")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One refused record, event or delivery, as an operator sees it.

    `value` is None when it was too long to be carried along; `item` is None for a whole record.
    """

    id: str
    position: Position
    item: int | None
    connection: str
    stage: str
    code: str
    text: str
    reasons: tuple[Reason, ...]
    attempts: int
    first_at: int
    last_at: int
    event_id: str
    key: bytes
    value: bytes | None
    value_sha256: bytes
    value_size: int
    headers: Headers

    @property
    def again(self) -> bytes:
        """The value of `replay-of` for what is put back: id, attempts so far, first failure."""
        return f"{self.id} {self.attempts} {self.first_at}".encode()


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the dead letters of one stage."""

    catalogue: Catalogue
    stage: str
    rules_version: bytes

    def record(  # noqa: PLR0913 - the facts of one failure
        self,
        received: Received,
        error: RejectError,
        *,
        connection: str,
        attempts: int = 1,
        first_at: int | None = None,
        last_at: int | None = None,
    ) -> Record:
        """The record for `dead-letter.<connection>`, in the partition of what it refuses.

        Without times the record's own append time is used, so that a repeat is byte-identical.
        What was put back before goes on counting where its last dead letter ended.
        """
        tried, since = _earlier(received.headers)
        first = since or (received.appended_at if first_at is None else first_at)
        item = _WHOLE_RECORD if error.item is None else error.item
        fields = {
            "id": letter_id(received, item, connection, self.stage),
            "topic": received.topic,
            "partition": received.partition,
            "offset": received.offset,
            "item": item,
            "connection": connection,
            "stage": self.stage,
            "code": error.code,
            "text": error.text[:_MAX_TEXT],
            "reasons": [reason._asdict() for reason in error.reasons],
            "attempts": tried + attempts,
            "first_at": first,
            "last_at": received.appended_at if last_at is None else last_at,
            "rules_version": self.rules_version,
            "event_id": "",
            **_original(received),
        }
        value = write_record(fields, self.catalogue.newest(SUBJECT))
        topic = topics.dead_letter(connection)
        return Record(topic, received.key, value, partition=received.partition)


def _original(received: Received) -> Mapping[str, Any]:
    """A record as it was, before anybody put it back."""
    headers = [each for each in received.headers if each[0] != REPLAY_HEADER]
    return {
        "key": received.key,
        "value": received.value if len(received.value) <= MAX_VALUE else None,
        "value_sha256": hashlib.sha256(received.value).digest(),
        "value_size": len(received.value),
        "headers": [{"name": name, "value": value} for name, value in headers],
    }


def _earlier(headers: Headers) -> tuple[int, int]:
    """Attempts before a record was put back, and their first failure; a publisher may write it."""
    found = _AGAIN.fullmatch(header_value(headers, REPLAY_HEADER) or b"")
    return (int(found[1]), int(found[2])) if found else (0, 0)


def letter_id(received: Received, item: int, connection: str, stage: str) -> str:
    """32 hex digits from raw position, item, connection and stage.

    A delivery is named by the raw record that it comes from, so a repeated output has one id.
    """
    packed = header_value(received.headers, HEADER_NAME)
    position = received.position
    if stage == "deliver" and packed is not None:
        facts = unpack(packed)
        position, item = facts.position, facts.item
    text = f"{position}\0{item}\0{connection}\0{stage}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def read(value: bytes, catalogue: Catalogue) -> DeadLetter:
    """Read one record of a dead-letter topic.

    Raises:
        RejectError: the bytes are no dead letter.
    """
    fields: Mapping[str, Any] = read_record(value, catalogue)
    return DeadLetter(
        id=fields["id"],
        position=Position(fields["topic"], fields["partition"], fields["offset"]),
        item=None if fields["item"] == _WHOLE_RECORD else fields["item"],
        connection=fields["connection"],
        stage=fields["stage"],
        code=fields["code"],
        text=fields["text"],
        reasons=tuple(Reason(**reason) for reason in fields["reasons"]),
        attempts=fields["attempts"],
        first_at=fields["first_at"],
        last_at=fields["last_at"],
        event_id=fields["event_id"],
        key=fields["key"],
        value=fields["value"],
        value_sha256=fields["value_sha256"],
        value_size=fields["value_size"],
        headers=tuple((each["name"], each["value"]) for each in fields["headers"]),
    )
