"""Connection: one configured instance of a connector type, as far as pure code needs to know it.

Must not know addresses, secrets or limits: those are `settings.py`'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tracehub.model.event import CATEGORIES, SECTIONS

CONNECTION_ID: Final = re.compile(r"[a-z0-9-]+/[a-z0-9-]+")
TIERS: Final = ("central", "province", "city", "department", "none")


@dataclass(frozen=True, slots=True)
class Connection:
    """Who is connected, what it may send and see.

    Attributes:
        id: `<type>/<name>`, for example `provincial/zhejiang`.
        tier: where it stands among the platforms; `none` for lateral systems.
        region: GB/T 2260 code that it answers for; `000000` for the nation, empty for none.
        categories: product categories that it deals in.
        publishes, receives: which way events flow.
        reports_upward: True when it reports to the tier above by itself, so the hub must not.
        trusted: another hub, whose canonical bytes are routed by the header alone.
        disclosure: the last section of the body that it may see.
        party: normal form of the enterprise it belongs to; empty for a public system.
        format: how its raw records are written: `epcis` (recognised by content) or `mapped`.
    """

    id: str
    tier: str = "none"
    region: str = ""
    categories: tuple[str, ...] = CATEGORIES
    publishes: bool = True
    receives: bool = True
    reports_upward: bool = False
    trusted: bool = False
    disclosure: str = SECTIONS[0]
    party: str = ""
    format: str = "epcis"

    @property
    def type(self) -> str:
        """The connector type, first half of the id."""
        return self.id.partition("/")[0]
