"""Rules about turning events into another format. Must not know any format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tracehub.errors import Reason, RejectError
from tracehub.normalise.rules import FAULT, Rule

NOT_EPCIS: Final = Rule(
    "convert/not-epcis",
    FAULT,
    "the event is a decision without goods, which EPCIS has no form for; convert it to canonical "
    "or to a field table for decisions",
    "该事件是不涉及货物的决定，EPCIS 无法表达；请转换为 canonical 或适用的映射",
    "GS1 EPCIS 2.0 section 7.4; design choice",
)
NOT_CARRIED: Final = Rule(
    "convert/not-carried",
    FAULT,
    "the format has no place for this field, so it would be lost; choose another format",
    "目标格式没有该字段的位置，转换会丢失内容；请选择其他格式",
    "design choice",
)


def refused(reasons: Sequence[Reason]) -> RejectError:
    """The error that names everything that would be lost."""
    first = reasons[0]
    return RejectError(first.rule, f"{first.path}: {first.text}", reasons=tuple(reasons))
