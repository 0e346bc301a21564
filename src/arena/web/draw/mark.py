"""A value over time against the mark that it has to pass: one SVG as wide as its place.

The label says in words what the picture shows, for whoever does not see it.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from markupsafe import Markup

from arena.web.draw.equity import nice_ticks
from arena.web.draw.scale import coordinate

TOP, BOTTOM = 60.0, 900.0  # in thousandths of the height
TICKS_TIME = 4
Step = tuple[datetime, float, float]


def mark_figure(steps: Sequence[Step], *, label: str, unit: str = "$") -> Markup:
    """Steps are time, value and mark, in order; the mark holds until the next one. Nothing for fewer than two."""
    if len(steps) < 2 or steps[0][0] == steps[-1][0]:
        return Markup("")
    since, until = steps[0][0], steps[-1][0]
    every = [value for _at, *both in steps for value in both]
    low, high = min(0.0, *every), max(0.0, *every)

    def height(value: float) -> float:
        return BOTTOM - (value - low) / ((high - low) or 1.0) * (BOTTOM - TOP)

    def point(at: datetime, value: float) -> str:
        x = 1000 * ((at - since) / (until - since))
        return f"{coordinate(x)},{coordinate(height(value))}"

    values = " ".join(point(at, value) for at, value, _mark in steps)
    marks = [point(steps[0][0], steps[0][2])]
    for before, (at, _value, mark) in pairwise(steps):
        marks += [point(at, before[2]), point(at, mark)]
    grid = [
        Markup(
            '<line class="{0}" x1="0" x2="100%" y1="{1}%" y2="{1}%"/><text x="0" dx="6" dy="-4" y="{1}%">{2}</text>'
        ).format("axis" if tick == 0 else "grid", coordinate(height(tick) / 10), _tick(tick, unit))
        for tick in nice_ticks(low, high)
    ]
    parts = [
        Markup('<svg class="pair-figure" role="img" aria-label="{}">').format(label), *grid,
        Markup('<svg width="100%" height="100%" viewBox="0 0 1000 1000" preserveAspectRatio="none">'),
        Markup('<polyline class="curve-1" points="{}"/><polyline class="curve-2" points="{}"/>').format(
            values, " ".join(marks)
        ),
        Markup("</svg>"), *_dates(since, until), Markup("</svg>"),
    ]  # fmt: skip
    return Markup("").join(parts)


def _tick(value: float, unit: str) -> str:
    return f"{'−' if value < 0 else ''}{unit}{abs(value):,.0f}"


def _dates(since: datetime, until: datetime) -> list[Markup]:
    found = []
    for n in range(TICKS_TIME):
        at = since + (until - since) * n / (TICKS_TIME - 1)
        anchor = "start" if n == 0 else "end" if n == TICKS_TIME - 1 else "middle"
        found.append(
            Markup('<text x="{}%" y="97%" text-anchor="{}">{}</text>').format(
                coordinate(100 * n / (TICKS_TIME - 1)), anchor, f"{at.day} {at:%b %Y}"
            )
        )
    return found
