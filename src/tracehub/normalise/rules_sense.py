"""Rules about what an event says as a whole: can all of it be true at once?

Must not know how they are decided.
"""

from __future__ import annotations

from typing import Final

from tracehub.normalise.rules import FAULT, NOTE, Rule

_EPCIS: Final = "GS1 EPCIS 2.0 section "

ZONE_DIFFERS: Final = Rule(
    "epcis/zone-differs",
    NOTE,
    "eventTime is written in another offset than eventTimeZoneOffset says; both are kept",
    "eventTime 的时区偏移与 eventTimeZoneOffset 不同；两者均予保留",
    _EPCIS + "7.4, EPCISEvent",
)
RECORD_BEFORE: Final = Rule(
    "epcis/record-before-event",
    NOTE,
    "the event was recorded before it happened; check the clocks",
    "记录时间早于事件发生时间；请检查时钟",
    "design choice",
)
DECLARED_BEFORE: Final = Rule(
    "epcis/declared-before-event",
    NOTE,
    "the error was declared before the event happened; check the clocks",
    "错误声明时间早于事件发生时间；请检查时钟",
    "design choice",
)
SENSOR_PERIOD: Final = Rule(
    "epcis/sensor-period",
    FAULT,
    "the measurement ends before it begins; correct startTime or endTime",
    "测量的结束时间早于开始时间；请改正 startTime 或 endTime",
    _EPCIS + "7.3, SensorMetadata",
)
DECISION_PERIOD: Final = Rule(
    "tracehub/decision-period",
    FAULT,
    "the decision ends before it begins; correct valid_from or valid_until",
    "决定的失效日期早于生效日期；请改正 valid_from 或 valid_until",
    "design choice",
)
ACTION_AGAINST_STEP: Final = Rule(
    "epcis/action-against-step",
    NOTE,
    "the action contradicts the business step: what begins its life is added, what ends it deleted",
    "action 与 bizStep 矛盾：产生对象应为 ADD，终结对象应为 DELETE",
    "GS1 CBV 2.0, business steps",
)
PARENT_IN_CHILDREN: Final = Rule(
    "epcis/parent-in-children",
    FAULT,
    "the parent is one of its own children; correct parentID or childEPCs",
    "父项同时是自己的子项；请改正 parentID 或 childEPCs",
    _EPCIS + "7.4, AggregationEvent and AssociationEvent",
)
EPC_REPEATED: Final = Rule(
    "epcis/epc-repeated",
    NOTE,
    "a list names one thing more than once; it is kept as published",
    "列表中同一标识出现多次；按原样保留",
    _EPCIS + "7.3, the what dimension",
)
INPUT_IS_OUTPUT: Final = Rule(
    "epcis/input-is-output",
    NOTE,
    "a thing that went into the transformation came out of it unchanged; check the lists",
    "同一对象既是转化的输入又是输出；请检查列表",
    _EPCIS + "7.4, TransformationEvent",
)
UOM_MISSING: Final = Rule(
    "epcis/uom-missing",
    NOTE,
    "the quantity is no whole number and has no unit, so nobody can tell how much it is; give uom",
    "数量不是整数且没有单位，无法确定多少；请给出 uom",
    _EPCIS + "7.3, QuantityElement",
)
PARTY_MISSING: Final = Rule(
    "epcis/party-missing",
    NOTE,
    "a transaction names no party; give sourceList or destinationList",
    "交易没有指明主体；请给出 sourceList 或 destinationList",
    "GB/T 38156-2019 (secondary): a transaction has parties",
)
