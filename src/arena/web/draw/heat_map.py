"""A heat map of two parameters in one SVG as wide as its place: each cell with its value, the best one ringed, and
the region outlined where a cell's neighbours are good, too.

The colours are viridis at its quarters: as light grows they stay apart for the colour-blind (S. van der Walt and
N. Smith, 2015). The label says in words what the picture shows, for whoever does not see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from arena.web.draw.scale import coordinate
from arena.web.page.numbers import ratio
from arena.web.page.words import _

VIRIDIS = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
LEFT, RIGHT, TOP, BOTTOM = 11.0, 100.0, 3.0, 88.0  # of the cells, in per cent
LABELS_MAX = 8
NEIGHBOURS_MIN = 3
GOOD = 0.75  # the quantile that a cell and all its neighbours reach in a steady region
STEPS = 32  # of the scale
Span = Sequence[int]
Cells = Sequence[Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """`cells` has a row for each of `ys`, in it a value for each of `xs`, None where nothing is known; `xs` and `ys`
    are the lowest and the highest value of each column and row."""

    x: str
    y: str
    xs: Sequence[Span]
    ys: Sequence[Span]
    cells: Cells

    @property
    def known(self) -> list[float]:
        return [value for row in self.cells for value in row if value is not None]

    @property
    def best(self) -> tuple[int, int]:
        """Column and row of the highest value."""
        places = [
            (value, -row, -column)
            for row, line in enumerate(self.cells)
            for column, value in enumerate(line)
            if value is not None
        ]
        _value, row, column = max(places)
        return -column, -row


def steady_cells(drawn: HeatMap) -> set[tuple[int, int]]:
    """Columns and rows of the cells of which every neighbour that is known, and they themselves, are among the best
    quarter of all; three neighbours at least."""
    values = sorted(drawn.known)
    least = values[int(GOOD * (len(values) - 1))]
    if values[0] == values[-1]:
        return set()
    found = set()
    for row, line in enumerate(drawn.cells):
        for column, value in enumerate(line):
            near = _near(drawn.cells, column, row)
            if value is not None and len(near) >= NEIGHBOURS_MIN and min(value, *near) >= least:
                found.add((column, row))
    return found


def regions(steady: set[tuple[int, int]]) -> list[set[tuple[int, int]]]:
    """The steady cells by the regions they make, those that share a side together; the largest first."""
    rest, found = set(steady), []
    while rest:
        region, edge = set(), {rest.pop()}
        while edge:
            region |= edge
            edge = {
                (column + across, row + up)
                for column, row in edge
                for across, up in ((1, 0), (-1, 0), (0, 1), (0, -1))
            } & rest
            rest -= edge
        found.append(region)
    return sorted(found, key=lambda region: (-len(region), min(region)))


def heat_map(drawn: HeatMap, label: str) -> Markup:
    """The SVG; nothing where no cell has a value."""
    known = drawn.known
    if not known:
        return Markup("")
    low, high = min(known), max(known)
    wide, tall = 1000 / len(drawn.xs), 1000 / len(drawn.ys)
    cells = [
        Markup(
            '<rect x="{}" y="{}" width="{}" height="{}" fill="{}"><title>{}</title></rect>'
        ).format(
            coordinate(column * wide), coordinate(1000 - (row + 1) * tall), coordinate(wide + 0.5),
            coordinate(tall + 0.5), colour((value - low) / (high - low) if high > low else 0.5),
            _words(drawn, column, row, value),
        )
        for row, line in enumerate(drawn.cells)
        for column, value in enumerate(line)
        if value is not None
    ]  # fmt: skip
    outline = _outline(steady_cells(drawn), wide, tall)
    column, row = drawn.best
    x = LEFT + (column + 0.5) / len(drawn.xs) * (RIGHT - LEFT)
    y = BOTTOM - (row + 0.5) / len(drawn.ys) * (BOTTOM - TOP)
    ring = Markup(
        '<circle class="ring-under" cx="{0}%" cy="{1}%" r="8"/><circle class="ring" cx="{0}%" cy="{1}%" r="8"/>'
    ).format(coordinate(x), coordinate(y))
    plane = Markup(
        '<svg x="{}%" y="{}%" width="{}%" height="{}%" viewBox="0 0 1000 1000" preserveAspectRatio="none">'
        '<rect class="unknown" width="1000" height="1000"/>'
    ).format(*(coordinate(v) for v in (LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP)))
    parts = [
        Markup('<svg class="heat-map" role="img" aria-label="{}">').format(label),
        plane, *cells, outline, Markup("</svg>"), ring, *_axes(drawn), Markup("</svg>"),
    ]  # fmt: skip
    return Markup("").join(parts)


def heat_scale(low: float, high: float) -> Markup:
    """The colours from the lowest to the highest value, with three of the values."""
    boxes = [
        Markup('<rect x="{}%" y="0" width="{}%" height="12" fill="{}"/>').format(
            coordinate(100 * n / STEPS), coordinate(100 / STEPS + 0.2), colour(n / (STEPS - 1))
        )
        for n in range(STEPS)
    ]
    words = [
        Markup('<text x="{}%" y="28" text-anchor="{}">{}</text>').format(place, anchor, ratio(value))
        for place, anchor, value in (
            (0, "start", low), (50, "middle", (low + high) / 2), (100, "end", high),
        )
    ]  # fmt: skip
    return Markup("").join(
        [Markup('<svg class="heat-scale" aria-hidden="true">'), *boxes, *words, Markup("</svg>")]
    )


def colour(share: float) -> str:
    """Of a share from 0 to 1, as sRGB."""
    place = min(max(share, 0.0), 1.0) * (len(VIRIDIS) - 1)
    first = min(int(place), len(VIRIDIS) - 2)
    part = place - first
    mixed = (
        round(a + (b - a) * part) for a, b in zip(VIRIDIS[first], VIRIDIS[first + 1], strict=True)
    )
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def span_words(span: Span) -> str:
    """20, or 20–24 where several values share a cell."""
    return str(span[0]) if span[0] == span[1] else f"{span[0]}–{span[1]}"


def _words(drawn: HeatMap, column: int, row: int, value: float) -> str:
    return _(
        "%(x)s %(at)s, %(y)s %(on)s: Sharpe %(value)s", x=drawn.x, at=span_words(drawn.xs[column]), y=drawn.y,
        on=span_words(drawn.ys[row]), value=ratio(value),
    )  # fmt: skip


def _near(cells: Cells, column: int, row: int) -> list[float]:
    found = []
    for at in range(max(row - 1, 0), min(row + 2, len(cells))):
        for place in range(max(column - 1, 0), min(column + 2, len(cells[at]))):
            value = cells[at][place]
            if (place, at) != (column, row) and value is not None:
                found.append(value)
    return found


def _outline(steady: set[tuple[int, int]], wide: float, tall: float) -> Markup:
    """The borders between the steady cells and the others."""
    lines = []
    for column, row in sorted(steady):
        left, right = column * wide, (column + 1) * wide
        under, top = 1000 - row * tall, 1000 - (row + 1) * tall
        for beside, line in (
            ((column - 1, row), (left, under, left, top)),
            ((column + 1, row), (right, under, right, top)),
            ((column, row - 1), (left, under, right, under)),
            ((column, row + 1), (left, top, right, top)),
        ):
            if beside not in steady:
                lines.append("M{} {}L{} {}".format(*map(coordinate, line)))
    path = "".join(lines)
    return Markup('<path class="steady-under" d="{0}"/><path class="steady" d="{0}"/>').format(path)


def _axes(drawn: HeatMap) -> list[Markup]:
    found = []
    for n in _some(len(drawn.xs)):
        x = LEFT + (n + 0.5) / len(drawn.xs) * (RIGHT - LEFT)
        found.append(
            Markup('<text x="{}%" y="{}%" dy="14" text-anchor="middle">{}</text>').format(
                coordinate(x), coordinate(BOTTOM), drawn.xs[n][0]
            )
        )
    for n in _some(len(drawn.ys)):
        y = BOTTOM - (n + 0.5) / len(drawn.ys) * (BOTTOM - TOP)
        found.append(
            Markup('<text x="{}%" dx="-6" y="{}%" dy="4" text-anchor="end">{}</text>').format(
                coordinate(LEFT), coordinate(y), drawn.ys[n][0]
            )
        )
    found.append(
        Markup('<text class="name" x="{}%" y="99%" text-anchor="middle">{} →</text>').format(
            coordinate((LEFT + RIGHT) / 2), drawn.x
        )
    )
    found.append(Markup('<text class="name" x="0" y="99%">↑ {}</text>').format(drawn.y))
    return found


def _some(count: int) -> list[int]:
    every = -(-count // LABELS_MAX)
    return list(range(0, count, every))
