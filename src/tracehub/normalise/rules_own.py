"""Rules about our own extension elements, codes, regions and canonical bytes.

Must not know how they are decided.
"""

from __future__ import annotations

from typing import Final

from tracehub.normalise.rules import CHANGE, FAULT, NOTE, Rule

_OURS: Final = "design choice"
_REGION: Final = "GB/T 2260; design choice"

ATTRIBUTE: Final = Rule(
    "tracehub/attribute-not-text",
    FAULT,
    "an attribute of the product category is text; write one text without parts",
    "产品类别的属性应为文本；请写成单个文本",
    _OURS,
)
OWN_SHAPE: Final = Rule(
    "tracehub/element-shape",
    FAULT,
    "one of the hub's own elements has fields that it does not know, or lacks one it needs; see "
    "docs/own-elements.md",
    "本系统自有元素含有未知字段，或缺少必填字段；请参阅 docs/own-elements.md",
    _OURS,
)
ADDRESSEE: Final = Rule(
    "tracehub/addressee-format",
    FAULT,
    "an addressee is the id of a connection; write type/name",
    "收件方应为连接标识；请写成 类型/名称",
    _OURS,
)
KIND: Final = Rule(
    "tracehub/kind-unknown",
    FAULT,
    "the kind is none that the hub knows",
    "事件种类不在已知范围内",
    _OURS,
)
FACT: Final = Rule(
    "tracehub/fact-incomplete",
    FAULT,
    "an event of type none is a fact without goods; it needs the element decision and the kind "
    "credit-change, enforcement-decision or complaint",
    "类型为 none 的事件是不涉及货物的事实；需要 decision 元素，以及信用变更、执法决定或投诉的种类",
    _OURS,
)
REGION_FORMAT: Final = Rule(
    "tracehub/region-format",
    FAULT,
    "a region is six digits of GB/T 2260",
    "地区应为 GB/T 2260 的六位数字",
    _REGION,
)
PROVINCE: Final = Rule(
    "gb2260/province-unknown",
    FAULT,
    "the region code begins with no province, so the event has no place to go; correct the code",
    "行政区划代码的省级部分不存在，无法确定去向；请改正",
    _REGION,
)
REGION_ABOLISHED: Final = Rule(
    "gb2260/abolished",
    NOTE,
    "the region code was abolished before the day of the event; the event is routed by the region "
    "above it",
    "行政区划代码在事件发生前已撤销；按上级区划路由",
    _REGION,
)
REGION_NOT_YET: Final = Rule(
    "gb2260/not-yet",
    NOTE,
    "the region code did not exist yet on the day of the event; the event is routed by the region "
    "above it",
    "事件发生时该行政区划代码尚未设立；按上级区划路由",
    _REGION,
)
REGION_UNKNOWN: Final = Rule(
    "gb2260/unknown",
    NOTE,
    "the region code is in no list; the event is routed by the longest part of it that is",
    "行政区划代码不在任何版本中；按已知的最长前缀路由",
    _REGION,
)
OPAQUE: Final = Rule(
    "code/opaque",
    NOTE,
    "the code is of no family that the hub knows; it is kept as published",
    "该编码不属于已知编码体系；按原样保留",
    _OURS,
)
USCC_CHECK: Final = Rule(
    "uscc/check-char",
    FAULT,
    "the check character of the unified social credit code is wrong; correct the code",
    "统一社会信用代码校验码错误；请改正",
    "GB 32100-2015 section 4",
)
USCC_ALPHABET: Final = Rule(
    "uscc/alphabet",
    FAULT,
    "the unified social credit code holds a letter that it can't have (I O S V Z) or another "
    "sign; correct the code",
    "统一社会信用代码含有不允许的字母（I O S V Z）或其他字符；请改正",
    "GB 32100-2015 section 4",
)
USCC_FORM: Final = Rule(
    "uscc/form",
    FAULT,
    "the unified social credit code does not have 18 characters in their order; correct the code",
    "统一社会信用代码不是规定结构的 18 个字符；请改正",
    "GB 32100-2015 section 4",
)
USCC_NORMALISED: Final = Rule(
    "uscc/normalised",
    CHANGE,
    "the unified social credit code was written in full-width or small letters; it was read as 18 "
    "capital characters",
    "统一社会信用代码含全角或小写字符；已按 18 位大写字符读取",
    "GB 32100-2015 section 4",
)
GTIN_CHECK: Final = Rule(
    "gtin/check-digit",
    FAULT,
    "the check digit of the GTIN is wrong; correct the code",
    "商品条码（GTIN）校验位错误；请改正",
    "GB 12904; GS1 General Specifications section 7.9",
)
GLN_CHECK: Final = Rule(
    "gln/check-digit",
    FAULT,
    "the check digit of the GLN is wrong; correct the code",
    "位置码（GLN）校验位错误；请改正",
    "GB 12904; GS1 General Specifications section 7.9",
)
SSCC_CHECK: Final = Rule(
    "sscc/check-digit",
    FAULT,
    "the check digit of the SSCC is wrong; correct the code",
    "系列货运包装箱代码（SSCC）校验位错误；请改正",
    "GB 12904; GS1 General Specifications section 7.9",
)
CODE_CHECK: Final = Rule(
    "code/check-digit",
    NOTE,
    "the check digit of the code is wrong; the code is kept as published",
    "编码校验位错误；按原样保留",
    "GS1 General Specifications section 7.9",
)
CATEGORY: Final = Rule(
    "catalogue/category-mismatch",
    FAULT,
    "the event says another product category than its topic; publish it to the topic of its own "
    "category",
    "事件的产品类别与主题不一致；请发布到所属类别的主题",
    _OURS,
)
CANONICAL_KINDS: Final = Rule(
    "canonical/kinds",
    FAULT,
    "the header's kinds are empty, unknown, out of order or less than the body says",
    "事件头中的种类为空、未知、顺序错误或少于正文所示",
    _OURS,
)
CANONICAL_HEADER: Final = Rule(
    "canonical/header-mismatch",
    FAULT,
    "a field of the routing header does not follow from the body; build the header from the event",
    "路由头字段与正文不一致；请由事件生成路由头",
    _OURS,
)
CANONICAL_SECTION: Final = Rule(
    "canonical/section-missing",
    FAULT,
    "a section of the body was cut, so the event can't be checked; only a trusted hub may send it",
    "正文部分被删减，无法校验；只有可信枢纽可以发送",
    _OURS,
)
CANONICAL_DECISION: Final = Rule(
    "canonical/decision-missing",
    FAULT,
    "an event without an EPCIS type holds a decision on a party, and this one does not",
    "没有 EPCIS 类型的事件应包含对主体的决定，该事件没有",
    _OURS,
)
CANONICAL_ID: Final = Rule(
    "canonical/event-id",
    FAULT,
    "the event id is empty, or not the hash id of the content that it claims to be",
    "事件标识为空，或不是其所声称的内容哈希标识",
    "GS1 CBV 2.0, event hash id",
)
CANONICAL_REGION: Final = Rule(
    "canonical/region",
    FAULT,
    "a region of the header is neither empty nor six digits, or its basis does not fit",
    "事件头中的地区既不为空也不是六位数字，或依据不符",
    _REGION,
)
CANONICAL_DIGESTS: Final = Rule(
    "canonical/digests",
    FAULT,
    "the section digests are not four SHA-256 values; give one for each section or none",
    "部分摘要不是四个 SHA-256 值；请为每个部分给出摘要或全部省略",
    _OURS,
)
CANONICAL_EXTENSION: Final = Rule(
    "canonical/extension",
    FAULT,
    "an extension's value is not JSON text",
    "扩展元素的值不是 JSON 文本",
    _OURS,
)
