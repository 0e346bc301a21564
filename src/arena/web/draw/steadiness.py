"""How a figure goes along one parameter: its median as a line, its quartiles as a band, its plateau shaded; one SVG.

The label says in words what the picture shows, for whoever does not see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from arena.web.draw.equity import nice_ticks
from arena.web.draw.scale import coordinate
from arena.web.page.numbers import ratio

LEFT, RIGHT = 10.0, 98.0  # per cent of the width
TOP, BOTTOM = 60.0, 850.0  # in thousandths of the height
LABELS_MAX = 8


@dataclass(frozen=True, slots=True)
class Steadiness:
    """Quartiles of a figure at each of the values, which rise; the plateau is from one of them to another."""

    parameter: str
    values: Sequence[int]
    low: Sequence[float]
    middle: Sequence[float]
    high: Sequence[float]
    plateau: tuple[int, int]


def steadiness_figure(drawn: Steadiness, label: str) -> Markup:
    """The SVG; nothing for fewer than two values."""
    values = drawn.values
    if len(values) < 2:
        return Markup("")
    least, most = min(0.0, *drawn.low), max(0.0, *drawn.high)
    reach, span = (most - least) or 1.0, values[-1] - values[0]

    def across(value: float) -> float:
        return (value - values[0]) / span

    def height(figure: float) -> float:
        return BOTTOM - (figure - least) / reach * (BOTTOM - TOP)

    def points(figures: Sequence[float]) -> list[str]:
        return [
            f"{coordinate(1000 * across(value))},{coordinate(height(figure))}"
            for value, figure in zip(values, figures, strict=True)
        ]

    first, last = (1000 * across(end) for end in _edges(drawn))
    plane = Markup(
        '<svg x="{}%" width="{}%" height="100%" viewBox="0 0 1000 1000" preserveAspectRatio="none">'
        '<rect class="plateau" x="{}" y="{}" width="{}" height="{}"/><polygon class="band" points="{}"/>'
        '<polyline class="middle" points="{}"/></svg>'
    ).format(
        coordinate(LEFT), coordinate(RIGHT - LEFT), coordinate(first), coordinate(TOP), coordinate(last - first),
        coordinate(BOTTOM - TOP), " ".join([*points(drawn.low), *reversed(points(drawn.high))]),
        " ".join(points(drawn.middle)),
    )  # fmt: skip
    grid = [
        Markup(
            '<line class="{}" x1="{}%" x2="{}%" y1="{}%" y2="{}%"/><text x="{}%" dx="-6" y="{}%" dy="4"'
            ' text-anchor="end">{}</text>'
        ).format(
            "axis" if tick == 0 else "grid", coordinate(LEFT), coordinate(RIGHT), coordinate(height(tick) / 10),
            coordinate(height(tick) / 10), coordinate(LEFT), coordinate(height(tick) / 10), ratio(tick, 1),
        )
        for tick in nice_ticks(least, most)
    ]  # fmt: skip
    labels = [
        Markup('<text x="{}%" y="{}%" dy="16" text-anchor="middle">{}</text>').format(
            coordinate(LEFT + (RIGHT - LEFT) * across(value)), coordinate(BOTTOM / 10), value
        )
        for value in _some(values)
    ]
    parts = [
        Markup('<svg class="steadiness" role="img" aria-label="{}">').format(label),
        plane, *grid, *labels, Markup("</svg>"),
    ]  # fmt: skip
    return Markup("").join(parts)


def _edges(drawn: Steadiness) -> tuple[float, float]:
    """Half a step beyond the plateau's ends, so that one of a single value is seen."""
    first = drawn.values.index(drawn.plateau[0])
    last = max(n for n, value in enumerate(drawn.values) if value <= drawn.plateau[1])
    before = drawn.values[max(first - 1, 0)]
    behind = drawn.values[min(last + 1, len(drawn.values) - 1)]
    return (drawn.values[first] + before) / 2, (drawn.values[last] + behind) / 2


def _some(values: Sequence[int]) -> list[int]:
    every = -(-len(values) // LABELS_MAX)
    return list(values[::every])
