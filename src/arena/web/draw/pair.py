"""Two curves over the same days, and below them by how much the first is ahead: one SVG as wide as its place."""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from arena.web.draw.equity import nice_ticks
from arena.web.draw.scale import coordinate
from arena.web.page.numbers import signed_percent
from arena.web.page.words import _

TOP, BOTTOM = 90.0, 600.0  # of the curves, in thousandths of the height
AHEAD_TOP, AHEAD_BOTTOM = 700.0, 900.0  # of the first's lead
POINTS_MAX = 480
TICKS_TIME = 4


def pair_label(names: tuple[str, str], first: Sequence[float], second: Sequence[float]) -> str:
    """Both returns in words."""
    return _(
        "Hypothetical, net of costs, over the same days: %(one)s %(gain)s, %(other)s %(change)s.",
        one=names[0], gain=signed_percent(first[-1] - 1), other=names[1],
        change=signed_percent(second[-1] - 1),
    )  # fmt: skip


def pair_figure(
    first: Sequence[float],
    second: Sequence[float],
    *,
    since: datetime,
    until: datetime,
    label: str,
) -> Markup:
    """Both begin at 1, one value a day from `since` to `until`. Nothing for fewer than two."""
    if len(first) < 2 or len(first) != len(second):
        return Markup("")
    kept = _kept(len(first))
    returns = [[levels[n] - 1 for n in kept] for levels in (first, second)]
    ahead = [a - b for a, b in zip(*returns, strict=True)]
    low, high = min(0.0, *returns[0], *returns[1]), max(0.0, *returns[0], *returns[1])
    # The line of zero is drawn with the others, and crosses the whole width.
    parts = [
        Markup('<svg class="pair-figure" role="img" aria-label="{}">').format(label),
        *_grid(low, high), _curves(kept, returns, ahead, reach=(low, high)), *_dates(since, until),
        Markup('<text x="0" dx="6" dy="-6" y="{}%">{}</text>').format(
            coordinate(AHEAD_TOP / 10), _("the first ahead by %(low)s to %(high)s",
                low=signed_percent(min(ahead)), high=signed_percent(max(ahead)))
        ),
        Markup("</svg>"),
    ]  # fmt: skip
    return Markup("").join(parts)


def _kept(count: int) -> list[int]:
    """The days that are drawn, the first and the last among them."""
    every = max(1, -(-count // POINTS_MAX))
    return sorted({*range(0, count, every), count - 1})


def _height(value: float, reach: tuple[float, float], top: float, bottom: float) -> float:
    low, high = reach
    return bottom - (value - low) / ((high - low) or 1.0) * (bottom - top)


def _grid(low: float, high: float) -> list[Markup]:
    found = []
    for tick in nice_ticks(low, high):
        y = coordinate(_height(tick, (low, high), TOP, BOTTOM) / 10)
        kind = "axis" if tick == 0 else "grid"
        found.append(
            Markup(
                '<line class="{}" x1="0" x2="100%" y1="{}%" y2="{}%"/>'
                '<text x="0" dx="6" dy="-4" y="{}%">{}</text>'
            ).format(kind, y, y, y, signed_percent(tick, 0 if round(tick * 100, 6) % 1 == 0 else 1))
        )
    return found


def _curves(
    kept: Sequence[int],
    returns: Sequence[Sequence[float]],
    ahead: Sequence[float],
    *,
    reach: tuple[float, float],
) -> Markup:
    def points(
        values: Sequence[float], within: tuple[float, float], top: float, bottom: float
    ) -> str:
        return " ".join(
            f"{coordinate(1000 * n / kept[-1])},{coordinate(_height(v, within, top, bottom))}"
            for n, v in zip(kept, values, strict=True)
        )

    span = (min(0.0, *ahead), max(0.0, *ahead))
    zero = coordinate(_height(0.0, span, AHEAD_TOP, AHEAD_BOTTOM))
    difference = points(ahead, span, AHEAD_TOP, AHEAD_BOTTOM)
    one, other = (points(values, reach, TOP, BOTTOM) for values in returns)
    return Markup(
        '<svg width="100%" height="100%" viewBox="0 0 1000 1000" preserveAspectRatio="none">'
        '<polygon class="ahead-area" points="0,{0} {1} 1000,{0}"/>'
        '<line class="axis" x1="0" x2="1000" y1="{0}" y2="{0}"/><polyline class="ahead-line" points="{1}"/>'
        '<polyline class="second-line" points="{2}"/><polyline class="first-line" points="{3}"/></svg>'
    ).format(zero, difference, other, one)


def _dates(since: datetime, until: datetime) -> list[Markup]:
    found = []
    for n in range(TICKS_TIME):
        at = since + (until - since) * n / (TICKS_TIME - 1)
        anchor = "start" if n == 0 else "end" if n == TICKS_TIME - 1 else "middle"
        words = f"{at.day} {at:%b}" if (until - since).days < 366 else f"{at:%b %Y}"
        found.append(
            Markup('<text x="{}%" y="97%" text-anchor="{}">{}</text>').format(
                coordinate(100 * n / (TICKS_TIME - 1)), anchor, words
            )
        )
    return found
