"""A sparkline: one line without axes, for a row of a table; its words say what the line shows."""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, MARGIN = 120, 28, 2
POINTS_MAX = 60


def sparkline(values: Sequence[float], label: str) -> Markup:
    """An SVG of the values from left to right, at most 60 of them; nothing for fewer than two.

    `label` is what a screen reader says, e.g. "Equity over 90 days, +12.3 % net".
    """
    if len(values) < 2:
        return Markup("")
    every = max(1, -(-len(values) // POINTS_MAX))
    kept = [*values[:-1:every], values[-1]]
    low, high = min(kept), max(kept)
    reach = (high - low) or 1.0
    step = (WIDTH - 2 * MARGIN) / (len(kept) - 1)
    points = " ".join(
        f"{MARGIN + i * step:.1f},{HEIGHT - MARGIN - (v - low) / reach * (HEIGHT - 2 * MARGIN):.1f}"
        for i, v in enumerate(kept)
    )
    kind = "rise" if kept[-1] > kept[0] else "fall" if kept[-1] < kept[0] else "level"
    return Markup(
        '<svg class="sparkline {}" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<polyline points="{}"/></svg>'
    ).format(kind, WIDTH, HEIGHT, label, points)
