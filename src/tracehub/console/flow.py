"""Flow: categories, exchange and connections as a picture, and the same as rows. Pure.

The picture is SVG without scripts and without styles of its own; colours are the page's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from tracehub.bus import topics
from tracehub.console.readings import Readings
from tracehub.model.connection import Connection

_DELIVERIES: Final = "tracehub_deliveries_total"
_STATES: Final = ("open", "half-open", "closed")
_ROW: Final = 34
_WIDTH: Final = 900
_TOP: Final = 20


class Category(NamedTuple):
    """What comes in of one category; a rate is None until there were two looks."""

    name: str
    taken: int
    refused: int
    per_s: float | None


class Receiver(NamedTuple):
    """One connection as the hub sees it now. `state` is its breaker's; empty when unknown."""

    id: str
    tier: str
    region: str
    categories: tuple[str, ...]
    disclosure: str
    publishes: bool
    receives: bool
    taken: int
    delivered: int
    refused: int
    per_s: float | None
    lag: int
    state: str


class Flow(NamedTuple):
    """What moves."""

    categories: Sequence[Category]
    receivers: Sequence[Receiver]


def flow(
    connections: Sequence[Connection], now: Readings, before: Readings | None, span_s: float
) -> Flow:
    """What moves between two looks.

    Args:
        connections: those that may be seen.
        now: the readings of this look.
        before: those of the last one.
        span_s: how long ago that was.
    """
    seen = {each.id for each in connections}
    named = sorted({category for each in connections for category in each.categories})
    categories = []
    for name in named:
        taken, refused = _judged(now, seen, name)
        last = None if before is None else sum(_judged(before, seen, name))
        categories.append(Category(name, taken, refused, _rate(taken + refused, last, span_s)))
    return Flow(categories, [_receiver(each, now, before, span_s) for each in connections])


def _receiver(each: Connection, now: Readings, before: Readings | None, span_s: float) -> Receiver:
    done = {"connection": each.id, "status": "delivered"}
    delivered = now.total(_DELIVERIES, **done)
    last = None if before is None else before.total(_DELIVERIES, **done)
    return Receiver(
        each.id,
        each.tier,
        each.region,
        each.categories,
        each.disclosure,
        each.publishes,
        each.receives,
        sum(_judged(now, {each.id}, None)),
        int(delivered),
        int(now.total("tracehub_rejects_total", connection=each.id)),
        _rate(delivered, last, span_s),
        int(now.total("tracehub_lag_records", topic=topics.deliver(each.id))),
        _state(now, each.id),
    )


def _rate(now: float, last: float | None, span_s: float) -> float | None:
    """What a counter grew by in a second; a process that began anew counts from nothing."""
    return None if last is None or span_s <= 0 else max(0.0, now - last) / span_s


def _judged(now: Readings, seen: set[str], category: str | None) -> tuple[int, int]:
    """Events taken and refused, of these publishers."""
    labels = {} if category is None else {"category": category}
    counts = [0, 0]
    for each in seen:
        by = now.by("tracehub_events_total", "verdict", connection=each, **labels)
        for verdict, count in by.items():
            counts[verdict == "quarantine"] += int(count)
    return counts[0], counts[1]


def _state(now: Readings, connection: str) -> str:
    for state in _STATES:
        if now.total("tracehub_connection_state", connection=connection, state=state):
            return state
    return ""


def picture(found: Flow, title: str) -> Markup:
    """The flow as SVG; `title` says in words what it shows."""
    receivers = [each for each in found.receivers if each.receives]
    height = _TOP * 2 + _ROW * max(len(found.categories), len(receivers), 1)
    middle = height // 2
    parts = [
        Markup('<svg viewBox="0 0 {} {}" role="img" aria-labelledby="flow-title">').format(
            _WIDTH, height
        ),
        Markup('<title id="flow-title">{}</title>').format(title),
        *(_left(each, number, middle) for number, each in enumerate(found.categories)),
        *(_right(each, number, middle) for number, each in enumerate(receivers)),
        Markup(
            '<rect class="hub" x="390" y="{}" width="120" height="48" rx="8"/>'
            '<text class="hub-name" x="450" y="{}">exchange</text>'
        ).format(middle - 24, middle + 5),
        Markup("</svg>"),
    ]
    return Markup("").join(parts)


def per_s(value: float | None) -> str:
    """A rate as it is read: what is unknown does not look like nothing."""
    return "–" if value is None else f"{value:.1f}/s"


def _left(each: Category, number: int, middle: int) -> Markup:
    y = _TOP + number * _ROW + _ROW // 2
    return Markup(
        '<path class="way" d="M230 {y} C310 {y} 310 {middle} 390 {middle}"/>'
        '<text x="10" y="{text}">{name}</text>'
        '<text class="figure" x="225" y="{text}">{rate}</text>'
    ).format(y=y, middle=middle, text=y + 5, name=each.name, rate=per_s(each.per_s))


def _right(each: Receiver, number: int, middle: int) -> Markup:
    y = _TOP + number * _ROW + _ROW // 2
    kind = f"way {each.state}" if each.state in {"open", "half-open"} else "way"
    sign = {"open": "✕ ", "half-open": "◐ "}.get(each.state, "")
    return Markup(
        '<path class="{kind}" d="M510 {middle} C580 {middle} 580 {y} 640 {y}"/>'
        '<text x="648" y="{text}">{sign}{name}</text>'
        '<text class="figure" x="895" y="{text}">{rate} · {lag}</text>'
    ).format(
        kind=kind,
        y=y,
        middle=middle,
        text=y + 5,
        sign=sign,
        name=escape(each.id),
        rate=per_s(each.per_s),
        lag=each.lag,
    )
