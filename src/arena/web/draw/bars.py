"""Bars up and down from zero, one a day: gains and losses in one SVG that stretches with its place.

The label says in words what the picture shows, for whoever does not see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from arena.web.draw.scale import coordinate

TOP, BOTTOM = 130.0, 780.0  # of the plane, in thousandths of the height
GAP = 0.22  # of a bar's room


@dataclass(frozen=True, slots=True)
class Bar:
    """A value of a day; `words` are shown when somebody points at it."""

    day: date
    value: float
    words: str


def bar_figure(bars: Sequence[Bar], label: str, *, high: str, low: str) -> Markup:
    """The SVG; nothing without bars. `high` and `low` are the largest and the smallest value in words."""
    if not bars:
        return Markup("")
    plane = _Plane(
        max(0.0, *(bar.value for bar in bars)), min(0.0, *(bar.value for bar in bars)), 1000 / len(bars)
    )  # fmt: skip
    parts = [
        Markup('<svg class="bar-figure" role="img" aria-label="{}">').format(label),
        Markup('<svg width="100%" height="100%" viewBox="0 0 1000 1000" preserveAspectRatio="none">'),
        *(_bar(plane, number, bar) for number, bar in enumerate(bars)),
        Markup('<line class="axis" x1="0" x2="1000" y1="{0}" y2="{0}"/></svg>').format(
            coordinate(plane.y(0.0))
        ),
        *_bounds(plane, high, low), *_days(bars), Markup("</svg>"),
    ]  # fmt: skip
    return Markup("").join(parts)


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where a value stands, in thousandths of the height; `room` is a bar's part of the width."""

    top: float
    bottom: float
    room: float

    def y(self, value: float) -> float:
        return TOP + (self.top - value) / ((self.top - self.bottom) or 1.0) * (BOTTOM - TOP)


def _bar(plane: _Plane, number: int, bar: Bar) -> Markup:
    kind = "gain" if bar.value > 0 else "loss" if bar.value < 0 else "level"
    zero, end = plane.y(0.0), plane.y(bar.value)
    return Markup(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>'
    ).format(
        kind, coordinate(plane.room * (number + GAP / 2)), coordinate(min(zero, end)),
        coordinate(max(plane.room * (1 - GAP), 0.5)), coordinate(max(abs(zero - end), 1.0)), bar.words,
    )  # fmt: skip


def _bounds(plane: _Plane, high: str, low: str) -> list[Markup]:
    """The largest value above its bar, the smallest below."""
    return [
        Markup('<text x="0" dx="6" dy="{}" y="{}%">{}</text>').format(
            dy, coordinate(plane.y(value) / 10), words
        )
        for words, value, dy in ((high, plane.top, -4), (low, plane.bottom, 14))
        if value
    ]


def _days(bars: Sequence[Bar]) -> list[Markup]:
    ends = [(bars[0].day, "0", "start")]
    if len(bars) > 1:
        ends.append((bars[-1].day, "100%", "end"))
    return [
        Markup('<text x="{}" y="98%" text-anchor="{}">{}</text>').format(
            x, anchor, f"{day.day} {day:%b %Y}"
        )
        for day, x, anchor in ends
    ]
