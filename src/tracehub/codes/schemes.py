"""Every scheme of codes that the hub knows: what it is, how sure we are, and how it is read.

How sure: `measured` (run and compared with another implementation), `standard` (the text or its
artefacts were read), `secondary` (known through other texts; verify before quoting), `ours` (a
choice of this project). Must not know who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from tracehub.codes import customs, drug, licence, opaque, organic, region, uscc
from tracehub.codes.code import Code, Layout, Parse
from tracehub.codes.gs1_keys import KEYS

Certainty = Literal["measured", "standard", "secondary", "ours"]
Parts = Callable[[Code], Mapping[str, str]]

UNPUBLISHED: Final = "not published in any text that was read: unverified"
NONE: Final = "none is stated: unverified"
_GS1: Final = "GS1 General Specifications"
_MOD10: Final = "last digit: weights 3, 1 from the right, modulo 10"


class Basis(NamedTuple):
    """What a scheme rests on.

    Attributes:
        standard, section: where it is defined.
        certainty: how sure we are of the layout.
        source: where that was read.
    """

    standard: str
    section: str
    certainty: Certainty
    source: str


def _whole(_code: Code) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Scheme:
    """One scheme.

    Attributes:
        id: its name, which a `Code` carries.
        en, zh: what it names.
        basis: what it rests on.
        layout: the normal form in words.
        check: how a code is checked, or why it can't be.
        parse: reads a text; pure.
        parts: takes a code of it apart.
    """

    id: str
    en: str
    zh: str
    basis: Basis
    layout: str
    check: str
    parse: Parse
    parts: Parts = _whole

    @property
    def checked(self) -> bool:
        """True when a code of it is valid or invalid, never unverified."""
        return self.check not in {UNPUBLISHED, NONE}

    @property
    def cut(self) -> bool:
        """True when its codes have one length, by which a bare text can be recognised."""
        key = KEYS.get(self.id)
        return self.parts is not _whole if key is None else key.is_digits


def _gs1(scheme: str, en: str, zh: str, check: str = _MOD10) -> Scheme:
    key = KEYS[scheme]
    standard = "GB 12904; " + _GS1 if key.identifiers == ("01",) else _GS1
    section = f"3, identifiers {', '.join(key.identifiers)}; 7.9"
    basis = Basis(standard, section, "measured", "check compared with another implementation")
    return Scheme(scheme, en, zh, basis, key.words, check, key.parse)


def _cut(layout: Layout, en: str, zh: str, basis: Basis, check: str) -> Scheme:
    def parts(code: Code) -> Mapping[str, str]:
        return layout.split(code.normal)

    return Scheme(layout.scheme, en, zh, basis, layout.form, check, layout.parse, parts)


def _kept(kept: opaque.Opaque, en: str, zh: str, basis: Basis) -> Scheme:
    return Scheme(kept.scheme, en, zh, basis, kept.form, NONE, kept.parse)


def _read_about(standard: str) -> Basis:
    return Basis(standard, "", "secondary", "pages about it; the text was not read")


def _not_read(standard: str, why: str) -> Basis:
    return Basis(standard, "", "ours", why)


_CONFIGURED: Final = "kept whole unless a layout is configured"

_SCHEMES: Final = (
    Scheme(
        "uscc",
        "organisation (unified social credit code)",
        "统一社会信用代码",
        Basis("GB 32100-2015", "4", "measured", "check compared with another implementation"),
        "18 of 0-9 and A-Z without I, O, S, V, Z",
        "last character: weights 3^(i-1), modulo 31",
        uscc.read,
        uscc.parts,
    ),
    _cut(
        region.LAYOUT,
        "administrative region",
        "行政区划代码",
        Basis("GB/T 2260", "", "secondary", "the ministry's lists: codes/data/README.md"),
        NONE,
    ),
    _gs1("gtin", "trade item", "贸易项目（商品条码）"),
    _gs1("sgtin", "one item, by its serial number", "单品（带序列号）"),
    _gs1("lgtin", "batch of a trade item", "贸易项目批次"),
    _gs1("upui", "unique pack of a trade item", "唯一包装"),
    _gs1("sscc", "logistic unit", "系列货运包装箱代码"),
    _gs1("gln", "location or party", "位置码"),
    _gs1("grai", "returnable asset", "可回收资产代码"),
    _gs1("giai", "individual asset", "单个资产代码", NONE),
    _gs1("gsrn", "receiver of a service", "服务关系代码（接受方）"),
    _gs1("gsrnp", "provider of a service", "服务关系代码（提供方）"),
    _gs1("gdti", "document", "单证代码"),
    _gs1("sgcn", "coupon", "优惠券代码"),
    _gs1("ginc", "consignment", "托运代码", NONE),
    _gs1("gsin", "shipment", "装运代码"),
    _gs1("itip", "piece of a trade item", "贸易项目单件"),
    _gs1("cpi", "component or part", "零部件代码", NONE),
    _gs1("gmn", "model", "全球型号代码", "last two characters: primes as weights, modulo 1021"),
    _cut(
        drug.TRACE,
        "drug trace code; its first 7 digits are the drug identification code",
        "药品追溯码，前 7 位为药品标识码",
        _read_about("NMPAB/T 1002-2019"),
        UNPUBLISHED,
    ),
    _cut(
        drug.BASE,
        "national drug base code",
        "国家药品编码本位码",
        _read_about("national drug coding (国家药品编码)"),
        UNPUBLISHED,
    ),
    _cut(
        licence.SC,
        "food production licence",
        "食品生产许可证编号",
        _read_about("food production licensing (食品生产许可)"),
        UNPUBLISHED,
    ),
    _cut(
        organic.ORGANIC,
        "organic product",
        "有机码",
        _read_about("organic product certification (有机产品认证)"),
        NONE,
    ),
    _cut(
        customs.HS13,
        "commodity of customs, from 2018-08-01",
        "商品编号",
        _read_about("customs declaration (报关单)"),
        NONE,
    ),
    replace(
        _cut(
            customs.DECLARATION,
            "customs declaration",
            "报关单海关编号",
            _read_about("customs declaration (报关单)"),
            NONE,
        ),
        parse=customs.parse_declaration,
    ),
    _kept(
        opaque.TCM,
        "Chinese medicinal materials",
        "中药材流通追溯码",
        _not_read("TCM circulation (中药材流通追溯)", _CONFIGURED),
    ),
    _kept(
        opaque.MEAT_VEGETABLE,
        "meat and vegetables",
        "肉类蔬菜流通追溯码",
        _not_read("SB/T 10680-2012", f"its lengths are not confirmed: {_CONFIGURED}"),
    ),
    _kept(
        opaque.BATCH,
        "entry or exit batch of agricultural products, unique per operator",
        "农产品入库、出库批次（追溯码）",
        _not_read("NY/T 4712-2025", "its layout was not read: kept whole"),
    ),
    _kept(
        opaque.COLD_CHAIN,
        "imported cold-chain food",
        "进口冷链食品追溯码",
        _not_read("GB/T 44368-2024", f"there is no one code: {_CONFIGURED}"),
    ),
    _kept(
        opaque.ECODE,
        "entity in the internet of things",
        "物联网统一标识 Ecode",
        _read_about("GB/T 31866-2023"),
    ),
    _kept(
        opaque.OID,
        "object identifier",
        "对象标识符 OID",
        Basis("ISO/IEC 8824-1; RFC 3061", "", "standard", "the dotted notation"),
    ),
    _kept(
        opaque.HANDLE,
        "handle",
        "Handle 标识",
        Basis("RFC 3651", "", "standard", "naming authority and local name"),
    ),
)
SCHEMES: Final[Mapping[str, Scheme]] = {each.id: each for each in _SCHEMES}
"""Every scheme by its id."""
