"""Drawings of a sweep: a heat map of two parameters, and how stable a figure is along one of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from arena.signals.lab.sweep.pens import INK, LINE, Pen, PngPen, SvgPen
from arena.signals.lab.sweep.stability import across, along

if TYPE_CHECKING:
    import polars as pl

WIDTH, HEIGHT = 900, 600
LEFT, TOP, RIGHT, BOTTOM = 90.0, 84.0, 760.0, 520.0
LABELS_MAX = 12
# The colours of viridis at its quarters: as light grows they stay apart for the colour-blind too
# (S. van der Walt and N. Smith, 2015).
_SCALE = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
_CURVE, _BAND, _MISSING = "#14549e", "#cfdcf0", "#ece8e1"
_WORDS = {
    "sharpe": "Sharpe ratio", "total_return": "total return", "drawdown_max": "largest drawdown",
    "fills": "fills", "turnover": "turnover a year", "fees": "fees",
}  # fmt: skip


def heat_map_png(frame: "pl.DataFrame", parameters: tuple[str, str], metric: str) -> bytes:
    """The first parameter goes to the right, the second up; colour is the median of the metric over all others, and
    the best cell is framed. `frame` is `results(folder)` with a row at least that has the metric."""
    pen = PngPen(WIDTH, HEIGHT, "")
    _heat_map(pen, frame, parameters, metric)
    return pen.content()


def heat_map_svg(frame: "pl.DataFrame", parameters: tuple[str, str], metric: str) -> bytes:
    pen = SvgPen(WIDTH, HEIGHT, f"{_words(metric)} by {parameters[0]} and {parameters[1]}")
    _heat_map(pen, frame, parameters, metric)
    return pen.content()


def stability_png(frame: "pl.DataFrame", parameter: str, metric: str) -> bytes:
    """The median of the metric along the parameter, and its quartiles over all values of the others as a band."""
    pen = PngPen(WIDTH, HEIGHT, "")
    _stability(pen, frame, parameter, metric)
    return pen.content()


def stability_svg(frame: "pl.DataFrame", parameter: str, metric: str) -> bytes:
    pen = SvgPen(WIDTH, HEIGHT, f"{_words(metric)} along {parameter}")
    _stability(pen, frame, parameter, metric)
    return pen.content()


def _heat_map(pen: Pen, frame: "pl.DataFrame", parameters: tuple[str, str], metric: str) -> None:
    cells = across(frame, parameters, metric)
    columns, rows = (sorted({key[side] for key in cells}) for side in (0, 1))
    low, high = min(cells.values()), max(cells.values())
    best = max(cells, key=lambda key: cells[key])
    wide, tall = (RIGHT - LEFT) / len(columns), (BOTTOM - TOP) / len(rows)

    def place(key: tuple[int, int]) -> tuple[float, float, float, float]:
        x, y = LEFT + columns.index(key[0]) * wide, BOTTOM - (rows.index(key[1]) + 1) * tall
        return x, y, x + wide, y + tall

    pen.box((LEFT, TOP, RIGHT, BOTTOM), _MISSING)
    for key, value in cells.items():
        pen.box(place(key), _colour((value - low) / (high - low) if high > low else 0.5))
    x, y, right, under = place(best)
    pen.box((x - 1, y - 1, right + 1, under + 1), None, "#ffffff")
    pen.box((x - 2, y - 2, right + 2, under + 2), None, INK)
    named = ", ".join(f"{name} {value}" for name, value in zip(parameters, best, strict=True))
    pen.text((LEFT, 26), f"{_words(metric)} by {parameters[0]} and {parameters[1]}", 20)
    pen.text((LEFT, 48), f"framed: {named}, {_number(cells[best])}", 13)
    for value in _some(columns):
        x, _, right, _ = place((value, rows[0]))
        pen.text(((x + right) / 2, BOTTOM + 16), str(value), 13, "mm")
    for value in _some(rows):
        _, y, _, under = place((columns[0], value))
        pen.text((LEFT - 8, (y + under) / 2), str(value), 13, "rm")
    pen.text(((LEFT + RIGHT) / 2, BOTTOM + 44), parameters[0], 15, "mm")
    pen.text((12, TOP - 13), parameters[1], 15)
    _colour_bar(pen, low, high)


def _colour_bar(pen: Pen, low: float, high: float) -> None:
    steps = 64
    tall = (BOTTOM - TOP) / steps
    for step in range(steps):
        y = BOTTOM - (step + 1) * tall
        pen.box((RIGHT + 30, y, RIGHT + 50, y + tall + 0.5), _colour(step / (steps - 1)))
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        words = _number(low + share * (high - low))
        pen.text((RIGHT + 56, BOTTOM - share * (BOTTOM - TOP)), words, 13)


def _stability(pen: Pen, frame: "pl.DataFrame", parameter: str, metric: str) -> None:
    curve = along(frame, parameter, metric)
    values = list(curve)
    low, high = min(c[0] for c in curve.values()), max(c[2] for c in curve.values())
    low, high = (low, high) if high > low else (low - 0.5, high + 0.5)
    span = max(values[-1] - values[0], 1)
    right = WIDTH - 60.0

    def at(value: int, figure: float) -> tuple[float, float]:
        x = LEFT + (value - values[0]) / span * (right - LEFT)
        return x, BOTTOM - (figure - low) / (high - low) * (BOTTOM - TOP)

    pen.text((LEFT, 26), f"{_words(metric)} along {parameter}", 20)
    pen.text(
        (LEFT, 48),
        "line: median; band: from the lower to the upper quartile over the other parameters",
        13,
    )
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        figure = low + share * (high - low)
        _, y = at(values[0], figure)
        pen.line([(LEFT, y), (right, y)], LINE)
        pen.text((LEFT - 8, y), _number(figure), 13, "rm")
    if len(values) > 1:
        lower = [at(value, curve[value][0]) for value in values]
        pen.area([*lower, *(at(value, curve[value][2]) for value in reversed(values))], _BAND)
        pen.line([at(value, curve[value][1]) for value in values], _CURVE, 2)
    for value in values:
        x, y = at(value, curve[value][1])
        pen.box((x - 2, y - 2, x + 3, y + 3), _CURVE)
    for value in _some(values):
        pen.text((at(value, low)[0], BOTTOM + 16), str(value), 13, "mm")
    pen.text(((LEFT + right) / 2, BOTTOM + 44), parameter, 15, "mm")


def _colour(share: float) -> str:
    place = min(max(share, 0.0), 1.0) * (len(_SCALE) - 1)
    first = min(int(place), len(_SCALE) - 2)
    part = place - first
    mixed = (
        round(a + (b - a) * part) for a, b in zip(_SCALE[first], _SCALE[first + 1], strict=True)
    )
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def _some(values: Sequence[int]) -> list[int]:
    """As many of them as there is room for, evenly."""
    every = -(-len(values) // LABELS_MAX)
    return list(values[::every])


def _words(metric: str) -> str:
    return _WORDS.get(metric, metric)


def _number(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 1_000 else f"{value:,.0f}"
