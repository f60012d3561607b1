"""Read a mapping's YAML file; every fault in one go, each with its line and column.

Must not know how rows are run (that is `mapping_row.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping as Table
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError

from tracehub.errors import ConfigError
from tracehub.normalise.mapping import Mapping
from tracehub.normalise.mapping_faults import Faults
from tracehub.normalise.mapping_form import Form, Label
from tracehub.normalise.mapping_names import canonical, plain
from tracehub.normalise.mapping_rows import RowReader, Side

_ID: Final = re.compile(r"[a-z0-9-]+/\d+")
_TABLES: Final = ("incoming", "outgoing", "both")
_KEYS: Final = dict.fromkeys(
    ("id", "source", "title", "syntax", "root", "records", "others", "enums", *_TABLES)
)
_SYNTAXES: Final = ("json", "xml")
_ROOT: Final = re.compile(r"[^\W\d][\w.-]*")


def load_mapping(text: str, origin: str) -> Mapping:
    """Read and check one mapping. `origin` names the file in messages.

    Raises:
        ConfigError: one line per fault: `origin:line:column what is wrong`.
    """
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{origin}:{mark.line + 1}:{mark.column + 1}" if mark else origin
        raise ConfigError(f"{where} not YAML: {error.problem}") from None
    faults = Faults(origin)
    if not isinstance(tree, CommentedMap):
        faults.note(None, None, "expected 'id', 'source' and 'incoming', 'outgoing' or 'both'")
        raise faults.error()
    mapping = _mapping(tree, hashlib.sha256(text.encode()).digest(), faults)
    if faults:
        raise faults.error()
    return mapping


def _mapping(tree: CommentedMap, digest: bytes, faults: Faults) -> Mapping:
    faults.check_keys(tree, _KEYS)
    name, source = faults.scalar(tree, "id"), faults.scalar(tree, "source")
    if not _ID.fullmatch(str(name)):
        faults.note(tree, "id", "'id' must be <name>/<version>, such as credit/1")
    if not source:
        faults.note(tree, "source", "'source' must say where the field names come from")
    if not tree.keys() & set(_TABLES):
        faults.note(tree, "id", "there is neither an 'incoming' nor an 'outgoing' table; write one")
    if "both" in tree and tree.keys() & {"incoming", "outgoing"}:
        faults.note(tree, "both", "'both' stands alone; leave 'incoming' and 'outgoing' out")
    reader = RowReader(faults, _enums(tree, faults))
    both = reader.rows(tree, "both", Side(None, plain(), incoming=True, both=True))
    return Mapping(
        Label(str(name), str(source), digest, str(faults.scalar(tree, "title") or "")),
        _form(tree, str(name).partition("/")[0], faults),
        incoming=reader.rows(tree, "incoming", Side(None, plain(), incoming=True)) or both,
        outgoing=reader.rows(tree, "outgoing", Side(canonical(), None, incoming=False)),
        both=bool(both),
    )


def _form(tree: CommentedMap, name: str, faults: Faults) -> Form:
    """How documents are written, and what is kept of them beside the rows."""
    syntax = tree.get("syntax", "json")
    syntaxes = tuple(syntax) if isinstance(syntax, list) else (syntax,)
    if not syntaxes or not set(syntaxes) <= set(_SYNTAXES):
        faults.note(tree, "syntax", "'syntax' is json, xml, or a list of both")
    root = faults.scalar(tree, "root") or ""
    if ("xml" in syntaxes) != bool(_ROOT.fullmatch(str(root))):
        faults.note(tree, "root", "'root' is the root element's name; xml needs it")
    others = faults.scalar(tree, "others") or "leave"
    if others not in {"keep", "leave"}:
        faults.note(tree, "others", "'others' is keep or leave")
    listed = tree.get("records", [])
    sources = listed if isinstance(listed, list) else [listed]
    records = tuple(faults.path(tree, "records", each) for each in sources)
    return Form(
        syntaxes,
        str(root),
        tuple(path for path in records if path is not None),
        f"urn:tracehub:{name}:" if others == "keep" else "",
    )


def _enums(tree: CommentedMap, faults: Faults) -> Table[str, Any]:
    """The tables of words by name; a bad one is left out."""
    enums = tree.get("enums", {})
    if not isinstance(enums, dict):
        faults.note(tree, "enums", "'enums' must hold tables by name")
        return {}
    good = {}
    for name, table in enums.items():
        if isinstance(table, CommentedMap) and table and _are_scalars(table):
            good[str(name)] = table
        else:
            faults.note(enums, name, f"enum '{name}' must be a table of foreign word: our word")
    return good


def _are_scalars(table: CommentedMap) -> bool:
    return not any(each is None or isinstance(each, dict | list) for each in table.values())
