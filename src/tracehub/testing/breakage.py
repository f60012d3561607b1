"""Ways to break a good document, each with the code that it must be refused with."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Breakage:
    """One kind of damage.

    Attributes:
        code: the first reason that the hub must give.
        damage: makes the broken bytes from a good document; leaves its argument alone.
    """

    code: str
    damage: Callable[[Document], bytes]


def _event_without(field: str) -> Callable[[Document], bytes]:
    def damage(document: Document) -> bytes:
        broken = copy.deepcopy(document)
        del broken["epcisBody"]["eventList"][0][field]
        return orjson.dumps(broken)

    return damage


def _event_with(field: str, value: Any) -> Callable[[Document], bytes]:
    def damage(document: Document) -> bytes:
        broken = copy.deepcopy(document)
        broken["epcisBody"]["eventList"][0][field] = value
        return orjson.dumps(broken)

    return damage


BREAKAGES: Final = (
    Breakage("epcis/action-missing", _event_without("action")),
    Breakage("epcis/event-time-missing", _event_without("eventTime")),
    Breakage("epcis/action-unknown", _event_with("action", "OBSERVED")),
    Breakage("epcis/biz-step-unknown", _event_with("bizStep", "teleporting")),
    Breakage(
        "uscc/check-char",
        _event_with(
            "sourceList",
            [{"type": "owning_party", "source": "urn:tracehub:uscc:91350100M000100Y4Z"}],
        ),
    ),
    Breakage("json/syntax", lambda document: orjson.dumps(document)[:-3]),
    Breakage("document/not-utf8", lambda document: orjson.dumps(document)[:-1] + b"\xff}"),
    Breakage("document/empty", lambda _document: b""),
    Breakage("avro/unknown-schema", lambda _document: b"\x00\x00\x00\x00\x01rest"),
)
