"""A return by the size of the account, sizes evenly apart: a line with points in one SVG as wide as its place.

The label says in words what the picture shows, for whoever does not see it.
"""

from collections.abc import Sequence

from markupsafe import Markup

from arena.web.draw.equity import nice_ticks
from arena.web.draw.scale import coordinate
from arena.web.page.numbers import signed_percent

TOP, BOTTOM = 110.0, 820.0  # of the line, in thousandths of the height
LEFT, RIGHT = 12.0, 96.0  # per cent of the width
Size = tuple[str, float]
"""An account in words, and what it returned, as a fraction."""


def size_figure(sizes: Sequence[Size], label: str, *, borne: int | None) -> Markup:
    """The SVG; nothing for fewer than two sizes. `borne` is the place of the largest account it bears."""
    if len(sizes) < 2:
        return Markup("")
    values = [value for _words, value in sizes]
    low, high = min(0.0, *values), max(0.0, *values)

    def y(value: float) -> str:
        return coordinate((BOTTOM - (value - low) / ((high - low) or 1.0) * (BOTTOM - TOP)) / 10)

    def x(place: int) -> str:
        return coordinate(LEFT + (RIGHT - LEFT) * place / (len(sizes) - 1))

    steps = [
        Markup('<line class="curve" x1="{}%" y1="{}%" x2="{}%" y2="{}%"/>').format(
            x(n), y(values[n]), x(n + 1), y(values[n + 1])
        )
        for n in range(len(sizes) - 1)
    ]
    points = [
        Markup(
            '<circle class="{}" cx="{}%" cy="{}%" r="5"/><text x="{}%" y="96%" text-anchor="middle">{}</text>'
        ).format("borne" if n == borne else "size", x(n), y(value), x(n), words)
        for n, (words, value) in enumerate(sizes)
    ]
    grid = [
        Markup(
            '<line class="{}" x1="0" x2="100%" y1="{}%" y2="{}%"/><text x="0" dy="-4" y="{}%">{}</text>'
        ).format("axis" if tick == 0 else "grid", y(tick), y(tick), y(tick), signed_percent(tick, 0))
        for tick in nice_ticks(low, high)
    ]  # fmt: skip
    return Markup("").join(
        [
            Markup('<svg class="size-figure" role="img" aria-label="{}">').format(label),
            *grid,
            *steps,
            *points,
            Markup("</svg>"),
        ]
    )
