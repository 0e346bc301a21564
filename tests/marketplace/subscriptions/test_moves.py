"""The moves of a subscription and of a change, whole: what is drawn in the reference is what the code allows."""

import re
from pathlib import Path

from arena.marketplace.subscriptions import (
    CHANGE_MOVES,
    MOVES,
    ChangeState,
    Status,
    complimentary,
    seats,
)

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "subscriptions.md"


def test_the_moves_are_these_and_no_others() -> None:
    assert {(a.value, b.value) for a in MOVES for b in MOVES[a]} == {
        ("incomplete", "active"), ("incomplete", "ended"),
        ("active", "active"), ("active", "past_due"), ("active", "paused"), ("active", "ended"),
        ("past_due", "active"), ("past_due", "ended"),
        ("paused", "active"), ("paused", "past_due"), ("paused", "ended"),
    }  # fmt: skip
    assert {(a.value, b.value) for a in CHANGE_MOVES for b in CHANGE_MOVES[a]} == {
        ("charging", "done"), ("charging", "failed"),
        ("scheduled", "done"), ("scheduled", "undone"), ("scheduled", "lapsed"),
    }  # fmt: skip


def test_every_state_is_in_its_table_and_the_last_ones_stay() -> None:
    assert set(MOVES) == set(Status)
    assert set(CHANGE_MOVES) == set(ChangeState)
    assert not MOVES[Status.ENDED]


def test_the_reference_draws_every_move() -> None:
    drawn = set(re.findall(r"^\| `(\w+)` \| `(\w+)` \|", PAGE.read_text(), re.MULTILINE))
    moves = [(a.value, b.value) for a in MOVES for b in MOVES[a]]
    changes = [(a.value, b.value) for a in CHANGE_MOVES for b in CHANGE_MOVES[a]]
    of_seats = [(a.value, b.value) for a in seats.MOVES for b in seats.MOVES[a]]
    given = [(a.value, b.value) for a in complimentary.MOVES for b in complimentary.MOVES[a]]
    assert drawn == {*moves, *changes, *of_seats, *given}
