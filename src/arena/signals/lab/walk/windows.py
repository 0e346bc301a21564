"""Where a walk-forward trains and where it is tested: windows of bars, the training always earlier."""

from dataclasses import dataclass
from typing import Literal

from arena.kit.errors import Refused

Kind = Literal["rolling", "anchored"]


class BadWindows(Refused):
    """No walk-forward can be cut this way: {why}."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How to cut. All in bars; `anchored` training begins at the first bar and grows, `rolling` training moves on.

    `purge_bars` after the training are left out, because positions begun in it end there; `embargo_bars` more are,
    because what the test begins with still remembers the training (Lopez de Prado 2018, Advances in financial machine
    learning, chapter 7). Tests follow one another without a break, so that their records join into one.
    """

    train_bars: int
    test_bars: int
    purge_bars: int = 0
    embargo_bars: int = 0
    kind: Kind = "rolling"

    @property
    def gap_bars(self) -> int:
        return self.purge_bars + self.embargo_bars


@dataclass(frozen=True, slots=True)
class Window:
    """Bars `train_first` up to, not including, `train_end`; the test alike."""

    train_first: int
    train_end: int
    test_first: int
    test_end: int


def windows_of(count: int, cut: Cut) -> list[Window]:
    """The windows of so many bars, in the order of time; the last test may be shorter, but not under half.

    Raises BadWindows where a length is not above zero, or not one window fits.
    """
    if min(cut.train_bars, cut.test_bars) < 1 or min(cut.purge_bars, cut.embargo_bars) < 0:
        raise BadWindows(
            why="training and test need at least one bar each, and gaps none below zero"
        )
    first_test = cut.train_bars + cut.gap_bars
    found = []
    for test_first in range(first_test, count, cut.test_bars):
        test_end = min(test_first + cut.test_bars, count)
        if (test_end - test_first) * 2 < cut.test_bars:
            break
        train_end = test_first - cut.gap_bars
        train_first = 0 if cut.kind == "anchored" else train_end - cut.train_bars
        found.append(Window(train_first, train_end, test_first, test_end))
    if not found:
        raise BadWindows(
            why=f"{count} bars hold no training of {cut.train_bars}, gap of {cut.gap_bars} and test of"
            f" {cut.test_bars}; shorten them or take more data"
        )
    return found
