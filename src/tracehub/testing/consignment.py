"""One consignment of vegetables, from harvest to customs, as the systems of the policy tell it.

Each step is a document in its publisher's own format, with the receivers that it is due to and the
rule that says so, written down by hand: a second opinion on the national rules. Must not know hubs.
"""

from __future__ import annotations

from typing import Final

from tracehub.testing.consignment_step import CODE, GROWER, Step, own, trace
from tracehub.testing.traffic import USCC

BUYER: Final = USCC["guangdong"]
LIST: Final = "严重违法失信名单"
CAST: Final = (
    "border-inspection/national",
    "central/national",
    "certification/organic",
    "cold-chain/carrier",
    "complaint/hotline",
    "credit/national",
    "customs/national",
    "ecommerce/shop",
    "enforcement/zhejiang",
    "inspection/laboratory",
    "provincial/guangdong",
    "provincial/zhejiang",
    "qms/grower",
    "settlement/market",
    "third-party/portal",
)
"""Every connector type at least once."""
_UP: Final = {"provincial/zhejiang": "up/province", "central/national": "up/central"}
_DOWN: Final = {"provincial/guangdong": "down/province"}
_ENFORCEMENT: Final = {"enforcement/zhejiang": "side/enforcement"}
_CREDIT: Final = {"credit/national": "side/credit"}
_QMS: Final = {"qms/grower": "side/qms"}
_FLAGGED: Final = {"enforcement/zhejiang": "flag/enforcement"}
_CENTRAL: Final = {"central/national": "up/central"}
_ROUTE: Final = {**_CENTRAL, **_DOWN}
_ADDRESSED: Final = dict.fromkeys(("settlement/market", "cold-chain/carrier"), "to/addressees")
_BEFORE: Final = (
    trace("harvest", "采收 · Harvest", "2026-09-18T06:00:00+08:00", "commissioning", _CENTRAL),
    own(
        "certificate",
        "有机认证 · An organic certificate",
        "certification/organic",
        {"body": "CQC"},
        "certificates",
        {"certificateNo": "CQC-OP-2026-17", "scheme": "有机产品认证", "status": "发证",
         "at": "2026-09-18", "holder": GROWER, "productCode": "6901028075831"},
        "recordId",
        _UP,
    ),
    own(
        "release",
        "批次放行 · The enterprise releases the batch",
        "qms/grower",
        {"enterprise": GROWER},
        "records",
        {"recordNo": "REL-1", "recordType": "批次放行", "at": "2026-09-18 08:00:00",
         "traceCodes": [CODE], "region": "330106"},
        "recordId",
        _UP,
    ),
    own(
        "ticket",
        "电子结算 · Settled at the market",
        "settlement/market",
        {"market": {"uscc": GROWER, "region": "330106"}},
        "tickets",
        {"ticketNo": "T-17", "dealtAt": "2026-09-18 10:00:00", "seller": GROWER,
         "buyer": BUYER, "traceCodes": [CODE], "price": "18.20"},
        "ticketId",
        {**_UP, **_DOWN},
    ),
    own(
        "alarm",
        "冷链超温 · The cold chain breaks",
        "cold-chain/carrier",
        {"operator": BUYER},
        "consignments",
        {"traceCodes": [CODE], "stage": "运输", "at": "2026-09-19 02:00:00",
         "region": "330106", "profile": "chilled",
         "readings": [{"at": "2026-09-19 02:00:00", "celsius": 11.2}]},
        "consignmentId",
        _UP,
    ),
    own(
        "sale",
        "网上销售 · Sold by a shop",
        "ecommerce/shop",
        {"platform": "shop"},
        "sales",
        {"orderNo": "2026092000017", "soldAt": "2026-09-20 20:15:30", "shop": GROWER,
         "traceCodes": [CODE], "shopRegion": "330106", "deliveryRegion": "440305"},
        "saleId",
        {**_UP, **_DOWN},
    ),
)  # fmt: skip
"""A consignment is grown, certified, released, traded, carried and sold."""
_FOUND_OUT: Final = (
    own(
        "failure",
        "检验不合格，省级预警 · The laboratory finds cadmium; the province is alerted",
        "inspection/laboratory",
        {"laboratory": BUYER},
        "reports",
        {"reportNo": "R-17", "issuedAt": "2026-09-21 10:00:00", "conclusion": "不合格",
         "traceCodes": [CODE], "producer": GROWER, "samplingRegion": "330106",
         "items": [{"name": "镉", "value": "0.4 mg/kg", "limit": "0.2 mg/kg",
                    "conclusion": "不合格"}]},
        "reportId",
        {**_UP, **_CREDIT, **_ENFORCEMENT, **_QMS,
         "certification/organic": "side/certification"},
    ),
    own(
        "complaint",
        "消费者投诉 · A consumer complains",
        "complaint/hotline",
        {"channel": "12315"},
        "complaints",
        {"complaintNo": "12315-17", "filedAt": "2026-09-22 08:00:00", "subject": GROWER,
         "state": "属实", "matter": "食品安全"},
        "complaintId",
        {**_ENFORCEMENT, **_QMS},
    ),
    own(
        "case",
        "执法立案处罚 · An enforcement case",
        "enforcement/zhejiang",
        {"authority": "浙江省市场监督管理局"},
        "decisions",
        {"decisionNo": "浙市监罚〔2026〕17号", "decidedOn": "2026-09-23", "subject": GROWER,
         "measure": "罚款", "legalBasis": "食品安全法第一百二十四条"},
        "decisionId",
        {**_UP, **_CREDIT, **_QMS},
    ),
    own(
        "credit",
        "信用变更：列入名单 · The credit system lists the grower",
        "credit/national",
        {"authority": "国家市场监督管理总局"},
        "changes",
        {"changeType": "信用变更", "decisionNo": "国市监信〔2026〕16号",
         "decidedOn": "2026-09-24", "uscc": GROWER, "list": LIST, "action": "列入",
         "validFrom": "2026-09-24", "validUntil": "2029-09-23"},
        "changeId",
        _UP,
    ),
)  # fmt: skip
"""It is found to be bad, and that has consequences."""
_WITH_LIST: Final = (
    trace(
        "flagged",
        "名单主体的后续事件加注 · A later shipment of the grower is flagged",
        "2026-09-25T06:00:00+08:00",
        "shipping",
        {**_ROUTE, **_FLAGGED},
    ),
    trace(
        "late",
        "列入前发生的事件不加注 · One that occurred before the listing is not",
        "2026-09-19T06:00:00+08:00",
        "shipping",
        _ROUTE,
    ),
    trace(
        "other",
        "其他主体的事件不加注 · Nor is one of another party",
        "2026-09-25T07:00:00+08:00",
        "shipping",
        _ROUTE,
        owner=BUYER,
    ),
    own(
        "recall",
        "责令召回，通知持有方 · A recall, to the holders that it names",
        "enforcement/zhejiang",
        {"authority": "浙江省市场监督管理局"},
        "decisions",
        {"decisionNo": "浙市监召〔2026〕3号", "decidedOn": "2026-09-25 09:30:00",
         "subject": GROWER, "measure": "责令召回", "recalledCodes": [CODE],
         "addressees": ["settlement/market", "cold-chain/carrier"]},
        "decisionId",
        {**_UP, **_CREDIT, **_QMS, **_ADDRESSED, "inspection/laboratory": "side/inspection",
         "ecommerce/shop": "side/ecommerce", "third-party/portal": "side/portal",
         "customs/national": "side/customs"},
    ),
    own(
        "hold",
        "海关布控扣留 · Customs holds what was declared for export",
        "customs/national",
        {},
        "declarations",
        {"declarationNo": "530120261012345678", "direction": "出口",
         "declaredAt": "2026-09-26 10:00:00", "trader": GROWER, "consignee": BUYER,
         "traceCodes": [CODE], "batchNo": "A1", "portRegion": "330206", "country": "JP"},
        "lineId",
        {**_UP, **_DOWN, **_FLAGGED, "border-inspection/national": "side/border"},
    ),
    own(
        "quarantine",
        "出入境检验检疫结果 · Border inspection confirms it",
        "border-inspection/national",
        {"authority": "宁波海关"},
        "results",
        {"certificateNo": "CIQ-17", "declarationNo": "530120261012345678",
         "issuedAt": "2026-09-26 15:00:00", "importer": GROWER, "traceCodes": [CODE],
         "batchNo": "A1", "conclusion": "不合格", "item": "镉", "portRegion": "330206"},
        "resultId",
        {**_UP, **_CREDIT, **_ENFORCEMENT, **_QMS, "inspection/laboratory": "side/inspection",
         "certification/organic": "side/certification"},
    ),
)  # fmt: skip
"""Later events are flagged, the goods are recalled and held at the border."""
_AFTER: Final = tuple(each._replace(lists=True) for each in _WITH_LIST)


def steps() -> tuple[Step, ...]:
    """The whole story, in order."""
    return (*_BEFORE, *_FOUND_OUT, *_AFTER)
