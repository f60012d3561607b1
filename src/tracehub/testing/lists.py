"""A catalogue that asks for nothing: every category is in force in every region that is named."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from tracehub.catalogue.edition import Edition, compose
from tracehub.catalogue.entry import NATIONAL, ProductList
from tracehub.catalogue.load import load_list
from tracehub.model.event import CATEGORIES, LOCAL_CATEGORIES


def everywhere(regions: Iterable[str]) -> Edition:
    """The edition of bare lists for the nation and for the provinces of some regions."""
    provinces = sorted({each[:2].ljust(6, "0") for each in regions})
    return compose(
        [_bare(NATIONAL, CATEGORIES), *(_bare(each, LOCAL_CATEGORIES) for each in provinces)]
    )


@cache
def _bare(list_id: str, categories: tuple[str, ...]) -> ProductList:
    entries = "".join(
        f"  - {{category: {each}, title: {each}, source: test, obligation: encouraged}}\n"
        for each in categories
    )
    text = f'list: "{list_id}"\nversion: "0"\ntitle: test\nsource: test\nentries:\n{entries}'
    return load_list(text, f"{list_id}.yaml")
