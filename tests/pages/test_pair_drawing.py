"""The drawing of two curves: valid, inside its picture, and harmless whatever it is told."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from arena.web.draw import pair_figure, pair_label

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
HOSTILE = '<script>alert(1)</script>" onload="x'


def drawn(first: list[float], second: list[float], label: str = "two") -> ElementTree.Element:
    until = SINCE + timedelta(days=len(first) - 1)
    return ElementTree.fromstring(pair_figure(first, second, since=SINCE, until=until, label=label))  # noqa: S314 - our own drawing


@settings(deadline=None)  # machines are slow when others work on them
@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=700))
def test_every_pair_stays_inside_its_picture(levels: list[tuple[float, float]]) -> None:
    first, second = ([1.0, *(pair[n] for pair in levels)] for n in (0, 1))
    lines = list(drawn(first, second).iter("polyline"))
    assert [line.get("class") for line in lines] == ["ahead-line", "second-line", "first-line"]
    for line in lines:
        points = [tuple(map(float, p.split(","))) for p in (line.get("points") or "").split()]
        assert len(points) <= 482
        assert (points[0][0], points[-1][0]) == (0, 1000)
        assert all(0 <= x <= 1000 and 89.9 <= y <= 900.1 for x, y in points)


def test_its_words_are_text_and_say_both_returns() -> None:
    label = pair_label((HOSTILE, "Other"), [1, 1.2], [1, 0.9])
    figure = drawn([1, 1.2], [1, 0.9], label)
    assert HOSTILE in (figure.get("aria-label") or "")
    assert "+20.0 %" in label
    assert "−10.0 %" in label
    assert figure.find(".//script") is None


def test_one_day_or_two_lengths_draw_nothing() -> None:
    until = SINCE + timedelta(days=1)
    assert pair_figure([1], [1], since=SINCE, until=SINCE, label="x") == ""
    assert pair_figure([1, 2], [1], since=SINCE, until=until, label="x") == ""


def test_two_that_never_move_are_drawn() -> None:
    assert drawn([1, 1, 1], [1, 1, 1]).find(".//polyline") is not None
