"""Rules about records that are read or written through a field table.

Must not know what any field means.
"""

from __future__ import annotations

from typing import Final

from tracehub.errors import Reason
from tracehub.normalise.rules import CHANGE, FAULT, Rule

_SOURCE: Final = "design choice"

READ: Final = Rule(
    "mapping/read",
    CHANGE,
    "the record was read through a field table",
    "记录已按字段映射表转换",
    _SOURCE,
)
RECORDS: Final = Rule(
    "mapping/records",
    FAULT,
    "the document has no list of records where the field table says; send one",
    "文档在映射表规定的位置没有记录数组；请补充",
    _SOURCE,
)
REQUIRED: Final = Rule(
    "mapping/required",
    FAULT,
    "the field is required and absent; send it",
    "缺少必填字段；请补充",
    _SOURCE,
)
CONVERSION: Final = Rule(
    "mapping/conversion",
    FAULT,
    "the field's value can't be understood; send it in the form of the field table",
    "字段值无法识别；请按映射表的格式发送",
    _SOURCE,
)
SHAPE: Final = Rule(
    "mapping/shape",
    FAULT,
    "the field is not the value, list or object that the field table names; send it so",
    "字段的结构与映射表不符；请按映射表发送",
    _SOURCE,
)
ROOT: Final = Rule(
    "mapping/root",
    FAULT,
    "the XML document's root is not the element that the field table names; send one that is",
    "XML 文档的根元素与映射表不符；请按映射表发送",
    _SOURCE,
)
NAME: Final = Rule(
    "mapping/name",
    FAULT,
    "a field's name holds a brace, so it can't be kept; rename it",
    "字段名含有花括号，无法保留；请改名",
    _SOURCE,
)
NOT_XML: Final = Rule(
    "mapping/not-xml",
    FAULT,
    "a name or text of the event can't stand in XML; send it to this system as JSON, or mend it",
    "事件中的名称或文本无法写入 XML；请改用 JSON，或改正内容",
    "XML 1.0, 5th edition",
)
OTHER_EVENT: Final = Rule(
    "mapping/other-event",
    FAULT,
    "the field table writes another sort of event; choose the mapping that writes this one",
    "映射表用于另一类事件；请选择适用于该事件的映射",
    _SOURCE,
)


def not_converted(path: str, error: ValueError, value: str = "") -> Reason:
    """The reason for a value that a conversion can't take, in its words."""
    return CONVERSION.at(path, str(error), value)
