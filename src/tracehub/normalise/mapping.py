"""Mapping: a declared table of fields, compiled once, run for every record.

It reads another system's JSON or XML into plain events and writes events as that system's records.
Must not know YAML (that is `mapping_load.py`), nor what the fields mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any, Final, TypeAlias

import orjson

from tracehub.avro.codec import Codec
from tracehub.avro.fast import Quick
from tracehub.errors import ConfigError, Reason, RejectError
from tracehub.model.event import SECTIONS, Event
from tracehub.normalise import rules_document
from tracehub.normalise import rules_mapping as rules
from tracehub.normalise.formats import json_text, xml_text, xml_tree
from tracehub.normalise.formats.text import MAX_EVENTS
from tracehub.normalise.mapping_back import Sheet, compile_back
from tracehub.normalise.mapping_emit import compile_rows
from tracehub.normalise.mapping_form import Form, Label
from tracehub.normalise.mapping_path import Get, Lookup, Path, finder
from tracehub.normalise.mapping_plan import plan_of
from tracehub.normalise.mapping_row import Row
from tracehub.normalise.plain import Found, PlainEvent
from tracehub.normalise.unbuild import plain_of

_Around: TypeAlias = tuple[Any, str, str, bool]
"""What stands around a record: document, category, listed and xml, as in `Lookup`."""
_NOWHERE: Final = Lookup(None, "", [])
"""For what looks at the document alone."""


class Mapping:
    """One system's field table.

    Attributes:
        id, digest: of its label.
        label: what it says about itself.
        form: how the system writes its documents.
        quick, faithful: an engine's, for its rows and for documents in JSON (`by()`).
        reads, writes: whether there is a table for that direction.
    """

    def __init__(
        self,
        label: Label,
        form: Form,
        *,
        incoming: Sequence[Row] = (),
        outgoing: Sequence[Row] = (),
        both: bool = False,
    ) -> None:
        self.id = label.id
        self.digest = label.digest
        self.label = label
        self.form = form
        self.reads = bool(incoming)
        self.writes = bool(outgoing) or both
        self._lists = [(str(path.source), *_from_document(path)) for path in form.records]
        self._named = _first_names(incoming)
        self._kept = f"{{{form.kept}}}" if form.kept else ""
        self._made = frozenset(row.to.steps[0].name for row in incoming if row.to.steps)
        self._rows = plan_of(incoming)
        self.quick: Quick | None = None
        self.faithful: json_text.Faithful | None = None
        self._incoming = compile_rows(incoming)
        self._outgoing = compile_rows(outgoing)
        self._back = compile_back(incoming) if both else None
        read = rules.READ.at("$")
        read = read._replace(text=f"{read.text} ({label.id})")
        self._changes = (read._replace(text_zh=f"{read.text_zh}（{label.id}）"),)

    def by(self, codec: Codec) -> Mapping:
        """The same, its documents read by the codec's engine wherever that does not give up."""
        other = copy(self)
        given = self._rows, self._kept, self._named, Found, self._changes
        other.quick = codec.filling(*given) if codec.filling else None
        other.faithful = codec.faithful
        return other

    def read(self, value: bytes, category: str) -> Sequence[Found]:
        """Every record of a document as a plain event, with the faults of its fields.

        Raises:
            RejectError: `json/...`, `xml/...`, `mapping/root`, `mapping/records`,
                `document/no-events`, `document/too-many-events`.
            ConfigError: the mapping has no table for reading.
        """
        if not self.reads:
            raise ConfigError(f"mapping {self.id} has no 'incoming' table; add one to read records")
        xml = "xml" in self.form.syntaxes and value.lstrip()[:1] == b"<"
        document = self._tree(value) if xml else json_text.parse(value, self.faithful)
        if not self._lists:
            return self._found([document], (document, category, "", xml), None)
        found: list[Found] = []
        missing = True
        for listed, find, where in self._lists:
            records = _as_list(find(document, _NOWHERE), xml=xml)
            if records is not None:
                missing = False
                found += self._found(records, (document, category, listed, xml), where)
        if missing:
            places = ", ".join(where for _, _, where in self._lists)
            raise rules.RECORDS.reject(f"{places} of {self.id}")
        if not found:
            raise rules_document.NO_EVENTS.reject()
        if len(found) > MAX_EVENTS:
            raise rules_document.TOO_MANY_EVENTS.reject()
        return found

    def write(self, event: Event) -> dict[str, Any]:
        """The record that says what an event says, without what stands around it.

        Raises:
            RejectError: a required field is absent, a value can't be converted, or the table is
                for another sort of event.
            ConfigError: the mapping has no table for writing.
        """
        if self._back is None:
            return self._written(event)
        document: dict[str, Any] = {}
        return self._written_back(event, document)[1]

    def documents(self, events: Sequence[Event]) -> list[dict[str, Any]]:
        """Whole documents: what stands around records is written once where it is the same.

        Raises:
            RejectError, ConfigError: as `write()`.
        """
        made: list[dict[str, Any]] = []
        heads: list[dict[str, Any]] = []
        for event in events:
            head: dict[str, Any] = {}
            if self._back is None:
                listed, record = "", self._written(event)
            else:
                listed, record = self._written_back(event, head)
            if not self._lists:
                made.append(record)
                continue
            if not heads or heads[-1] != head:
                heads.append(head)
                made.append({**head})
            _put_record(made[-1], listed or self._lists[0][0], record)
        return made

    def bytes_of(self, document: dict[str, Any], syntax: str = "") -> bytes:
        """A document in one of the system's syntaxes; in its first when none is given.

        Raises:
            ConfigError: the system does not write this syntax.
            RejectError: `mapping/not-xml`.
        """
        chosen = syntax or self.form.syntaxes[0]
        if chosen not in self.form.syntaxes:
            raise ConfigError(
                f"mapping {self.id} has no {chosen}; its syntax is {self.form.syntaxes[0]}"
            )
        if chosen == "json":
            return orjson.dumps(document)
        try:
            return xml_tree.document(self.form.root, document)
        except ValueError as error:
            raise rules.NOT_XML.reject(str(error)) from None

    def _tree(self, value: bytes) -> Any:
        root = xml_text.parse(value.lstrip())
        if xml_text.local(root.tag)[1] != self.form.root:
            raise rules.ROOT.reject(self.form.root)
        return xml_tree.tree(root)

    def _found(self, records: list[Any], around: _Around, where: str | None) -> list[Found]:
        """Every record of a list; the document itself has no path of its own."""
        document, category, listed, xml = around
        quick: list[Any] = [None] * len(records)
        if self.quick is not None and not xml:
            quick = self.quick(records, document, category, listed, where)
            if None not in quick:
                return quick
        return [
            found or self._one(record, around, "$" if where is None else f"{where}[{index}]")
            for index, (record, found) in enumerate(zip(records, quick, strict=True))
        ]

    def _one(self, record: Any, around: _Around, where: str) -> Found:
        document, category, listed, xml = around
        event: PlainEvent = {}
        faults: list[Reason] = []
        if record.__class__ is dict:
            look = Lookup(document, category, faults, listed, xml)
            self._incoming(record, event, look, where)
            if self._kept and not record.keys() <= self._named:
                self._keep(record, event, faults, where)
        else:
            faults.append(rules.SHAPE.at(where))
        return Found(where, event, self._changes, tuple(faults))

    def _keep(
        self, record: dict[str, Any], event: PlainEvent, faults: list[Reason], where: str
    ) -> None:
        """Keep the fields that no row names, as extensions."""
        for name, value in record.items():
            if name in self._named:
                continue
            if "{" in name or "}" in name:
                faults.append(rules.NAME.at(f"{where}.{name}"))
            else:
                event[self._kept + name] = value

    def _written(self, event: Event) -> dict[str, Any]:
        if not self.writes:
            raise ConfigError(f"mapping {self.id} has no 'outgoing' table; add one to write events")
        body: dict[str, Any] = {}
        source = _readable(event)
        look = Lookup(source, event.header.category, [])
        self._outgoing(source, body, look, "$")
        self._raise(look.faults)
        return body

    def _written_back(self, event: Event, document: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The list that a record belongs to, and the record; `document` is filled around it."""
        plain = plain_of(event)
        record: dict[str, Any] = {}
        sheet = Sheet(document)
        if self._back is not None:
            self._back(plain, record, sheet, "$")
        if self._kept:
            for name, value in plain.items():
                if name not in self._made and name.startswith(self._kept):
                    record[name.removeprefix(self._kept)] = value
        self._raise(sheet.faults)
        if not self._lists:
            record = {**document, **record}
        return sheet.listed, record

    def _raise(self, faults: Sequence[Reason]) -> None:
        if faults:
            first = faults[0]
            raise RejectError(
                first.rule,
                f"mapping {self.id} can't write this event: {first.path}: {first.text}",
                reasons=tuple(faults),
            )


def _first_names(rows: Sequence[Row]) -> frozenset[str]:
    """The names of a record's own fields that rows read."""
    names: set[str] = set()
    for row in rows:
        if row.back is None:
            continue
        names |= {path.steps[0].name for path in row.read if path.steps and not path.root}
        if row.unit is not None:
            names.add(row.unit.steps[0].name)
        if row.rows and not row.paths:
            names |= _first_names(row.rows)
    return frozenset(names)


def _put_record(document: dict[str, Any], listed: str, record: dict[str, Any]) -> None:
    *above, last = listed.removeprefix("$.").split(".")
    for name in above:
        document = document.setdefault(name, {})
    document.setdefault(last, []).append(record)


def _from_document(path: Path) -> tuple[Get, str]:
    """What finds a list in the document, and the list's path."""
    if path.root:
        return finder(path._replace(root="")), f"${path.source.removeprefix('$')}"
    return finder(path), f"$.{path.source}"


def _as_list(records: Any, *, xml: bool) -> list[Any] | None:
    """What stands in place of a list; None when nothing does."""
    if xml and records is not None and not isinstance(records, list):
        # An empty element is no record, and one element is a list of one.
        return [records] if records else []
    return records if isinstance(records, list) else None


def _readable(event: Event) -> dict[str, Any]:
    """An event as plain dicts, the form that paths walk through."""
    header = event.header._asdict()
    header["parties"] = [party._asdict() for party in event.header.parties]
    header["product"] = event.header.product._asdict()
    readable: dict[str, Any] = {"header": header}
    for name, section in zip(SECTIONS, event.sections, strict=True):
        readable[name] = dict(section) if section is not None else None
    return readable
