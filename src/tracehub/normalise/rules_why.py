"""Rules about where and why something happened, and how it was measured.

Must not know how they are decided.
"""

from __future__ import annotations

from typing import Final

from tracehub.normalise.rules import CHANGE, FAULT, Rule

_EPCIS: Final = "GS1 EPCIS 2.0 section "
_CBV: Final = "GS1 CBV 2.0, "

PLACE_ID_MISSING: Final = Rule(
    "epcis/place-id-missing",
    FAULT,
    "the place has no id; give its identifier",
    "地点没有 id；请给出标识",
    _EPCIS + "7.3, the where dimension",
)
ENTRY_ID_MISSING: Final = Rule(
    "epcis/entry-id-missing",
    FAULT,
    "an entry of a transaction, source or destination list has no identifier",
    "业务单据、来源或去向列表中的条目没有标识",
    _EPCIS + "7.3, the why dimension",
)
ENTRY_TYPE_MISSING: Final = Rule(
    "epcis/party-type-missing",
    FAULT,
    "a source or destination has no type; say owning_party, possessing_party or location",
    "来源或去向没有类型；请填 owning_party、possessing_party 或 location",
    _EPCIS + "7.3, source and destination",
)
BIZ_STEP: Final = Rule(
    "epcis/biz-step-unknown",
    FAULT,
    "the bizStep is no value of the CBV; use one of the 41, or a URI of your own",
    "bizStep 不是 CBV 的值；请使用 41 个标准值之一，或自有 URI",
    _CBV + "business steps",
)
DISPOSITION: Final = Rule(
    "epcis/disposition-unknown",
    FAULT,
    "the disposition is no value of the CBV; use one of the 33, or a URI of your own",
    "disposition 不是 CBV 的值；请使用 33 个标准值之一，或自有 URI",
    _CBV + "dispositions",
)
TRANSACTION_TYPE: Final = Rule(
    "epcis/transaction-type-unknown",
    FAULT,
    "the type of business transaction is no value of the CBV; use one of the 13, or a URI",
    "业务单据类型不是 CBV 的值；请使用 13 个标准值之一，或自有 URI",
    _CBV + "business transaction types",
)
PARTY_TYPE: Final = Rule(
    "epcis/party-type-unknown",
    FAULT,
    "the type of source or destination is no value of the CBV; use owning_party, "
    "possessing_party, location, or a URI of your own",
    "来源或去向类型不是 CBV 的值；请使用 owning_party、possessing_party、location 或自有 URI",
    _CBV + "source and destination types",
)
ERROR_REASON: Final = Rule(
    "epcis/error-reason-unknown",
    FAULT,
    "the reason of the error declaration is no value of the CBV; use did_not_occur, "
    "incorrect_data, or a URI of your own",
    "错误声明的原因不是 CBV 的值；请使用 did_not_occur、incorrect_data 或自有 URI",
    _CBV + "error reasons",
)
DECLARATION_TIME: Final = Rule(
    "epcis/declaration-time-missing",
    FAULT,
    "the error declaration has no declarationTime; say when it was declared",
    "错误声明没有 declarationTime；请说明声明时间",
    _EPCIS + "7.4, ErrorDeclaration",
)
CERTIFICATION: Final = Rule(
    "epcis/certification-info-format",
    FAULT,
    "certificationInfo is a URI, or a list of them; put other facts into an extension",
    "certificationInfo 应为 URI 或其列表；其他内容请放入扩展字段",
    _EPCIS + "7.4, EPCISEvent",
)
CERTIFICATION_TEXT: Final = Rule(
    "epcis/certification-info-not-uri",
    CHANGE,
    "certificationInfo is a text and no URI; it is kept as published",
    "certificationInfo 是文本而不是 URI；按原样保留",
    _EPCIS + "7.4, EPCISEvent",
)
PERSISTENT: Final = Rule(
    "epcis/persistent-disposition-extended",
    CHANGE,
    "the JSON schema does not list persistentDisposition for this type of event; it is kept",
    "JSON 模式未为此类事件列出 persistentDisposition；予以保留",
    _EPCIS + "7.4, EPCISEvent",
)
SENSOR_REPORT: Final = Rule(
    "epcis/sensor-report-missing",
    FAULT,
    "a sensor element has no report; give sensorReport",
    "传感器元素没有报告；请给出 sensorReport",
    _EPCIS + "7.3, SensorElement",
)
SENSOR_TYPE: Final = Rule(
    "epcis/sensor-type-missing",
    CHANGE,
    "a sensor report does not say what was measured; it is kept",
    "传感器报告没有说明测量的量；予以保留",
    _EPCIS + "7.3, SensorReport",
)
MEASUREMENT: Final = Rule(
    "epcis/measurement-type-unknown",
    CHANGE,
    "the type of measurement is none of the 72 of the GS1 Web Vocabulary; it is kept",
    "测量类型不是 GS1 网络词汇的 72 个之一；予以保留",
    _CBV + "measurement types",
)
ALERT: Final = Rule(
    "epcis/sensor-alert-unknown",
    FAULT,
    "the exception of a sensor report is neither ALARM_CONDITION nor ERROR_CONDITION nor a URI",
    "传感器报告的 exception 不是 ALARM_CONDITION、ERROR_CONDITION 或 URI",
    _CBV + "sensor alert types",
)
COMPONENT: Final = Rule(
    "epcis/component-unknown",
    CHANGE,
    "the component of a sensor report is no value of the CBV; it is kept",
    "传感器报告的 component 不是 CBV 的值；予以保留",
    _CBV + "components",
)
