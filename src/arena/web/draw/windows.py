"""A strip of a walk-forward's windows: one cell each, shaded by what it returned, in one SVG.

The label says in words what the picture shows, for whoever does not see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from arena.web.draw.monthly import shade
from arena.web.draw.scale import coordinate

GAP = 1.2  # thousandths of the width


@dataclass(frozen=True, slots=True)
class Window:
    """What a tested stretch returned net, as a fraction; `words` are shown when somebody points at it."""

    total_return: float
    words: str


def window_strip(windows: Sequence[Window], label: str, *, first: str, last: str) -> Markup:
    """The SVG; nothing without windows. `first` and `last` are when the tests began and ended, in words."""
    if not windows:
        return Markup("")
    room = 1000 / len(windows)
    cells = [
        Markup(
            '<rect class="{}" x="{}" y="0" width="{}" height="1000"><title>{}</title></rect>'
        ).format(
            shade(window.total_return), coordinate(number * room),
            coordinate(max(room - GAP, room / 2)), window.words,
        )
        for number, window in enumerate(windows)
    ]  # fmt: skip
    return Markup("").join(
        [
            Markup('<svg class="window-strip" role="img" aria-label="{}">').format(label),
            Markup('<svg width="100%" height="68%" viewBox="0 0 1000 1000" preserveAspectRatio="none">'),
            *cells,
            Markup('</svg><text x="0" y="96%">{}</text>').format(first),
            Markup('<text x="100%" y="96%" text-anchor="end">{}</text></svg>').format(last),
        ]
    )  # fmt: skip
