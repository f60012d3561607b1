"""The table of systems: what the policy names, how each is connected, and what a test has shown.

Made of what the connector types declare and of the contract cases that passed
(`docs/reports/systems.json`, written by `make systems`). Must not know how they were run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from tracehub.connect import Ability, load_type

RECORD: Final = "docs/reports/systems.json"


class Named(NamedTuple):
    """A system that the policy names, and the connector type that connects it."""

    system: str
    chinese: str
    type: str
    settings: str = ""


NAMED: Final = (
    Named("central platform", "中央平台", "central", "tier: central"),
    Named("provincial platform", "省级平台", "provincial", "tier: province"),
    Named("city platform", "市级平台", "provincial", "tier: city"),
    Named("departments", "有关部门", "provincial", "tier: department"),
    Named("third-party platforms", "第三方平台", "third-party"),
    Named("inspection and testing", "检验检测", "inspection"),
    Named("credit management", "信用管理", "credit"),
    Named("comprehensive law enforcement", "综合执法", "enforcement"),
    Named("enterprise quality management", "企业质量管理", "qms"),
    Named("e-commerce", "电子商务", "ecommerce"),
    Named("electronic settlement", "电子结算", "settlement"),
    Named("cold chain", "冷链物流", "cold-chain"),
    Named("customs", "海关报关", "customs"),
    Named("inspection and quarantine", "检验检疫", "border-inspection"),
    Named("certification", "认证认可", "certification"),
    Named("complaints", "举报投诉", "complaint"),
)
"""In the order in which 商秩发〔2017〕53号 names them."""

_HOW: Final = {
    "idempotency-key": "yes: effect key, held unique by the system",
    "event-id": "yes: event id, 409 for a repeat",
    "upsert": "yes: unique effect key, in one transaction with the position",
    "manifest": "yes: chained manifest, read back",
    "read-back": "yes: effect key in the headers, tail read back",
    "at-least-once": "no: at least once; a repeat has the same effect key and bytes",
}
_HEADINGS: Final = (
    "system",
    "系统",
    "type",
    "protocol",
    "receives",
    "publishes",
    "idempotent",
    "signature, authentication",
    "real server in the test",
    "cases passed",
)
_PAGE: Final = f"""# Systems · 系统

<!-- Made from the code by `make generate`. -->

Every system that the policy (商秩发〔2017〕53号) names, and how it is connected. What a type can do
is declared in its package; that it does so is shown by the laws of the contract, each run against a
real server of the protocol: *received* counts the cases of deliveries, *published* those of
collecting. One case is the kill between effect and acknowledgement. A protocol that can't tell a
repeat says no: its receivers drop repeats by the key in the body. City platforms and departments
are tiers of the provincial type until their protocol differs. No authority has certified any of
this: where a protocol is not published, its names are a design choice, and the README says so.

| {" | ".join(_HEADINGS)} |
|{"---|" * len(_HEADINGS)}
"""
_FURTHER: Final = """
Publishing over HTTP by the system itself goes through the gateway; publishers with Kafka write
their own raw topic. A type whose system only receives has `direction: out` in the settings.
"""


def page(root: Path) -> str:
    """The page with the table."""
    recorded = orjson.loads((root / RECORD).read_bytes())
    return _PAGE + "".join(_lines(recorded)) + _FURTHER


def _lines(recorded: dict[str, Any]) -> Iterator[str]:
    for named in NAMED:
        kind = load_type(named.type)
        shown = f"`{named.type}`" + (f", `{named.settings}`" if named.settings else "")
        for able in kind.abilities:
            found = recorded.get(kind.name, {}).get(able.name, {"server": "", "cases": ()})
            cells = (
                named.system,
                named.chinese,
                shown,
                able.protocol,
                "yes" if able.receives else "no",
                "yes" if able.publishes else "no",
                _HOW[able.idempotency],
                able.authentication,
                found["server"],
                _cases(able, found["cases"]),
            )
            yield f"| {' | '.join(cells)} |\n"


def _cases(able: Ability, cases: Any) -> str:
    counted = {
        "received": sum(each.startswith("receives") for each in cases),
        "published": sum(each.startswith("publishes") for each in cases),
    }
    wanted = {"received": able.receives, "published": able.publishes}
    return ", ".join(f"{counted[way]} {way}" for way in counted if wanted[way])
