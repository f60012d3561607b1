"""Rules about how a document names and spells things.

Must not know how they are decided.
"""

from __future__ import annotations

from typing import Final

from tracehub.normalise.rules import CHANGE, FAULT, Rule

_EPCIS: Final = "GS1 EPCIS 2.0 section "
_CBV: Final = "GS1 CBV 2.0, "
_OURS: Final = "design choice"

CONTEXT_MISSING: Final = Rule(
    "epcis/context-missing",
    FAULT,
    "the document has no @context, so its names mean nothing; add the context of EPCIS 2.0",
    "文档没有 @context，名称没有确定含义；请加上 EPCIS 2.0 的上下文",
    _EPCIS + "10, JSON-LD context",
)
CONTEXT_OLD: Final = Rule(
    "epcis/context-old",
    CHANGE,
    "the context is at an address of a draft; it was read as the context of EPCIS 2.0",
    "上下文使用草案地址；已按 EPCIS 2.0 的上下文读取",
    _EPCIS + "10, JSON-LD context",
)
CONTEXT_UNKNOWN: Final = Rule(
    "epcis/context-unknown",
    CHANGE,
    "a context at another address was left out: nothing is ever downloaded; write its prefixes "
    "into the document if they are used",
    "其他地址的上下文未被采用：本系统从不下载；如需使用其前缀，请写入文档",
    _OURS,
)
CONTEXT_KEYWORD: Final = Rule(
    "epcis/context-keyword",
    CHANGE,
    "a keyword of JSON-LD in the context was left out",
    "上下文中的 JSON-LD 关键字未被采用",
    _OURS,
)
CONTEXT_REDEFINES: Final = Rule(
    "epcis/context-redefines",
    FAULT,
    "the context gives a name of EPCIS another meaning; use a prefix of your own",
    "上下文改变了 EPCIS 名称的含义；请使用自己的前缀",
    _EPCIS + "10, JSON-LD context",
)
CONTEXT_SHAPE: Final = Rule(
    "epcis/context-shape",
    FAULT,
    "the context holds something other than addresses and prefixes; write prefix: address",
    "上下文中含有地址和前缀以外的内容；请写成“前缀: 地址”",
    "JSON-LD 1.1 section 4.1",
)
FIELD_UNKNOWN: Final = Rule(
    "epcis/field-unknown",
    FAULT,
    "EPCIS has no such field here, and it has no namespace; correct the name, or give your own "
    "field a declared prefix",
    "EPCIS 在此处没有该字段，且没有命名空间；请改正名称，或为自有字段声明前缀",
    _EPCIS + "7, extension mechanisms",
)
FIELD_REPEATED: Final = Rule(
    "epcis/field-repeated",
    FAULT,
    "the field is given more than once; give it once",
    "字段出现多次；只能出现一次",
    _EPCIS + "9, XML schema",
)
FIELD_NOT_ALLOWED: Final = Rule(
    "epcis/field-not-allowed",
    FAULT,
    "this type of event has no such field; leave it out or use the type that has it",
    "此类事件没有该字段；请去掉，或改用有该字段的事件类型",
    _EPCIS + "7.4",
)
FIELD_TYPE: Final = Rule(
    "epcis/field-type",
    FAULT,
    "the value has another type than EPCIS says for this field (text, number, list or object)",
    "字段值的类型与 EPCIS 规定不符（文本、数字、列表或对象）",
    _EPCIS + "10, JSON schema",
)
ELEMENT_ORDER: Final = Rule(
    "epcis/element-order",
    CHANGE,
    "the elements are not in the order of the schema; their meaning is the same",
    "元素顺序与模式不同；含义不变",
    _EPCIS + "9, XML schema",
)
ELEMENT_QUALIFIED: Final = Rule(
    "epcis/element-qualified",
    CHANGE,
    "an element of EPCIS has a namespace that the schema leaves out; it was taken away",
    "EPCIS 元素带有模式中没有的命名空间；已去除",
    _EPCIS + "9, XML schema",
)
EMPTY_ELEMENT: Final = Rule(
    "epcis/empty-element",
    CHANGE,
    "an empty element was read as absent",
    "空元素按不存在处理",
    _OURS,
)
XML_TYPE: Final = Rule(
    "epcis/xml-type-dropped",
    CHANGE,
    "a type annotation (xsi:type) on an extension was left out; the text is kept",
    "扩展元素上的类型标注（xsi:type）已去除；文本保留",
    _OURS,
)
COMMENT: Final = Rule(
    "epcis/comment-dropped",
    CHANGE,
    "a comment field (rdfs:comment) or JSON-LD keyword was left out",
    "注释字段（rdfs:comment）或 JSON-LD 关键字已去除",
    _OURS,
)
VALUE_SPELLING: Final = Rule(
    "epcis/vocabulary-spelling",
    CHANGE,
    "a standard value was written as URN, Web URI or CURIE; it is kept as the bare value",
    "标准值以 URN、网址或 CURIE 书写；已转为简写值",
    _CBV + "forms of a vocabulary value",
)
BARE_UUID: Final = Rule(
    "epcis/bare-uuid",
    CHANGE,
    "a UUID stood without its scheme; urn:uuid: was put before it",
    "UUID 缺少前缀；已加上 urn:uuid:",
    "RFC 9562 section 4",
)
OFFSET_SPELLING: Final = Rule(
    "epcis/offset-spelling",
    CHANGE,
    "the time zone offset was written in another form; it is kept as +hh:mm",
    "时区偏移的写法不规范；已改为 +hh:mm",
    _EPCIS + "7.4, EPCISEvent",
)
