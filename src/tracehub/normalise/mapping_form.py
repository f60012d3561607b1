"""What a mapping says beside its rows: how its documents are written, and where it comes from.

Must not know rows.
"""

from __future__ import annotations

from typing import NamedTuple

from tracehub.normalise.mapping_path import Path


class Form(NamedTuple):
    """How a system writes its documents.

    Attributes:
        syntaxes: `json`, `xml`, or both; the first is written when nobody asks for another.
        root: the root element in XML.
        records: the lists of records in a document; none when the document itself is the record.
        kept: the namespace under which fields stay that no row names; empty when they do not.
    """

    syntaxes: tuple[str, ...] = ("json",)
    root: str = ""
    records: tuple[Path, ...] = ()
    kept: str = ""


class Label(NamedTuple):
    """What a field table says about itself.

    Attributes:
        id: `<name>/<version>`; stamped on each reason.
        source: where the field names come from.
        digest: SHA-256 of the table's text.
        title: what it is for, in Chinese and English.
    """

    id: str
    source: str
    digest: bytes
    title: str = ""
