"""The drawings of a sweep: valid, inside their pictures, marked where they say, harmless whatever they are told."""

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.web.draw import (
    HeatMap,
    Steadiness,
    heat_map,
    heat_scale,
    regions,
    steadiness_figure,
    steady_cells,
)
from arena.web.draw.heat_map import colour

HOSTILE = '<script>alert(1)</script>" onload="x'
VALUE = st.none() | st.floats(-1e6, 1e6)


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - our own drawing


def grid(cells: list[list[float | None]], x: str = "fast", y: str = "slow") -> HeatMap:
    return HeatMap(
        x, y, [(n, n) for n in range(len(cells[0]))], [(n, n + 1) for n in range(len(cells))], cells
    )


@st.composite
def cells(draw: st.DrawFn) -> list[list[float | None]]:
    row = st.lists(VALUE, min_size=(wide := draw(st.integers(1, 12))), max_size=wide)
    return draw(st.lists(row, min_size=1, max_size=12))


@settings(deadline=None, max_examples=40)  # machines are slow when others work on them
@given(cells())
def test_every_map_stays_inside_its_plane(values: list[list[float | None]]) -> None:
    shown = grid(values)
    figure = heat_map(shown, "a map")
    if not shown.known:
        assert figure == ""
        return
    boxes = [box for box in parsed(figure).iter("rect") if box.get("class") != "unknown"]
    assert len(boxes) == len(shown.known)
    for box in boxes:
        x, y, wide, tall = (float(box.get(name) or "") for name in ("x", "y", "width", "height"))
        assert -0.1 <= x <= x + wide <= 1000.7
        assert -0.1 <= y <= y + tall <= 1000.7
        assert len(box.get("fill") or "") == 7


def test_a_cell_says_its_value_and_the_best_is_ringed() -> None:
    figure = parsed(heat_map(grid([[0.5, 1.0], [None, -0.25]], x=HOSTILE), HOSTILE))
    titles = [title.text for title in figure.iter("title")]
    assert titles == [
        f"{HOSTILE} 0, slow 0–1: Sharpe 0.50", f"{HOSTILE} 1, slow 0–1: Sharpe 1.00",
        f"{HOSTILE} 1, slow 1–2: Sharpe −0.25",
    ]  # fmt: skip
    ring = next(each for each in figure.iter("circle") if each.get("class") == "ring")
    assert float((ring.get("cx") or "").rstrip("%")) > 50
    assert figure.find(".//script") is None
    assert figure.get("aria-label") == HOSTILE


def test_a_hill_is_steady_and_a_lonely_peak_is_not() -> None:
    hill: list[list[float | None]] = [
        [5.0 - abs(x - 3) - abs(y - 3) for x in range(7)] for y in range(7)
    ]
    assert (3, 3) in steady_cells(grid(hill))
    assert (0, 0) not in steady_cells(grid(hill))
    lonely: list[list[float | None]] = [
        [10.0 if (x, y) == (3, 3) else (x * 7 + y * 3) % 5 / 10 for x in range(7)] for y in range(7)
    ]
    assert grid(lonely).best == (3, 3)
    assert (3, 3) not in steady_cells(grid(lonely))
    assert regions({(0, 0), (0, 1), (1, 1), (5, 5)}) == [{(0, 0), (0, 1), (1, 1)}, {(5, 5)}]
    assert steady_cells(grid([[1.0] * 5 for _ in range(5)])) == set()


def test_the_scale_goes_from_dark_to_light() -> None:
    assert colour(0) == "#440154"
    assert colour(1) == "#fde725"
    words = [text.text for text in parsed(heat_scale(-1, 3)).iter("text")]
    assert words == ["−1.00", "1.00", "3.00"]


ROW = st.tuples(st.floats(-50, 50), st.floats(0, 9), st.floats(0, 9))


@settings(deadline=None, max_examples=40)  # machines are slow when others work on them
@given(st.lists(ROW, min_size=2, max_size=40), st.data())
def test_every_curve_stays_inside_its_picture(
    rows: list[tuple[float, float, float]], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(rows) - 1))
    last = data.draw(st.integers(first, len(rows) - 1))
    curve = Steadiness(
        HOSTILE, [5 * n for n in range(len(rows))], [m - down for m, down, _ in rows],
        [m for m, _, _ in rows], [m + up for m, _, up in rows], (5 * first, 5 * last),
    )  # fmt: skip
    figure = parsed(steadiness_figure(curve, HOSTILE))
    [line] = figure.iter("polyline")
    for point in (line.get("points") or "").split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= 1000
        assert 59.9 <= y <= 850.1
    [plateau] = [box for box in figure.iter("rect") if box.get("class") == "plateau"]
    x, wide = float(plateau.get("x") or ""), float(plateau.get("width") or "")
    assert 0 <= x < x + wide <= 1000.1


@pytest.mark.parametrize("values", [[], [7]])
def test_a_single_value_is_no_curve(values: list[int]) -> None:
    figures = [0.5] * len(values)
    assert steadiness_figure(Steadiness("a", values, figures, figures, figures, (7, 7)), "") == ""
