"""Rules about when an event happened and what it is about.

Must not know how they are decided.
"""

from __future__ import annotations

from typing import Final

from tracehub.normalise.rules import CHANGE, FAULT, Rule

_EPCIS: Final = "GS1 EPCIS 2.0 section "

EVENT_TYPE: Final = Rule(
    "epcis/event-type-unknown",
    FAULT,
    "this is none of the five types of EPCIS 2.0; use ObjectEvent, AggregationEvent, "
    "AssociationEvent, TransactionEvent or TransformationEvent",
    "不是 EPCIS 2.0 的五种事件类型之一",
    _EPCIS + "7.4",
)
EVENT_ID_FORMAT: Final = Rule(
    "epcis/event-id-format",
    FAULT,
    "the eventID is empty or holds spaces; give a URI, or none",
    "eventID 为空或含有空格；请给出 URI 或省略",
    _EPCIS + "7.4, EPCISEvent",
)
EVENT_TIME_MISSING: Final = Rule(
    "epcis/event-time-missing",
    FAULT,
    "the event has no eventTime; say when it happened",
    "事件没有 eventTime；请说明发生时间",
    _EPCIS + "7.4, EPCISEvent",
)
EVENT_TIME_FORMAT: Final = Rule(
    "epcis/event-time-format",
    FAULT,
    "eventTime is no date and time of ISO 8601; write 2026-01-31T08:00:00.000+08:00",
    "eventTime 不是 ISO 8601 日期时间；请写成 2026-01-31T08:00:00.000+08:00",
    _EPCIS + "7.3, time",
)
TIME_ZONE_MISSING: Final = Rule(
    "epcis/time-zone-missing",
    FAULT,
    "the time has no zone, so the instant is unknown; add Z or an offset such as +08:00",
    "时间没有时区，无法确定时刻；请加上 Z 或 +08:00 等偏移",
    _EPCIS + "7.3, time",
)
TIME_FORMAT: Final = Rule(
    "epcis/time-format",
    FAULT,
    "this is no date and time of ISO 8601 with a zone",
    "不是带时区的 ISO 8601 日期时间",
    _EPCIS + "7.3, time",
)
TIME_SHORT: Final = Rule(
    "epcis/time-without-seconds",
    CHANGE,
    "the time has no seconds; it is read as the full minute",
    "时间没有秒；按整分钟读取",
    _EPCIS + "7.3, time",
)
OFFSET_MISSING: Final = Rule(
    "epcis/offset-missing",
    FAULT,
    "the event has no eventTimeZoneOffset; give the local offset such as +08:00",
    "事件没有 eventTimeZoneOffset；请给出当地偏移，如 +08:00",
    _EPCIS + "7.4, EPCISEvent",
)
OFFSET_FORMAT: Final = Rule(
    "epcis/offset-format",
    FAULT,
    "eventTimeZoneOffset is not between -14:00 and +14:00; write +08:00",
    "eventTimeZoneOffset 不在 -14:00 至 +14:00 之间；请写成 +08:00",
    _EPCIS + "7.4, EPCISEvent",
)

# What.
ACTION_MISSING: Final = Rule(
    "epcis/action-missing",
    FAULT,
    "this type of event needs an action; say ADD, OBSERVE or DELETE",
    "此类事件必须有 action；请填 ADD、OBSERVE 或 DELETE",
    _EPCIS + "7.4, action",
)
ACTION_UNKNOWN: Final = Rule(
    "epcis/action-unknown",
    FAULT,
    "the action is none of ADD, OBSERVE, DELETE",
    "action 不是 ADD、OBSERVE 或 DELETE",
    _EPCIS + "7.3, action",
)
OBJECT_MISSING: Final = Rule(
    "epcis/object-missing",
    FAULT,
    "the event names nothing that it is about; give epcList, quantityList, or for an ObjectEvent "
    "sensor data with a readPoint",
    "事件没有指明对象；请给出 epcList、quantityList，或在 ObjectEvent 中给出传感器数据和 readPoint",
    _EPCIS + "7.4, ObjectEvent and TransactionEvent",
)
CHILDREN_MISSING: Final = Rule(
    "epcis/children-missing",
    FAULT,
    "the event names no children; give childEPCs or childQuantityList",
    "事件没有子项；请给出 childEPCs 或 childQuantityList",
    _EPCIS + "7.4, AggregationEvent and AssociationEvent",
)
PARENT_MISSING: Final = Rule(
    "epcis/parent-id-missing",
    FAULT,
    "the event names no parent; give parentID",
    "事件没有父项；请给出 parentID",
    _EPCIS + "7.4, AggregationEvent and AssociationEvent",
)
TRANSACTION_MISSING: Final = Rule(
    "epcis/transaction-missing",
    FAULT,
    "a TransactionEvent names at least one business transaction; give bizTransactionList",
    "TransactionEvent 至少要有一个业务单据；请给出 bizTransactionList",
    _EPCIS + "7.4, TransactionEvent",
)
SIDES_MISSING: Final = Rule(
    "epcis/transformation-sides",
    FAULT,
    "a TransformationEvent needs inputs and outputs, or a transformationID and one of them",
    "TransformationEvent 必须有输入和输出，或有 transformationID 及其中一方",
    _EPCIS + "7.4, TransformationEvent",
)
ILMD_EXTENDED: Final = Rule(
    "epcis/ilmd-extended",
    CHANGE,
    "ilmd describes what begins its life, so an ObjectEvent has it with action ADD; it is kept "
    "with another action, as real documents have it",
    "ilmd 用于新产生的对象，ObjectEvent 应仅在 action 为 ADD 时使用；其他用法予以保留",
    _EPCIS + "7.4, ObjectEvent",
)
EPC_FORMAT: Final = Rule(
    "epcis/epc-format",
    FAULT,
    "the identifier is empty or holds spaces; give the code as a URI",
    "标识为空或含有空格；请以 URI 形式给出",
    _EPCIS + "7.3, the what dimension",
)
EPC_NOT_URI: Final = Rule(
    "epcis/epc-not-uri",
    CHANGE,
    "the identifier is a bare code and no URI; it is kept as published",
    "标识是裸码而不是 URI；按原样保留",
    _EPCIS + "7.3, the what dimension",
)
EPC_CLASS_MISSING: Final = Rule(
    "epcis/epc-class-missing",
    FAULT,
    "the quantity names no class of object; give epcClass",
    "数量没有指明对象类别；请给出 epcClass",
    _EPCIS + "7.3, QuantityElement",
)
QUANTITY_NUMBER: Final = Rule(
    "epcis/quantity-not-number",
    FAULT,
    "the quantity is no number that a double holds exactly enough; write digits",
    "数量不是数字或超出精度；请写数字",
    _EPCIS + "7.3, QuantityElement",
)
QUANTITY_NEGATIVE: Final = Rule(
    "epcis/quantity-negative",
    FAULT,
    "the quantity is less than nothing; correct it",
    "数量为负；请改正",
    _EPCIS + "7.3, QuantityElement",
)
UOM_FORMAT: Final = Rule(
    "epcis/uom-format",
    FAULT,
    "the unit is no code of UN/CEFACT Recommendation 20 (2 or 3 letters and digits); write KGM",
    "单位不是 UN/CEFACT 第 20 号建议书的代码（2 至 3 个字母或数字）；例如 KGM",
    _EPCIS + "7.3, QuantityElement",
)
