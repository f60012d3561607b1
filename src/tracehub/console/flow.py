"""Flow: categories, exchange and connections as a picture, and the same as rows. Pure.

The picture is SVG without scripts and without styles of its own; colours are the page's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from tracehub.bus import topics
from tracehub.console.readings import Readings
from tracehub.model.connection import Connection
from tracehub.services.connections import lag_of, state_of
from tracehub.services.standing import PAUSED, Standing
from tracehub.services.wishes import Wish

_SIGNS: Final = {"open": "✕ ", "half-open": "◐ ", "paused": "‖ "}
"""Beside the name, for whoever does not see colours."""
_ROW: Final = 34
_WIDTH: Final = 900
_TOP: Final = 20


class Category(NamedTuple):
    """What comes in of one category; a rate is None until there were two looks."""

    name: str
    taken: int
    refused: int
    per_s: float | None
    lag: int


class Receiver(NamedTuple):
    """One connection as the hub sees it now.

    Attributes:
        state: its breaker's; empty when unknown.
        running: whether its services run, in the words of `services.connections`.
        wish: what operators want of it.
        error, error_at: what went wrong last, and when (ms); empty when nothing did.
    """

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
    running: str
    wish: Wish
    error: str
    error_at: int


class Flow(NamedTuple):
    """What moves."""

    categories: Sequence[Category]
    receivers: Sequence[Receiver]


class Seen(NamedTuple):
    """What a look at the hub has found.

    Attributes:
        now, before: the readings of this look and of the last one.
        span_s: the time between them.
        standings: how the services of each connection are doing.
        wish: what operators want of a connection.
    """

    now: Readings
    before: Readings | None
    span_s: float
    standings: Mapping[str, Sequence[Standing]]
    wish: Callable[[str], Wish]


def flow(connections: Sequence[Connection], seen: Seen) -> Flow:
    """What moves between two looks, of the connections that may be seen."""
    named = sorted({category for each in connections for category in each.categories})
    publishers = [each for each in connections if each.publishes]
    return Flow(
        [
            _category(name, [each for each in publishers if name in each.categories], seen)
            for name in named
        ],
        [_receiver(each, seen) for each in connections],
    )


def _category(name: str, publishers: Sequence[Connection], seen: Seen) -> Category:
    taken, refused = _judged(seen.now, publishers, name)
    last = None if seen.before is None else sum(_judged(seen.before, publishers, name))
    lag = sum(seen.now.lag.get(topics.raw(name, each.id), 0) for each in publishers)
    return Category(name, taken, refused, _rate(taken + refused, last, seen.span_s), lag)


def _receiver(each: Connection, seen: Seen) -> Receiver:
    now, before = seen.now, seen.before
    delivered = now.delivered.get(each.id, 0)
    last = None if before is None else before.delivered.get(each.id, 0)
    standings = seen.standings.get(each.id, ())
    told = lag_of(standings)
    failed = max(standings, key=lambda standing: standing.error_at, default=None)
    return Receiver(
        each.id,
        each.tier,
        each.region,
        each.categories,
        each.disclosure,
        each.publishes,
        each.receives,
        sum(sum(_judged(now, [each], name)) for name in each.categories),
        delivered,
        now.rejects.get(each.id, 0),
        _rate(delivered, last, seen.span_s),
        now.lag.get(topics.deliver(each.id), 0) if told is None else told,
        now.state(each.id) or next((one.breaker for one in standings if one.breaker), ""),
        state_of(standings),
        seen.wish(each.id),
        failed.error if failed else "",
        failed.error_at if failed else 0,
    )


def _rate(now: int, last: int | None, span_s: float) -> float | None:
    """What a counter grew by in a second; a process that began anew counts from nothing."""
    return None if last is None or span_s <= 0 else max(0, now - last) / span_s


def _judged(now: Readings, publishers: Sequence[Connection], category: str) -> tuple[int, int]:
    """Events taken and refused, of these publishers."""
    places = [(each.id, category) for each in publishers]
    return (
        sum(now.taken.get(each, 0) for each in places),
        sum(now.refused.get(each, 0) for each in places),
    )


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
        '<text class="figure" x="225" y="{text}">{rate} · {lag}</text>'
    ).format(y=y, middle=middle, text=y + 5, name=each.name, rate=per_s(each.per_s), lag=each.lag)


def _right(each: Receiver, number: int, middle: int) -> Markup:
    y = _TOP + number * _ROW + _ROW // 2
    state = "paused" if each.running == PAUSED else each.state
    sign = _SIGNS.get(state, "")
    kind = f"way {state}" if sign else "way"
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
