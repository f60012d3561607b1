"""Assess: all that can be said about one text as a code of one scheme on one day.

Pure; the tables are handed in. Must not know who asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from tracehub.codes import customs, region
from tracehub.codes.code import Code, Misfit
from tracehub.codes.region import RegionTable, Successor
from tracehub.codes.schemes import SCHEMES
from tracehub.codes.tables import CodeTables, Home

_REGION: Final = "region"
"""The part of a code that says a region."""


class Remark(NamedTuple):
    """One thing that is wrong with a code, or worth knowing."""

    rule: str
    text: str
    text_zh: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is known of a text.

    Attributes:
        scheme, source: what was asked.
        verdict: `valid`, `invalid`, `unverified`, or `misfit` when it is no code of the scheme.
        normal, uri: as of a `Code`; empty for a misfit.
        parts: the code taken apart, by name.
        home: the platform that knows it, when a table says so.
        urn: the EPC URN, when it was given or a table says where the company prefix ends.
        remarks: what is wrong or worth knowing.
    """

    scheme: str
    source: str
    verdict: str
    normal: str = ""
    uri: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    home: Home | None = None
    urn: str | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def good(self) -> bool:
        """False when the text is no such code, or its check fails, or it has no place to go."""
        return self.verdict in {"valid", "unverified"}


def assess(
    scheme: str, text: str, on: date, regions: RegionTable, tables: CodeTables
) -> Assessment:
    """Read a text as a code of a scheme.

    Args:
        scheme: one of `SCHEMES`.
        text: as received.
        on: the day that validity is asked for.
        regions: the region codes.
        tables: what the operator declares.
    """
    known = SCHEMES[scheme]
    layout = tables.layouts.get(scheme)
    code = layout.parse(text) if layout else known.parse(text)
    if isinstance(code, Misfit):
        remark = Remark(code.rule, code.text, code.text_zh)
        return Assessment(scheme, text, "misfit", remarks=(remark,))
    parts = layout.split(code.normal) if layout else known.parts(code)
    remarks = [*_check_remarks(code), *_dated_remarks(code, parts, on, regions)]
    lost = any(each.rule == _PROVINCE for each in remarks)
    return Assessment(
        scheme,
        text,
        "invalid" if lost else code.check,
        code.normal,
        code.uri,
        parts,
        tables.home(code, on.isoformat()),
        tables.urn(code),
        tuple(remarks),
    )


def _check_remarks(code: Code) -> list[Remark]:
    if code.check != "invalid":
        return []
    text = "the check character is wrong; correct the code"
    return [Remark(f"{code.scheme}/check", text, "校验位错误；请改正")]


def _dated_remarks(
    code: Code, parts: Mapping[str, str], on: date, regions: RegionTable
) -> list[Remark]:
    if code.scheme == region.SCHEME:
        return _region_remarks(code.normal, on, regions)
    inside = parts.get(_REGION, "")
    if inside and not regions.ever(inside):
        text, text_zh = f"{inside} is in no list of regions", f"{inside} 不在任何版本的区划代码中"
        return [Remark(f"{code.scheme}/region-unknown", text, text_zh)]
    if code.scheme == customs.HS13.scheme and on < customs.HS13_FROM:
        text = f"before {customs.HS13_FROM} the layout was another, which is not established"
        text_zh = f"{customs.HS13_FROM} 之前的结构不同，尚未确认"
        return [Remark("hs13/earlier-layout", text, text_zh)]
    return []


def _region_remarks(code: str, on: date, regions: RegionTable) -> list[Remark]:
    month = f"{on:%Y-%m}"
    found = regions.at(code, month)
    if found.status == "in-force":
        return []
    if not found.routed_by:
        text, text_zh = f"{code} begins with no province", f"{code} 的省级部分不存在"
        return [Remark(_PROVINCE, text, text_zh)]
    above = f"{found.routed_by} {regions.at(found.routed_by, month).name}"
    words, words_zh = _STATUS[found.status]
    named = f"{code} {found.name}".strip()
    text, text_zh = f"{named} {words}; routed by {above}", f"{named}{words_zh}；按 {above}路由"
    return [
        Remark(f"gb2260/{found.status}", text, text_zh),
        *(_successor(each, regions.at(each.successor, month).name) for each in found.successors),
    ]


def _successor(found: Successor, name: str) -> Remark:
    new = f"{found.successor} {name}".strip()
    text = f"since {found.since} its territory belongs to {new} ({found.source})"
    text_zh = f"自 {found.since} 起划入 {new}（{found.source}）"
    return Remark("gb2260/successor", text, text_zh)


_PROVINCE: Final = "gb2260/province-unknown"
_STATUS: Final = {
    "abolished": ("was abolished", "已撤销"),
    "not-yet": ("did not exist yet", "尚未设立"),
    "unknown": ("is in no list", "不在任何版本中"),
}
