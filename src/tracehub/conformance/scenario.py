"""Scenarios: what is asked of another system, in the order in which it is asked.

The set is declared; a report names every one of them, also those that can't be asked of a system
of its sort, with the reason. Must not know how they are carried out.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Outcome = Literal["passed", "failed", "not-applicable"]


class Scenario(NamedTuple):
    """One question.

    Attributes:
        id: stable.
        title, title_zh: what a conforming system does.
    """

    id: str
    title: str
    title_zh: str


class Finding(NamedTuple):
    """What came of one scenario; `text` says what was seen."""

    scenario: Scenario
    outcome: Outcome
    text: str


SCENARIOS: Final = (
    Scenario(
        "happy-path",
        "new events are taken, one receipt each, in order",
        "新事件被接收，每条一个回执，顺序一致",
    ),
    Scenario(
        "repeat",
        "the same events again have no second effect, and it says so",
        "重复投递不产生第二次效果，并如实告知",
    ),
    Scenario(
        "refusal",
        "another content under a known key is refused for a reason of the closed set",
        "同一键下内容不同的事件被拒收，原因属于约定集合",
    ),
    Scenario(
        "slow",
        "an answer that comes too late loses nothing: the same request again tells",
        "应答超时不丢数据：重发同一请求可知结果",
    ),
    Scenario(
        "malformed-answer",
        "an answer that was damaged on the way loses nothing",
        "应答在途中损坏不丢数据",
    ),
    Scenario(
        "auth-expiry",
        "credentials that are not valid any more are refused without any effect",
        "失效的凭证被拒绝且不产生任何效果",
    ),
    Scenario(
        "pagination",
        "pages go on where a cursor says; the same cursor gives the same page",
        "按游标分页连续；同一游标返回同一页",
    ),
    Scenario(
        "back-conversion",
        "what it publishes is read without a fault, and written again says the same",
        "其发布内容可无误读取，且能还原为相同内容",
    ),
)
