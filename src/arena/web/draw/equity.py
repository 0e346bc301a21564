"""Equity and drawdown over time in one SVG. Its words keep their size on a phone: geometry is drawn in a plane that
stretches, text stands in per cent of it.

The label says in words what the picture shows, for whoever does not see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from math import ceil, floor, log10

from markupsafe import Markup

from arena.web.draw.phases import NAMES, Phase
from arena.web.draw.scale import coordinate
from arena.web.page.numbers import percent, signed_percent
from arena.web.page.words import _

POINTS_MAX = 480
TOP, BOTTOM = 115.0, 640.0  # of the equity, in thousandths of the height
FALL_TOP, FALL_BOTTOM = 730.0, 900.0  # of the drawdown
NAMED_FROM = 0.18  # a phase narrower than this share of the width is named in the caption only
TICKS_TIME = 4
REACH_MIN = 1e-9  # less than that between high and low is dust of floating point
_HATCH = Markup(
    '<defs><pattern id="hatch-burn_in" width="7" height="7" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><path d="M0 0V7" class="hatch"/></pattern>'
    '<pattern id="hatch-backtest" width="4" height="4" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(-45)"><path d="M0 0V4" class="hatch"/></pattern></defs>'
)


@dataclass(frozen=True, slots=True)
class Level:
    """The equity at a moment."""

    at: datetime
    equity: float


def worst_drawdown(levels: Sequence[Level]) -> float:
    """The largest fall from a high before, as a fraction; 0 where there is none."""
    highs = accumulate((level.equity for level in levels), max)
    return max((1 - level.equity / high for level, high in zip(levels, highs, strict=True)), default=0.0)  # fmt: skip


def equity_label(levels: Sequence[Level], quote: str) -> str:
    """Start, end, return and worst drawdown in words."""
    first, last = levels[0], levels[-1]
    return _(
        "Hypothetical equity, net of costs, from %(start)s to %(end)s: %(opening)s to %(closing)s %(quote)s,"
        " %(change)s; worst drawdown %(fall)s.",
        start=_date(first.at), end=_date(last.at), opening=f"{first.equity:,.0f}",
        closing=f"{last.equity:,.0f}", quote=quote,
        change=signed_percent(last.equity / first.equity - 1), fall=percent(worst_drawdown(levels)),
    )  # fmt: skip


def equity_figure(levels: Sequence[Level], phases: Sequence[Phase], label: str) -> Markup:
    """The SVG; nothing for fewer than two levels. Levels come in order of time."""
    if len(levels) < 2:
        return Markup("")
    plane = _Plane(levels[0], levels[-1], levels)
    parts = [
        Markup('<svg class="equity-figure" role="img" aria-label="{}">').format(label), _HATCH,
        *(_phase(plane, phase) for phase in phases), *_grid(plane), _lines(plane, levels),
        *(_name(plane, phase) for phase in phases), *_falls(levels), *_dates(plane), Markup("</svg>"),
    ]  # fmt: skip
    return Markup("").join(parts)


class _Plane:
    """Where a time and a return stand, in thousandths of width and height."""

    def __init__(self, first: Level, last: Level, levels: Sequence[Level]) -> None:
        self.start, self.end, self.opening = first.at, last.at, first.equity
        returns = [self.net(level) for level in levels]
        self.low, self.high = min(0.0, *returns), max(0.0, *returns)
        self.ticks = nice_ticks(self.low, self.high)

    def net(self, level: Level) -> float:
        return level.equity / self.opening - 1

    def x(self, at: datetime) -> float:
        share = (at - self.start) / (self.end - self.start)
        return 1000 * min(max(share, 0.0), 1.0)

    def y(self, value: float) -> float:
        return BOTTOM - (value - self.low) / ((self.high - self.low) or 1.0) * (BOTTOM - TOP)


def nice_ticks(low: float, high: float) -> list[float]:
    """The round values from low to high, two to five of them, zero always one: 1, 2 or 5 times a power of ten apart.
    Zero lies within."""
    reach = high - low
    if reach < REACH_MIN:
        return [0.0]
    power = 10.0 ** floor(log10(reach / 3))
    step = next(s * power for s in (1, 2, 5, 10) if reach / (s * power) <= 4)
    return [round(n * step, 12) for n in range(ceil(low / step), floor(high / step) + 1)]


def thinned(levels: Sequence[Level], most: int = POINTS_MAX) -> list[Level]:
    """At most about so many of them, highs and lows kept: the lowest and the highest of each stretch."""
    if len(levels) <= most:
        return list(levels)
    size = ceil(2 * len(levels) / most)
    kept = {0, len(levels) - 1}
    for start in range(0, len(levels), size):
        stretch = range(start, min(start + size, len(levels)))
        kept.add(min(stretch, key=lambda i: levels[i].equity))
        kept.add(max(stretch, key=lambda i: levels[i].equity))
    return [levels[i] for i in sorted(kept)]


def _phase(plane: _Plane, phase: Phase) -> Markup:
    left, right = plane.x(phase.start), plane.x(phase.end)
    fill = f"url(#hatch-{phase.kind})" if phase.kind in ("burn_in", "backtest") else "none"
    edge = Markup('<line class="edge" x1="{0}%" x2="{0}%" y1="0" y2="90%"/>').format(
        coordinate(left / 10)
    )
    band = Markup(
        '<rect class="phase {}" x="{}%" y="0" width="{}%" height="90%" fill="{}"/>'
    ).format(phase.kind, coordinate(left / 10), coordinate(max(right - left, 0) / 10), fill)
    return band + edge if left > 0 else band


def _name(plane: _Plane, phase: Phase) -> Markup:
    left, right = plane.x(phase.start), plane.x(phase.end)
    if right - left < 1000 * NAMED_FROM:
        return Markup("")
    return Markup('<text class="phase-name" x="{}%" dx="6" y="15">{}</text>').format(
        coordinate(left / 10), _(NAMES[phase.kind])
    )


def _grid(plane: _Plane) -> list[Markup]:
    lines = []
    for tick in plane.ticks:
        y = coordinate(plane.y(tick) / 10)
        kind = "axis" if tick == 0 else "grid"
        lines.append(Markup('<line class="{}" x1="0" x2="100%" y1="{}%" y2="{}%"/>').format(kind, y, y))  # fmt: skip
        lines.append(
            Markup('<text x="0" dx="6" dy="-4" y="{}%">{}</text>').format(
                y, signed_percent(tick, _digits(plane.ticks))
            )
        )
    return lines


def _lines(plane: _Plane, levels: Sequence[Level]) -> Markup:
    kept = thinned(levels)
    line = " ".join(f"{coordinate(plane.x(p.at))},{coordinate(plane.y(plane.net(p)))}" for p in kept)  # fmt: skip
    highs = accumulate((p.equity for p in levels), max)
    fall_of = {p.at: 1 - p.equity / high for p, high in zip(levels, highs, strict=True)}
    scale = (FALL_BOTTOM - FALL_TOP) / (max(fall_of.values()) or 1.0)
    fall = " ".join(
        f"{coordinate(plane.x(p.at))},{coordinate(FALL_TOP + fall_of[p.at] * scale)}" for p in kept
    )
    return Markup(
        '<svg width="100%" height="100%" viewBox="0 0 1000 1000" preserveAspectRatio="none">'
        '<line class="axis" x1="0" x2="1000" y1="{0}" y2="{0}"/>'
        '<polygon class="fall-area" points="0,{0} {1} 1000,{0}"/><polyline class="fall-line" points="{1}"/>'
        '<polyline class="equity-line" points="{2}"/></svg>'
    ).format(coordinate(FALL_TOP), fall, line)


def _falls(levels: Sequence[Level]) -> list[Markup]:
    words = _("drawdown, worst %(fall)s", fall=percent(worst_drawdown(levels)))
    return [
        Markup('<text x="0" dx="6" dy="-6" y="{}%">{}</text>').format(
            coordinate(FALL_TOP / 10), words
        )
    ]


def _dates(plane: _Plane) -> list[Markup]:
    """The first and the last day, and what lies evenly between."""
    marks = []
    for n in range(TICKS_TIME):
        at = plane.start + (plane.end - plane.start) * n / (TICKS_TIME - 1)
        anchor = "start" if n == 0 else "end" if n == TICKS_TIME - 1 else "middle"
        marks.append(
            Markup('<text x="{}%" y="97%" text-anchor="{}">{}</text>').format(
                coordinate(100 * n / (TICKS_TIME - 1)), anchor, _short_date(at, plane)
            )
        )
    return marks


def _date(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"


def _short_date(at: datetime, plane: _Plane) -> str:
    """Days within a year, months beyond."""
    return f"{at.day} {at:%b}" if (plane.end - plane.start).days < 366 else f"{at:%b %Y}"


def _digits(ticks: Sequence[float]) -> int:
    return 0 if all(abs(tick * 100 - round(tick * 100)) < 1e-9 for tick in ticks) else 1
