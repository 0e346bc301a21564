"""Which configurations a space stands for, and what cannot be one."""

import numpy as np
import pytest

from arena.signals.lab.sweep import BadSpace, Space, TooManyConfigurations, grid, random
from arena.signals.lab.sweep.chunks import chunks, neighbourly
from arena.signals.strategists import STRATEGISTS

CROSS = STRATEGISTS["moving_average_cross"]
PAIR = [("fast_bars", "slow_bars")]


def test_a_grid_has_all_that_keep_to_the_pairs_and_defaults_for_the_rest() -> None:
    found = grid(Space.of(CROSS, {"fast_bars": (5, 20, 5), "slow_bars": [10, 15]}, PAIR))
    assert [(each["fast_bars"], each["slow_bars"]) for each in found] == [
        (5, 10),
        (5, 15),
        (10, 15),
    ]
    assert {each["band_bps"] for each in found} == {CROSS.ranges["band_bps"].default}


def test_random_ones_are_different_ones_and_the_same_for_the_same_seed() -> None:
    space = Space.of(CROSS, {"fast_bars": (1, 200, 1), "slow_bars": (2, 400, 1)}, PAIR)
    found = random(space, 500, 3)
    assert len({tuple(row) for row in found.values.tolist()}) == 500
    assert (found.values[:, 0] < found.values[:, 1]).all()
    assert np.array_equal(found.values, random(space, 500, 3).values)
    assert not np.array_equal(found.values, random(space, 500, 4).values)


def test_random_ones_come_from_spaces_too_large_to_list() -> None:
    space = Space.of(
        CROSS,
        {"fast_bars": (1, 5_000, 1), "slow_bars": (2, 5_000, 1), "band_bps": (0, 1_000, 1)},
        PAIR,
    )
    found = random(space, 300, 1)
    assert len({tuple(row) for row in found.values.tolist()}) == 300
    assert (found.values[:, 0] < found.values[:, 1]).all()


def test_all_are_drawn_where_fewer_are_left_than_asked_for() -> None:
    assert len(random(Space.of(CROSS, {"fast_bars": [1, 2, 3]}), 50, 1)) == 3


@pytest.mark.parametrize(
    ("given", "less", "told"),
    [
        ({"fast_bar": [1]}, [], "it has no fast_bar, only fast_bars (1 to 5000)"),
        ({"fast_bars": [0]}, [], "fast_bars = 0 is none of the whole numbers from 1 to 5000"),
        ({"fast_bars": [1.5]}, [], "fast_bars = 1.5 is none"),
        ({"fast_bars": [True]}, [], "fast_bars = True is none"),
        ({"fast_bars": (1, 9_000, 500)}, [], "from 1 to 5000"),
        ({"fast_bars": (9, 1, 1)}, [], "there is no value of fast_bars"),
        ({"fast_bars": (1, 9, 0)}, [], "step of one or more"),
        ({"fast_bars": (1, float("nan"), 1)}, [], "of whole numbers"),
        ({"fast_bars": []}, [], "there is no value of fast_bars"),
        ({}, [("fast_bars", "slowly")], "it has no slowly"),
    ],
)  # fmt: skip
def test_what_a_strategy_does_not_take_is_refused_with_what_it_takes(
    given: dict, less: list, told: str
) -> None:
    with pytest.raises(BadSpace, match="moving_average_cross") as refused:
        Space.of(CROSS, given, less)
    assert told in str(refused.value)


def test_pairs_that_leave_nothing_are_refused() -> None:
    space = Space.of(CROSS, {"fast_bars": [50], "slow_bars": [20]}, PAIR)
    for act in (lambda: grid(space), lambda: random(space, 5, 1)):
        with pytest.raises(BadSpace, match="fast_bars < slow_bars"):
            act()


def test_more_than_a_million_are_refused() -> None:
    wide = Space.of(CROSS, {"fast_bars": (1, 2_000, 1), "slow_bars": (2, 2_001, 1)})
    wider = Space.of(CROSS, {"fast_bars": (1, 5_000, 1), "slow_bars": (2, 5_000, 1)})
    for space in (wide, wider):
        with pytest.raises(TooManyConfigurations, match="1,000,000"):
            grid(space)
    with pytest.raises(TooManyConfigurations):
        random(wide, 1_000_001, 1)


def test_chunks_hold_every_configuration_once_and_share_values() -> None:
    found = grid(Space.of(CROSS, {"fast_bars": (1, 64, 1), "slow_bars": (65, 128, 1)}))
    parts = chunks(found, 46_875, planned=True)
    assert sorted(np.concatenate(parts).tolist()) == list(range(64 * 64))
    assert {len(part) for part in parts} == {256}
    for part in parts:  # a square of 16 by 16: 32 averages for 256 configurations
        assert [len(np.unique(found.values[part, column])) for column in (0, 1)] == [16, 16]
    assert neighbourly(found)[0] == 0
