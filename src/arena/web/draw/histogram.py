"""How values lie, as bars, and where one stands among them: one SVG as wide as its place.

The label says in words what the picture shows, for whoever does not see it.
"""

from collections.abc import Sequence

from markupsafe import Markup

from arena.web.draw.scale import coordinate
from arena.web.page.numbers import signed_percent

BINS = 24
TOP, BOTTOM = 160.0, 840.0  # of the bars, in thousandths of the height


def histogram(values: Sequence[float], marked: float, label: str, *, name: str) -> Markup:
    """The SVG of fractions, `marked` drawn as a line with its `name`; nothing for fewer than two values."""
    if len(values) < 2:
        return Markup("")
    low, high = min(*values, marked), max(*values, marked)
    reach = (high - low) or 1.0
    counts = [0] * BINS
    for value in values:
        counts[min(int((value - low) / reach * BINS), BINS - 1)] += 1
    at = 100 * (marked - low) / reach
    return Markup("").join(
        [
            Markup('<svg class="histogram" role="img" aria-label="{}">').format(label),
            Markup('<svg width="100%" height="100%" viewBox="0 0 1000 1000" preserveAspectRatio="none">'),
            *(_bar(number, count, max(counts)) for number, count in enumerate(counts) if count),
            Markup('<line class="axis" x1="0" x2="1000" y1="{0}" y2="{0}"/></svg>').format(
                coordinate(BOTTOM)
            ),
            Markup(
                '<line class="marked" x1="{0}%" x2="{0}%" y1="{1}%" y2="{2}%"/>'
                '<text class="marked" x="{0}%" dx="{3}" y="{1}%" dy="-4" text-anchor="{4}">{5}</text>'
            ).format(
                coordinate(at), coordinate(TOP / 10 - 4), coordinate(BOTTOM / 10), -2 if at > 50 else 2,
                "end" if at > 50 else "start", name,
            ),
            *_ends(low, high), Markup("</svg>"),
        ]
    )  # fmt: skip


def _bar(number: int, count: int, most: int) -> Markup:
    height = (BOTTOM - TOP) * count / most
    room = 1000 / BINS
    return Markup('<rect x="{}" y="{}" width="{}" height="{}"/>').format(
        coordinate(number * room + room * 0.1), coordinate(BOTTOM - height), coordinate(room * 0.8),
        coordinate(height),
    )  # fmt: skip


def _ends(low: float, high: float) -> list[Markup]:
    return [
        Markup('<text x="{}%" y="96%" text-anchor="{}">{}</text>').format(
            x, anchor, signed_percent(value, 0)
        )
        for x, anchor, value in (
            (0, "start", low),
            (50, "middle", (low + high) / 2),
            (100, "end", high),
        )
    ]
