"""The search repeats itself, goes on where it was left, keeps to the pairs, and finds more than chance does."""

from pathlib import Path

import pytest

from arena.signals.lab.sweep import BadStudy, OtherStudy, Space, Study, grid, optimise
from arena.signals.strategists import STRATEGISTS
from tests.signals.lab.stage import wandering

CROSS = STRATEGISTS["moving_average_cross"]
BARS = wandering(3, 900)
SPACE = Space.of(
    CROSS, {"fast_bars": (2, 60, 1), "slow_bars": (4, 200, 1)}, [("fast_bars", "slow_bars")]
)


def test_it_is_the_same_with_an_interruption_and_other_workers(tmp_path: Path) -> None:
    study = Study(CROSS, BARS, SPACE)
    whole = optimise(study, tmp_path / "whole", trials=32, seed=1, workers=1)
    optimise(study, tmp_path / "cut", trials=16, seed=1, workers=1)
    parts = sorted((tmp_path / "cut/parts").iterdir())
    parts[-1].unlink()  # the batch that was on its way
    cut = optimise(study, tmp_path / "cut", trials=32, seed=1, workers=2)
    assert whole.height == 32
    assert whole.equals(cut)
    other = optimise(study, tmp_path / "other", trials=16, seed=2, workers=1)
    assert not other["fast_bars"].equals(whole["fast_bars"][:16])


def test_it_keeps_to_the_pairs_and_gathers_where_it_is_good(tmp_path: Path) -> None:
    found = optimise(Study(CROSS, BARS, SPACE), tmp_path, trials=80, seed=4, workers=1)
    assert (found["fast_bars"] < found["slow_bars"]).all()
    first, last = found.head(16)["sharpe"].median(), found.tail(40)["sharpe"].median()
    assert last > first  # type: ignore[operator]  # both are numbers


def test_a_search_needs_a_space_and_a_folder_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(BadStudy, match="needs a space"):
        optimise(Study(CROSS, BARS, grid(Space.of(CROSS, {}))), tmp_path, trials=8, seed=1)
    optimise(Study(CROSS, BARS, SPACE), tmp_path, trials=8, seed=1, workers=1)
    with pytest.raises(OtherStudy):
        optimise(Study(CROSS, BARS, SPACE), tmp_path, trials=8, seed=2, workers=1)
