"""Several curves over the same days, each with a line of its own kind: one SVG as wide as its place.

The label says in words what the picture shows, for whoever does not see it.
"""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from arena.web.draw.equity import nice_ticks
from arena.web.draw.scale import coordinate
from arena.web.page.numbers import signed_percent
from arena.web.page.words import _

TOP, BOTTOM = 60.0, 900.0  # of the curves, in thousandths of the height
CURVES_MAX = 4
POINTS_MAX = 480
TICKS_TIME = 4


def several_label(names: Sequence[str], curves: Sequence[Sequence[float]]) -> str:
    """Each return in words."""
    said = ", ".join(
        f"{name} {signed_percent(levels[-1] - 1)}"
        for name, levels in zip(names, curves, strict=True)
    )
    return _("Hypothetical, net of costs, over the same days: %(said)s.", said=said)


def several_figure(
    curves: Sequence[Sequence[float]], *, since: datetime, until: datetime, label: str
) -> Markup:
    """At most four, which all begin at 1, one value a day from `since` to `until`. Nothing for fewer than two days."""
    if not curves or len(curves[0]) < 2:
        return Markup("")
    count = len(curves[0])
    kept = sorted({*range(0, count, max(1, -(-count // POINTS_MAX))), count - 1})
    returns = [[levels[n] - 1 for n in kept] for levels in curves[:CURVES_MAX]]
    low: float = min(0.0, *(min(each) for each in returns))
    high: float = max(0.0, *(max(each) for each in returns))

    def height(value: float) -> float:
        return BOTTOM - (value - low) / ((high - low) or 1.0) * (BOTTOM - TOP)

    lines = [
        Markup('<polyline class="curve-{}" points="{}"/>').format(
            place + 1,
            " ".join(
                f"{coordinate(1000 * n / kept[-1])},{coordinate(height(value))}"
                for n, value in zip(kept, values, strict=True)
            ),
        )
        for place, values in enumerate(returns)
    ]
    grid = [
        Markup(
            '<line class="{0}" x1="0" x2="100%" y1="{1}%" y2="{1}%"/><text x="0" dx="6" dy="-4" y="{1}%">{2}</text>'
        ).format(
            "axis" if tick == 0 else "grid", coordinate(height(tick) / 10), signed_percent(tick, 0)
        )
        for tick in nice_ticks(low, high)
    ]
    parts = [
        Markup('<svg class="pair-figure" role="img" aria-label="{}">').format(label), *grid,
        Markup('<svg width="100%" height="100%" viewBox="0 0 1000 1000" preserveAspectRatio="none">'),
        *lines, Markup("</svg>"), *_dates(since, until), Markup("</svg>"),
    ]  # fmt: skip
    return Markup("").join(parts)


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
