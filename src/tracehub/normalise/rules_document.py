"""Rules about a record as a whole: can it be read at all? Must not know what an event says."""

from __future__ import annotations

from typing import Final

from tracehub.normalise.rules import CHANGE, FAULT, Rule

_LIMITS: Final = "design choice: limits of bad input"
_JSON: Final = "RFC 8259"
_XML: Final = "XML 1.0, 5th edition"

EMPTY: Final = Rule(
    "document/empty",
    FAULT,
    "the record has no value; publish the document's bytes",
    "记录没有内容；请发布文档本身",
    "design choice",
)
TOO_LARGE: Final = Rule(
    "document/too-large",
    FAULT,
    "the document is larger than 256 KiB; publish fewer events per record",
    "文档超过 256 KiB；请减少每条记录中的事件数",
    _LIMITS,
)
NOT_UTF8: Final = Rule(
    "document/not-utf8",
    FAULT,
    "the document is not UTF-8 text; encode it in UTF-8",
    "文档不是 UTF-8 文本；请使用 UTF-8 编码",
    "RFC 8259 section 8.1; design choice for XML",
)
BYTE_ORDER_MARK: Final = Rule(
    "document/byte-order-mark",
    CHANGE,
    "the document begins with a byte order mark, which was taken away",
    "文档以字节序标记开头，已去除",
    "RFC 8259 section 8.1",
)
UNRECOGNISED: Final = Rule(
    "document/unrecognised",
    FAULT,
    "neither canonical Avro nor EPCIS in JSON or XML; publish one of these forms",
    "既不是规范 Avro，也不是 JSON 或 XML 形式的 EPCIS；请使用其中一种形式",
    "design choice",
)
NO_EVENTS: Final = Rule(
    "document/no-events",
    FAULT,
    "the document holds no event, so there is nothing to pass on",
    "文档中没有事件，无可转发",
    "design choice",
)
TOO_MANY_EVENTS: Final = Rule(
    "document/too-many-events",
    FAULT,
    "the document holds more than 65,535 events; publish fewer events per record",
    "文档中的事件超过 65,535 个；请减少每条记录中的事件数",
    _LIMITS,
)
JSON_SYNTAX: Final = Rule(
    "json/syntax",
    FAULT,
    "the document is not JSON; it was cut short, damaged or written by hand",
    "文档不是合法的 JSON；可能被截断或损坏",
    _JSON,
)
JSON_DUPLICATE_KEY: Final = Rule(
    "json/duplicate-key",
    FAULT,
    "an object names one key twice, so its meaning depends on the reader; name each key once",
    "同一对象中有重复的键，含义不确定；每个键只能出现一次",
    "RFC 8259 section 4",
)
JSON_TOO_DEEP: Final = Rule(
    "json/too-deep",
    FAULT,
    "the document is nested more than 32 levels deep; flatten it",
    "文档嵌套超过 32 层；请减少嵌套",
    _LIMITS,
)
JSON_NUMBER: Final = Rule(
    "json/number-precision",
    FAULT,
    "a number has more digits than a double holds, so it would be changed; write it as text",
    "数字位数超出双精度范围，读取后会改变；请写成文本",
    "RFC 8259 section 6",
)
XML_SYNTAX: Final = Rule(
    "xml/syntax",
    FAULT,
    "the document is not well-formed XML; it was cut short or damaged",
    "文档不是格式良好的 XML；可能被截断或损坏",
    _XML,
)
XML_DTD: Final = Rule(
    "xml/dtd",
    FAULT,
    "the document has a document type or entity declaration; leave it out",
    "文档含有 DTD 或实体声明；请去掉",
    _LIMITS,
)
XML_TOO_DEEP: Final = Rule(
    "xml/too-deep",
    FAULT,
    "the document is nested more than 32 levels deep; flatten it",
    "文档嵌套超过 32 层；请减少嵌套",
    _LIMITS,
)
