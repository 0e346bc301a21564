"""A strip of time: when somebody had access, when late, and when not. One SVG, filled where there was access.

The table beside it says the same in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from arena.web.draw.scale import coordinate

WIDTH, HEIGHT = 1000.0, 24.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` to `end`; `share` is how full it is drawn, 0 to 1; `words` are shown when somebody points at it."""

    start: datetime
    end: datetime
    share: float
    words: str


def stretch_figure(stretches: Sequence[Stretch], now: datetime, label: str) -> Markup:
    """Oldest first, with a mark at `now`; nothing where there is nothing to draw."""
    if not stretches:
        return Markup("")
    first, last = stretches[0].start, max(each.end for each in stretches)
    whole = (last - first).total_seconds() or 1.0

    def x(at: datetime) -> float:
        return min(max((at - first).total_seconds() / whole, 0.0), 1.0) * WIDTH

    parts = [
        Markup(
            '<svg class="stretches" role="img" aria-label="{}" width="100%" height="{}" viewBox="0 0 {} {}"'
            ' preserveAspectRatio="none">'
        ).format(label, int(HEIGHT), int(WIDTH), int(HEIGHT)),
        Markup(
            '<rect x="0.5" y="0.5" width="999" height="23" fill="none" stroke="currentColor" stroke-opacity="0.4"'
            ' vector-effect="non-scaling-stroke"/>'
        ),
    ]
    parts += [
        Markup(
            '<rect x="{}" y="0" width="{}" height="24" fill="currentColor" fill-opacity="{}"><title>{}</title></rect>'
        ).format(
            coordinate(x(each.start)), coordinate(max(x(each.end) - x(each.start), 1.0)),
            f"{each.share * 0.8:.2f}", each.words,
        )
        for each in stretches
    ]  # fmt: skip
    parts.append(
        Markup(
            '<line x1="{0}" x2="{0}" y1="0" y2="24" stroke="currentColor" stroke-width="2"'
            ' stroke-dasharray="3 2" vector-effect="non-scaling-stroke"/></svg>'
        ).format(coordinate(x(now)))
    )
    return Markup("").join(parts)
