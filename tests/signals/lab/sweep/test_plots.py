"""What the drawings of a sweep show."""

import re
from io import BytesIO
from xml.etree import ElementTree

import polars as pl
from PIL import Image

from arena.signals.lab.sweep import (
    across,
    along,
    heat_map_png,
    heat_map_svg,
    neighbours_median,
    stability_png,
    stability_svg,
    varied,
)
from arena.signals.lab.sweep.plots import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH

# Three by three, twice over a third parameter; the corner (3, 30) is best, (1, 30) failed.
FRAME = pl.DataFrame([
    {
        "number": number, "fast": fast, "slow": slow, "band": band, "fixed": 7, "total_return": 0.1,
        "sharpe": None if (fast, slow) == (1, 30) else float(fast + slow / 10 + band),
    }
    for number, (fast, slow, band) in enumerate(
        (f, s, b) for f in (1, 2, 3) for s in (10, 20, 30) for b in (0, 2)
    )
])  # fmt: skip


def test_medians_are_taken_over_the_other_parameters() -> None:
    assert varied(FRAME) == ("fast", "slow", "band")
    cells = across(FRAME, ("fast", "slow"), "sharpe")
    assert cells[3, 30] == 7.0
    assert cells[1, 10] == 3.0
    assert (1, 30) not in cells
    assert along(FRAME, "band", "sharpe")[2][1] == 6.0
    assert along(FRAME, "fast", "sharpe")[3] == (5.25, 6.0, 6.75)


def test_neighbours_differ_by_one_value_and_leave_out_the_row_itself_and_failures() -> None:
    one = FRAME.filter(pl.col("band") == 0)
    row = (
        one["number"].to_list().index(0)
    )  # fast 1, slow 10: (1, 20), (2, 10), (2, 20) are next to it
    assert neighbours_median(one, "sharpe", [row]) == {0: 3.0}
    assert neighbours_median(one.head(1), "sharpe", [0]) == {}


def test_the_heat_map_is_bright_where_it_is_good_and_empty_where_there_is_nothing() -> None:
    image = Image.open(BytesIO(heat_map_png(FRAME, ("fast", "slow"), "sharpe")))
    assert image.size == (WIDTH, HEIGHT)
    wide, tall = (RIGHT - LEFT) / 3, (BOTTOM - TOP) / 3

    def cell(column: int, row: int) -> tuple[int, ...]:
        at = (round(LEFT + (column + 0.5) * wide), round(BOTTOM - (row + 0.5) * tall))
        return image.getpixel(at)  # type: ignore[return-value]  # an RGB image

    assert cell(2, 2) == (253, 231, 37)
    assert cell(0, 0) == (68, 1, 84)
    assert cell(0, 2) == (236, 232, 225)


def test_pages_get_the_same_as_svg() -> None:
    heat = ElementTree.fromstring(heat_map_svg(FRAME, ("fast", "slow"), "sharpe"))  # noqa: S314 - our own drawing
    words = [text.text for text in heat.iter("{http://www.w3.org/2000/svg}text")]
    assert "framed: fast 3, slow 30, 7.00" in words
    assert {"1", "2", "3", "10", "20", "30", "fast", "slow"} <= set(words)
    curve = stability_svg(FRAME, "slow", "sharpe").decode()
    assert len(re.findall("<polygon", curve)) == 1
    assert "style=" not in curve


def test_a_parameter_with_one_value_is_drawn_too() -> None:
    assert Image.open(BytesIO(stability_png(FRAME, "fixed", "sharpe"))).size == (WIDTH, HEIGHT)
    one = FRAME.head(1)
    assert Image.open(BytesIO(heat_map_png(one, ("fast", "slow"), "sharpe"))).size == (
        WIDTH,
        HEIGHT,
    )
