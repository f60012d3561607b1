"""Rules about records that are read or written through a field table.

Must not know what any field means.
"""

from __future__ import annotations

from typing import Final

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
