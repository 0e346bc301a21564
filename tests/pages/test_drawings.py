"""Drawings: valid as XML, silent about nothing they show, harmless whatever they are told."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from arena.web.draw import (
    Level,
    Phase,
    PhaseKind,
    Picture,
    draw_picture,
    equity_figure,
    equity_label,
    monthly_table,
    scale,
    worst_drawdown,
)
from arena.web.draw.equity import nice_ticks, thinned
from arena.web.draw.monthly import shade
from arena.web.draw.picture import fitting, sayable

START = datetime(2021, 9, 27, 13, 45, tzinfo=UTC)
MIDNIGHT = datetime(2021, 9, 28, tzinfo=UTC)
HOSTILE = '<script>alert(1)</script>" onload="x'


def levels_of(*equities: float) -> list[Level]:
    days = [Level(MIDNIGHT + timedelta(days=n), value) for n, value in enumerate(equities[1:])]
    return [Level(START, equities[0]), *days]


LEVELS = levels_of(100_000, 104_000, 98_800, 102_000, 111_690)
SPLIT = MIDNIGHT + timedelta(days=2)
PHASES = [Phase("burn_in", START, SPLIT), Phase("forward", SPLIT, LEVELS[-1].at)]


def drawn(levels: list[Level], phases: list[Phase]) -> ElementTree.Element:
    return ElementTree.fromstring(equity_figure(levels, phases, equity_label(levels, "USD")))  # noqa: S314 - our own drawing


def test_the_label_says_start_end_return_and_worst_drawdown() -> None:
    label = drawn(LEVELS, PHASES).get("aria-label") or ""
    for words in (
        "Hypothetical", "27 Sep 2021", "1 Oct 2021", "100,000 to 111,690 USD", "+11.7 %", "worst drawdown 5.0 %",
    ):  # fmt: skip
        assert words in label


def test_phases_are_shaded_each_in_its_own_way_and_meet() -> None:
    figure = drawn(LEVELS, PHASES)
    bands = [r for r in figure.iter("rect") if "phase" in (r.get("class") or "")]
    assert [band.get("class") for band in bands] == ["phase burn_in", "phase forward"]
    assert bands[0].get("fill") == "url(#hatch-burn_in)"
    assert bands[1].get("fill") == "none"
    first, second = (
        (float((b.get("x") or "")[:-1]), float((b.get("width") or "")[:-1])) for b in bands
    )
    assert first[0] == 0
    assert first[0] + first[1] == pytest.approx(second[0], abs=0.11)
    assert second[0] + second[1] == pytest.approx(100, abs=0.11)


def test_backtest_and_live_can_be_drawn_before_there_are_any() -> None:
    half = MIDNIGHT + timedelta(days=1)
    phases = [Phase("backtest", START, half), Phase("live", half, LEVELS[-1].at)]
    classes = [r.get("class") for r in drawn(LEVELS, phases).iter("rect")]
    assert classes == ["phase backtest", "phase live"]


def test_one_value_is_no_curve() -> None:
    assert equity_figure(LEVELS[:1], PHASES, "x") == ""


def test_a_curve_that_never_moves_is_drawn() -> None:
    assert drawn(levels_of(100, 100, 100), []).find(".//polyline") is not None


@settings(deadline=None)  # machines are slow when others work on them
@given(st.lists(st.floats(1, 1e9), min_size=2, max_size=60))
def test_every_curve_stays_inside_its_picture(equities: list[float]) -> None:
    levels = levels_of(*equities)
    for line in drawn(levels, PHASES).iter("polyline"):
        points = [tuple(map(float, p.split(","))) for p in (line.get("points") or "").split()]
        assert all(0 <= x <= 1000 and 0 <= y <= 900.1 for x, y in points)
        assert all(a[0] <= b[0] for a, b in pairwise(points))


def test_words_from_outside_stay_words() -> None:
    for picture in (equity_figure(LEVELS, PHASES, HOSTILE), scale(HOSTILE, bounds=(0, 1), point=0.5)):  # fmt: skip
        root = ElementTree.fromstring(picture)  # noqa: S314 - our own drawing
        assert root.get("aria-label") == HOSTILE
        assert root.get("onload") is None
        assert root.find(".//script") is None


@given(st.floats(-0.99, 0), st.floats(0, 50))
def test_ticks_are_round_and_within_and_zero_is_one(low: float, high: float) -> None:
    ticks = nice_ticks(low, high)
    assert 0.0 in ticks
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in ticks)
    assert len(ticks) <= 6


def test_thinning_keeps_the_ends_the_highest_and_the_deepest() -> None:
    values = [100 + (n * 7919 % 101) for n in range(5000)]
    values[3333], values[1111] = 999, 1
    levels = levels_of(*values)
    kept = thinned(levels, 480)
    assert len(kept) <= 482
    assert {levels[0], levels[-1], levels[3333], levels[1111]} <= set(kept)


def test_the_worst_drawdown_is_from_a_high_before_it() -> None:
    assert worst_drawdown(LEVELS) == pytest.approx(0.05)
    assert worst_drawdown(levels_of(1, 2, 3)) == 0


def test_a_year_compounds_its_months_and_lists_twelve() -> None:
    months = [("2020-12", -0.10), ("2021-01", 0.10), ("2021-02", -0.5), ("2021-03", 0.2)]
    newest, oldest = monthly_table(months)
    assert (newest.year, oldest.year) == (2021, 2020)
    assert newest.total.value == pytest.approx(1.1 * 0.5 * 1.2 - 1)
    assert newest.total.text == "−34.0"
    assert [cell.value for cell in newest.months[:4]] == [0.10, -0.5, 0.2, None]
    assert len(newest.months) == len(oldest.months) == 12
    assert oldest.months[11].text == "−10.0"
    assert oldest.months[0].text == ""


def test_months_are_shaded_by_sign_and_size() -> None:
    assert [shade(v) for v in (None, 0.0, 0.004, 0.01, -0.03, 0.06, -0.2)] == [
        "none", "level", "level", "gain-1", "loss-2", "gain-3", "loss-4",
    ]  # fmt: skip


def test_a_return_of_nothing_has_no_sign() -> None:
    (year,) = monthly_table([("2021-01", -0.0001)])
    assert year.months[0].text == "0.0"


def picture(title: str) -> Picture:
    figures = (("Net return", "+11.7 %"), ("Worst drawdown", "5.0 %"), ("Days", "38"))
    phases: tuple[tuple[PhaseKind, float, float], ...] = (("burn_in", 0, 0.8), ("forward", 0.8, 1))
    return Picture(title, "by A, BTC-USD", "Hypothetical", figures, (1.0, 1.2, 1.1), phases)


@pytest.mark.parametrize("title", ["Northwind", HOSTILE, "漢字 کتاب 🦊 Žluťoučký", "W" * 120])
def test_the_picture_is_a_png_of_the_size_other_sites_ask_for(title: str) -> None:
    data = draw_picture(picture(title))
    image = Image.open(BytesIO(data))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert len(data) < 60_000


def test_letters_the_face_lacks_are_written_by_their_kin() -> None:
    assert sayable("Žluťoučký −3 € “x”") == 'Zlutoucky -3 ? “x”'  # fmt: skip
    assert sayable("a\x00b\n") == "a?b?"


def test_what_does_not_fit_ends_in_dots() -> None:
    assert fitting("short", 28, 1000) == "short"
    assert fitting("long " * 100, 28, 300).endswith("...")


def test_a_picture_without_a_record_has_no_curve_and_no_figures() -> None:
    data = draw_picture(Picture("Northwind", "by A", "No record yet.", (), (), ()))
    assert Image.open(BytesIO(data)).size == (1200, 630)
