"""Returns that money put in or taken out does not touch."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.trading.performance import Mark, immune, stretches, time_weighted_return
from arena.trading.portfolio import Flow
from tests.trading.tape import D, at


def flow(minute: int, before: object, amount: object) -> Flow:
    return Flow(
        f"flw_{minute}", "acc_1", at(0) + timedelta(minutes=minute), "USD", D(amount), D(amount), D(1),
        "the account's own currency", D(before), "top up", "per_1",
    )  # fmt: skip


def mark(minute: int, equity: object) -> Mark:
    return Mark(at(0) + timedelta(minutes=minute), D(equity), D(equity), D(0))


def test_money_put_in_is_no_gain_and_money_taken_out_is_no_loss() -> None:
    marks = [mark(1, 110), mark(3, 210), mark(5, 231), mark(7, 131), mark(9, 131)]
    moved = [flow(2, 110, 100), flow(6, 231, -100)]
    assert immune(marks, moved) == pytest.approx([110, 110, 121, 121, 121])
    assert time_weighted_return(100, 131, moved) == pytest.approx(0.21)


def test_a_mark_at_the_time_of_a_flow_stands_before_it() -> None:
    assert immune([mark(2, 110), mark(3, 210)], [flow(2, 110, 100)]) == pytest.approx([110, 110])


def test_an_account_that_was_emptied_rests_at_what_it_had_and_goes_on_from_there() -> None:
    marks = [mark(1, 120), mark(3, 0), mark(5, 50), mark(6, 55)]
    moved = [flow(2, 120, -120), flow(4, 0, 50)]
    assert immune(marks, moved) == pytest.approx([120, 120, 120, 132])


def test_an_account_that_has_lost_everything_does_not_rise_again_by_fresh_money() -> None:
    marks = [mark(1, 0), mark(3, 100), mark(4, 200)]
    assert immune(marks, [flow(2, 0, 100)]) == [0, 0, 0]


@given(
    st.lists(
        st.tuples(st.floats(0.5, 1.5), st.floats(-0.9, 5.0) | st.just(0.0)), min_size=1, max_size=30
    )
)
def test_the_curve_is_that_of_an_account_which_earned_the_same_and_was_left_alone(
    days: list[tuple[float, float]],
) -> None:
    equity, alone, marks, moved, expected = 1000.0, 1000.0, [], [], []
    for number, (growth, share) in enumerate(days):
        equity, alone = equity * growth, alone * growth
        marks.append(mark(2 * number, equity))
        expected.append(alone)
        if share:
            moved.append(flow(2 * number + 1, equity, equity * share))
            equity *= 1 + share
    assert immune(marks, moved) == pytest.approx(expected, rel=1e-9)
    assert len(stretches(moved)) == len(moved) + 1
    assert all(
        a.since is None or a.since < b.since for a, b in pairwise(stretches(moved)) if b.since
    )
