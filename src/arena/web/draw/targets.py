"""What a strategist wanted, decision by decision: a line of steps, and marks where it held without an answer.

The label says in words what the picture shows, for whoever does not see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from arena.web.draw.scale import coordinate

TOP, BOTTOM = 120.0, 720.0  # of the target, in thousandths of the height
MARK_TOP, MARK_BOTTOM = 760.0, 820.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A decision: the target that stands after it, as a fraction; `held` where no answer could be used. `words` are
    shown when somebody points at it."""

    weight: float
    held: bool
    words: str


def target_figure(wanted: Sequence[Wanted], label: str, *, first: str, last: str) -> Markup:
    """The SVG, oldest first; nothing for fewer than two. `first` and `last` are when they were, in words."""
    if len(wanted) < 2:
        return Markup("")
    room = 1000 / len(wanted)
    steps: list[str] = []
    for number, one in enumerate(wanted):
        y = coordinate(_y(one.weight))
        steps += [f"{coordinate(number * room)},{y}", f"{coordinate((number + 1) * room)},{y}"]
    parts = [
        Markup('<svg class="target-figure" role="img" aria-label="{}">').format(label),
        Markup('<svg width="100%" height="100%" viewBox="0 0 1000 1000" preserveAspectRatio="none">'),
        *(
            Markup('<line class="axis" x1="0" x2="1000" y1="{0}" y2="{0}"/>').format(coordinate(_y(level)))
            for level in (0.0, 0.5, 1.0)
        ),
        Markup('<polyline points="{}"/>').format(" ".join(steps)),
        *(_place(number, room, one) for number, one in enumerate(wanted)),
        Markup("</svg>"),
        *(
            Markup('<text x="0" dx="6" dy="-4" y="{}%">{}</text>').format(coordinate(_y(level) / 10), words)
            for level, words in ((0.0, "0 %"), (1.0, "100 %"))
        ),
        Markup('<text x="0" y="97%">{}</text>').format(first),
        Markup('<text x="100%" y="97%" text-anchor="end">{}</text></svg>').format(last),
    ]  # fmt: skip
    return Markup("").join(parts)


def _y(weight: float) -> float:
    return BOTTOM - min(max(weight, 0.0), 1.0) * (BOTTOM - TOP)


def _place(number: int, room: float, one: Wanted) -> Markup:
    """An unseen column that can be pointed at; a mark at its foot where it held."""
    mark = Markup("")
    if one.held:
        mark = Markup('<rect class="held" x="{}" y="{}" width="{}" height="{}"/>').format(
            coordinate(number * room + room * 0.1), coordinate(MARK_TOP), coordinate(room * 0.8),
            coordinate(MARK_BOTTOM - MARK_TOP),
        )  # fmt: skip
    return mark + Markup(
        '<rect class="place" x="{}" y="0" width="{}" height="1000"><title>{}</title></rect>'
    ).format(coordinate(number * room), coordinate(room), one.words)
