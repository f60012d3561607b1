"""Lists for tests: a national one and local ones, made from a few lines."""

from __future__ import annotations

from tracehub.catalogue.entry import ProductList
from tracehub.catalogue.load import load_list

NATIONAL = """\
list: national
version: "1"
title: t
source: s
entries:
  - category: food
    title: t
    obligation: key
    source: s
    event_types: {only: [ObjectEvent, AggregationEvent], level: note, source: design choice}
    identifiers:
      - {name: batch, at: [shipping], level: refuse, source: a standard}
    sensitive:
      - {field: price, section: trade_secret, source: s}
  - category: local-specialty
    title: t
    obligation: encouraged
    source: s
"""


def national(text: str = NATIONAL) -> ProductList:
    """The national list of the tests."""
    return load_list(text, "national.yaml")


def local(entry: str, region: str = "330000", version: str = "1") -> ProductList:
    """A local list of one entry, whose first key begins at line 6, column 5."""
    head = f'list: "{region}"\nversion: "{version}"\ntitle: t\nsource: s\nentries:\n'
    lines = [f"    {line}" for line in f"title: t\nsource: s\n{entry}".splitlines()]
    body = "\n".join(lines).replace("    ", "  - ", 1)
    return load_list(f"{head}{body}\n", f"{region}.yaml")
