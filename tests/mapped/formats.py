"""What each shipped field table reads: its records and the roles of their fields.

Must not know how a table is run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import orjson

from tests.mapped import records
from tests.mapped.chance import Chance, Record
from tracehub.normalise.formats import xml_tree


class Format(NamedTuple):
    """What a shipped table reads.

    Attributes:
        record: makes one good record.
        head: what stands around the list of records.
        listed: the name of that list.
        category: the product category under which records are published.
        required: fields whose absence `mapping/required` names.
        roles: role -> field, for the defects of that role.
        root: the root element, when the documents are XML.
    """

    record: Callable[[Chance], Record]
    listed: str
    required: tuple[str, ...]
    roles: Mapping[str, str]
    head: Mapping[str, Any] = {}
    category: str = "food"
    root: str = ""

    def document(self, *found: Any) -> bytes:
        """A document of some records."""
        body = {**self.head, self.listed: list(found)}
        return xml_tree.document(self.root, body) if self.root else orjson.dumps(body)


_LABORATORY: Final = Chance(1).party()
FORMATS: Final[Mapping[str, Format]] = {
    "provincial": Format(
        records.provincial,
        "data",
        ("eventID", "eventTime", "step"),
        {
            "time": "eventTime",
            "word": "step",
            "guid": "eventID",
            "region": "region",
            "party": "ownerUscc",
            "gtin": "batches.0.gtin",
            "amount": "batches.0.amount",
            "unit": "batches.0.unit",
            "list": "traceCodes",
            "text": "placeNo",
        },
    ),
    "meat-vegetable": Format(
        records.meat,
        "retail_market_in_info_detail",
        ("tran_date", "tran_id", "batch_id", "weight", "ws_supplier_id"),
        {
            "time": "tran_date",
            "region": "area_origin_id",
            "amount": "weight",
            "text": "position_id",
        },
        category="agri-food",
        root="data",
    ),
    "tcm": Format(
        records.tcm,
        "traces",
        ("记录编号", "时间", "环节", "批号", "数量", "经营者"),
        {
            "time": "时间",
            "word": "环节",
            "guid": "记录编号",
            "region": "行政区划",
            "party": "经营者",
            "amount": "数量",
            "unit": "单位",
            "text": "地点编号",
        },
        category="drug",
    ),
    "cold-chain": Format(
        records.cold,
        "records",
        ("id", "at", "operation", "batchNo", "amount", "warehouseUscc"),
        {
            "time": "at",
            "word": "operation",
            "guid": "id",
            "region": "region",
            "party": "warehouseUscc",
            "gtin": "gtin",
            "amount": "amount",
            "unit": "unit",
            "list": "readings",
            "text": "warehouseNo",
        },
    ),
    "ecommerce": Format(
        records.trade,
        "trade",
        ("orderNo", "tradeTime", "goods.0.gtin", "goods.0.amount", "sellerUscc"),
        {
            "time": "tradeTime",
            "word": "status",
            "region": "deliveryRegion",
            "party": "sellerUscc",
            "gtin": "goods.0.gtin",
            "amount": "goods.0.amount",
            "unit": "goods.0.unit",
            "list": "goods",
            "text": "shopNo",
        },
        head={"platformUscc": _LABORATORY},
    ),
    "customs": Format(
        records.customs,
        "declarations",
        ("declarationNo", "declaredAt", "direction", "goods.0.hsCode", "traderUscc"),
        {
            "time": "declaredAt",
            "word": "direction",
            "region": "portRegion",
            "party": "traderUscc",
            "amount": "goods.0.amount",
            "unit": "goods.0.unit",
            "list": "goods",
            "text": "portCode",
        },
    ),
    "laboratory": Format(
        records.report,
        "reports",
        ("issuedAt", "reportNo", "conclusion", "items.0.name"),
        {
            "time": "issuedAt",
            "word": "conclusion",
            "guid": "reportId",
            "region": "samplingRegion",
            "party": "producer",
            "gtin": "productCode",
            "amount": "sampleAmount",
            "unit": "sampleUnit",
            "list": "items",
        },
        head={"laboratory": _LABORATORY},
    ),
    "credit-record": Format(
        records.credit,
        "creditRecords",
        ("recordId", "decidedOn", "recordKind", "uscc", "list", "action", "decisionNo"),
        {
            "time": "decidedOn",
            "word": "action",
            "guid": "recordId",
            "party": "uscc",
            "list": "reasonEvents",
            "plain": "legalBasis",
        },
        head={"authority": "省药品监督管理局"},
    ),
    "batch-release": Format(
        records.release,
        "releases",
        ("releaseId", "releasedAt", "conclusion", "batchNo", "amount"),
        {
            "time": "releasedAt",
            "word": "conclusion",
            "guid": "releaseId",
            "region": "plantRegion",
            "gtin": "productCode",
            "amount": "amount",
            "unit": "unit",
            "list": "tests",
            "text": "lineNo",
        },
        head={"enterprise": _LABORATORY},
    ),
    "gdst": Format(
        records.gdst,
        "events",
        ("event_id", "event_time", "critical_tracking_event", "gtin", "quantity"),
        {
            "time": "event_time",
            "word": "critical_tracking_event",
            "guid": "event_id",
            "region": "location_region",
            "party": "source_party",
            "gtin": "gtin",
            "list": "reference_documents",
        },
    ),
}
