"""Mapping: a declared table of fields, compiled once, run for every record.

It reads another system's JSON into plain events and writes canonical events as that system's JSON.
Must not know YAML (that is `mapping_load.py`), nor what the fields mean.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from collections.abc import Sequence
from typing import Any

from tracehub.errors import ConfigError, RejectError
from tracehub.model.event import SECTIONS, Event
from tracehub.normalise import rules_document
from tracehub.normalise import rules_mapping as rules
from tracehub.normalise.formats import json_text
from tracehub.normalise.formats.text import MAX_EVENTS
from tracehub.normalise.mapping_path import Lookup, Path, finder
from tracehub.normalise.mapping_row import Row, compile_rows
from tracehub.normalise.plain import Found, PlainEvent


class Mapping:
    """One connector type's field tables. `id` carries the version and is stamped on each reason.

    Attributes:
        id: `<name>/<version>`.
        source: where the field names come from.
        reads, writes: whether there is a table for that direction.
    """

    def __init__(
        self,
        mapping_id: str,
        source: str,
        *,
        records: Path | None = None,
        incoming: Sequence[Row] = (),
        outgoing: Sequence[Row] = (),
    ) -> None:
        self.id = mapping_id
        self.source = source
        self.reads = bool(incoming)
        self.writes = bool(outgoing)
        self._records = finder(records) if records else None
        self._records_at = _from_document(records) if records else ""
        self._incoming = compile_rows(incoming)
        self._outgoing = compile_rows(outgoing)
        read = rules.READ.at("$")
        read = read._replace(text=f"{read.text} ({mapping_id})")
        self._changes = (read._replace(text_zh=f"{read.text_zh}（{mapping_id}）"),)

    def read(self, value: bytes, category: str) -> Sequence[Found]:
        """Every record of a document as a plain event, with the faults of its fields.

        Raises:
            RejectError: `json/...`, `mapping/records`, `document/no-events`,
                `document/too-many-events`.
            ConfigError: the mapping has no table for reading.
        """
        if not self.reads:
            raise ConfigError(f"mapping {self.id} has no 'incoming' table; add one to read records")
        document = json_text.parse(value)
        records = self._list(document, category)
        if records is None:
            return (self._found(document, document, category, "$"),)
        if not records:
            raise rules_document.NO_EVENTS.reject()
        if len(records) > MAX_EVENTS:
            raise rules_document.TOO_MANY_EVENTS.reject()
        return tuple(
            self._found(record, document, category, f"{self._records_at}[{index}]")
            for index, record in enumerate(records)
        )

    def write(self, event: Event) -> dict[str, Any]:
        """The wire body of an event.

        Raises:
            RejectError: a required field is absent, or a value can't be converted.
            ConfigError: the mapping has no table for writing.
        """
        if not self.writes:
            raise ConfigError(f"mapping {self.id} has no 'outgoing' table; add one to write events")
        source = _readable(event)
        body: dict[str, Any] = {}
        look = Lookup(source, event.header.category, [])
        self._outgoing(source, body, look, "$")
        if look.faults:
            first = look.faults[0]
            raise RejectError(
                first.rule,
                f"mapping {self.id} can't write this event: {first.path}: {first.text}",
                reasons=tuple(look.faults),
            )
        return body

    def _list(self, document: Any, category: str) -> list[Any] | None:
        """The list of records; None when the document itself is the record."""
        if self._records is None:
            return None
        records = self._records(document, Lookup(document, category, []))
        if isinstance(records, list):
            return records
        raise rules.RECORDS.reject(f"{self._records_at} of {self.id}")

    def _found(self, record: Any, document: Any, category: str, where: str) -> Found:
        event: PlainEvent = {}
        look = Lookup(document, category, [])
        if isinstance(record, dict):
            self._incoming(record, event, look, where)
        else:
            look.faults.append(rules.SHAPE.at(where))
        return Found(where, event, self._changes, tuple(look.faults))


def _from_document(path: Path) -> str:
    return f"${path.source.removeprefix('$')}" if path.root else f"$.{path.source}"


def _readable(event: Event) -> dict[str, Any]:
    """An event as plain dicts, the form that paths walk through."""
    header = event.header._asdict()
    header["parties"] = [party._asdict() for party in event.header.parties]
    header["product"] = event.header.product._asdict()
    readable: dict[str, Any] = {"header": header}
    for name, section in zip(SECTIONS, event.sections, strict=True):
        readable[name] = _plain_dict(section)
    return readable


def _plain_dict(section: Table[str, Any] | None) -> dict[str, Any] | None:
    return dict(section) if section is not None else None
