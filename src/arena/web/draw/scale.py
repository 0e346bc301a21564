"""A scale: one line from a lowest to a highest value, with a band, a point and marks on it."""

from collections.abc import Sequence

from markupsafe import Markup

Bounds = tuple[float, float]
Mark = tuple[float, str]  # a value, and what is written under it


def scale(
    label: str,
    *,
    bounds: Bounds,
    band: Bounds | None = None,
    point: float | None = None,
    marks: Sequence[Mark] = (),
) -> Markup:
    """An SVG as wide as its place. What lies beyond the bounds is drawn at their end; `label` is what a screen
    reader says."""

    def x(value: float) -> str:
        share = (value - bounds[0]) / (bounds[1] - bounds[0])
        return coordinate(100 * min(max(share, 0.0), 1.0))

    drawn = [
        Markup('<svg class="scale" role="img" aria-label="{}">').format(label),
        Markup('<line class="axis" x1="0" x2="100%" y1="10" y2="10"/>'),
    ]
    if band is not None:
        drawn.append(
            Markup('<line class="band" x1="{}%" x2="{}%" y1="10" y2="10"/>').format(*map(x, band))
        )
    for mark, words in marks:
        drawn.append(
            Markup('<line class="mark" x1="{0}%" x2="{0}%" y1="4" y2="16"/>').format(x(mark))
        )
        anchor = "start" if mark <= bounds[0] else "end" if mark >= bounds[1] else "middle"
        drawn.append(
            Markup('<text x="{}%" y="28" text-anchor="{}">{}</text>').format(x(mark), anchor, words)
        )
    if point is not None:
        drawn.append(Markup('<circle cx="{}%" cy="10" r="5"/>').format(x(point)))
    return Markup("").join([*drawn, Markup("</svg>")])


def coordinate(value: float) -> str:
    """With at most one decimal: finer is not seen and weighs."""
    return f"{value:.1f}".removesuffix(".0")
