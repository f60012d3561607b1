"""One good record in the format of each shipped field table."""

from __future__ import annotations

from tests.mapped.chance import Chance, Record


def provincial(chance: Chance) -> Record:
    return {
        "eventID": chance.guid(),
        "eventTime": chance.minute("{day}T{h:02}:{i:02}:00+08:00"),
        "step": chance.choice(("生产", "收购", "储存", "运输", "加工", "销售", "出库")),
        "state": chance.choice(("在途", "可售")),
        "traceCodes": [f"8123456{chance.randrange(10**13):013}"],
        "batches": [
            {
                "gtin": chance.gtin(),
                "batchNo": chance.batch(),
                "amount": chance.amount(),
                "unit": chance.choice(("公斤", "斤", "箱")),
            }
        ],
        "placeNo": f"P{chance.randrange(1000)}",
        "region": chance.region(),
        "ownerUscc": chance.party(),
        "receiverUscc": chance.party(),
        "receiverRegion": chance.region(),
        "documents": [{"kind": "发票", "no": f"INV-{chance.randrange(10**6)}"}],
        "remark": "抽检",
    }


def meat(chance: Chance) -> Record:
    return {
        "tran_id": f"T{chance.randrange(10**9):09}",
        "tran_date": chance.minute(),
        "batch_id": chance.batch(),
        "goods_code": f"{chance.randrange(10**6):06}",
        "goods_name": chance.choice(("猪肉", "白菜", "土豆")),
        "weight": chance.amount(),
        "price": chance.amount(),
        "area_origin_id": chance.region(),
        "area_origin_name": "产地",
        "ws_supplier_id": f"{chance.randrange(10**13):013}",
        "ws_supplier_name": "批发商",
        "quarantine_animal_products_id": f"Q{chance.randrange(10**8)}",
        "prov_id": chance.region(),
        "position_id": f"A{chance.randrange(100)}",
    }


def tcm(chance: Chance) -> Record:
    return {
        "记录编号": chance.guid(),
        "时间": chance.day("{y}年{m}月{d}日") + f"{chance.randint(0, 23)}时5分",
        "环节": chance.choice(("种植", "收购", "加工", "仓储", "运输", "交易")),
        "药材代码": f"{chance.randrange(10**8):08}",
        "药材名称": "三七",
        "批号": chance.batch(),
        "数量": chance.amount(),
        "单位": chance.choice(("公斤", "斤", "两", "吨")),
        "地点编号": f"M{chance.randrange(100)}",
        "行政区划": chance.region(),
        "产地区划": chance.region(),
        "经营者": chance.party(),
        "购买者": chance.party(),
        "票据号": f"N{chance.randrange(10**8)}",
        "检验结论": "合格",
        "检验报告": f"R{chance.randrange(10**8)}",
    }


def cold(chance: Chance) -> Record:
    return {
        "id": chance.guid(),
        "at": chance.minute(),
        "operation": chance.choice(("入库", "出库", "在库")),
        "coldChainCode": f"8765432{chance.randrange(10**13):013}",
        "gtin": chance.gtin(),
        "batchNo": chance.batch(),
        "amount": chance.amount(),
        "unit": chance.choice(("公斤", "箱")),
        "warehouseNo": f"W{chance.randrange(100)}",
        "region": chance.region(),
        "warehouseUscc": chance.party(),
        "ownerUscc": chance.party(),
        "declarationNo": f"0100{chance.randint(2024, 2026)}1{chance.randrange(10**9):09}",
        "quarantineNo": f"JY{chance.randrange(10**10)}",
        "storageTemperature": "-18℃",
        "producedOn": chance.day(),
        "readings": [
            {
                "quantity": "温度",
                "at": chance.minute(),
                "value": str(-chance.randint(10, 25)),
                "unit": "℃",
                "device": "D1",
                **({"alarm": "超温"} if chance.random() < 0.1 else {}),
            }
            for _ in range(2)
        ],
        "operator": "张",
    }


def trade(chance: Chance) -> Record:
    return {
        "orderNo": f"E{chance.randrange(10**12):012}",
        "tradeTime": chance.minute(),
        "status": chance.choice(("已发货", "已售出", "已退货")),
        "traceCode": [f"8123456{chance.randrange(10**13):013}" for _ in range(2)],
        "goods": [
            {
                "gtin": chance.gtin(),
                "batchNo": chance.batch(),
                "amount": chance.amount(),
                "unit": chance.choice(("件", "箱", "斤")),
            }
            for _ in range(chance.randint(1, 3))
        ],
        "shopNo": f"S{chance.randrange(1000)}",
        "shopRegion": chance.region(),
        "sellerUscc": chance.party(),
        "deliveryRegion": chance.region(),
    }


def customs(chance: Chance) -> Record:
    flag, direction = chance.choice(((1, "进口"), (0, "出口")))
    return {
        "declarationNo": f"22482026{flag}{chance.randrange(10**9):09}",
        "declaredAt": chance.minute(),
        "direction": direction,
        "goods": [
            {
                "hsCode": f"{chance.randrange(10**13):013}",
                "batchNo": chance.batch(),
                "amount": chance.amount(),
                "unit": chance.choice(("千克", "箱")),
                "originCountry": chance.choice(("NZL", "BRA", "CHN")),
                "producer": "Example Foods",
                "brand": "Example",
            }
            for _ in range(chance.randint(1, 2))
        ],
        "portCode": f"{chance.randrange(10**4):04}",
        "portRegion": chance.region(),
        "traderUscc": chance.party(),
        "consigneeUscc": chance.party(),
        "consigneeRegion": chance.region(),
        "packages": 12,
    }


def report(chance: Chance) -> Record:
    return {
        "reportId": chance.guid(),
        "reportNo": f"R-{chance.randrange(10**8)}",
        "issuedAt": chance.minute(),
        "conclusion": chance.choice(("合格", "不合格", "未判定")),
        "productCode": chance.gtin(),
        "batchNo": chance.batch(),
        "sampleAmount": chance.amount(),
        "sampleUnit": chance.choice(("克", "公斤", "斤")),
        "samplingRegion": chance.region(),
        "standard": "GB 2762-2022",
        "producer": chance.party(),
        "sampledAt": chance.day(),
        "items": [
            {
                "name": "镉",
                "conclusion": chance.choice(("合格", "不合格")),
                "method": "GB 5009.15",
                "value": "0.05",
                "limit": "≤0.2",
            }
        ],
        "inspector": "李",
    }


def credit(chance: Chance) -> Record:
    day = "{y}年{m}月{d}日"
    return {
        "recordId": chance.guid(),
        "recordKind": chance.choice(("信用变更", "行政决定", "投诉")),
        "decidedOn": chance.day(day),
        "uscc": chance.party(),
        "list": "严重违法失信名单",
        "action": chance.choice(("列入", "移出", "修复", "更正")),
        "decisionNo": f"〔2026〕{chance.randrange(10**6)}号",
        "legalBasis": "食品安全法",
        "validFrom": chance.day(day),
        "validUntil": f"2029年{chance.randint(1, 12)}月1日",
        "reasonEvents": [f"urn:uuid:{chance.guid()}"],
        "contactPhone": "0571-0000",
    }


def release(chance: Chance) -> Record:
    return {
        "releaseId": chance.guid(),
        "releasedAt": chance.minute("{day} {h:02}:{i:02}"),
        "conclusion": chance.choice(("放行", "拒绝放行")),
        "productCode": chance.gtin(),
        "batchNo": chance.batch(),
        "amount": chance.amount(),
        "unit": chance.choice(("盒", "箱", "公斤")),
        "producedOn": chance.day("{y}{m:02}{d:02}"),
        "expiresOn": f"2028{chance.randint(1, 12):02}01",
        "licence": f"SC{chance.randrange(10**14):014}",
        "lineNo": f"L{chance.randrange(10)}",
        "plantRegion": chance.region(),
        "tests": [{"item": "菌落总数", "verdict": "合格", "value": "120", "limit": "≤1000"}],
        "reviewer": "王",
    }


def gdst(chance: Chance) -> Record:
    return {
        "event_id": chance.guid(),
        "event_time": chance.minute("{day}T{h:02}:{i:02}:00-03:00"),
        "critical_tracking_event": chance.choice(("fishing", "landing", "shipping", "receiving")),
        "gtin": f"0{chance.gtin()}",
        "traceability_lot_code": chance.batch(),
        "quantity": chance.randint(1, 9000) / 4,
        "unit_of_measure": "KGM",
        "key_data": {
            "vessel_name": "示例号",
            "vessel_flag": "NO",
            "imo_number": f"{chance.randrange(10**7):07}",
            "gear_type": "1.1",
            "catch_area": "urn:gdst:catchArea:27",
            "harvest_start": chance.day(),
            "harvest_end": chance.day(),
        },
        "product_owner": "urn:gdst:example.org:party:1",
        "information_provider": "urn:gdst:example.org:party:2",
        "lot_code_source": "urn:gdst:example.org:location:loc:9",
        "location_gln": chance.gln(),
        "location_region": chance.region(),
        "source_party": chance.party(),
        "recipient_party": chance.party(),
        "reference_documents": [{"type": "bill_of_lading", "number": f"BL{chance.randrange(999)}"}],
        "temperature_check": {"celsius": -18.5},
    }
