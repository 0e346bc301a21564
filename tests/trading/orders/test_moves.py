"""How an order's status may move."""

from arena.trading.orders import MOVES


def test_what_has_ended_stays_ended_and_everything_open_can_end() -> None:
    ended = {status for status, to in MOVES.items() if not to}
    assert ended == {"filled", "canceled", "expired", "expired_in_match", "rejected"}
    for status in MOVES.keys() - ended:
        assert MOVES[status] >= {"canceled", "expired"}
        assert MOVES[status] <= MOVES.keys()


def test_what_was_partly_filled_is_rejected_no_more() -> None:
    assert "rejected" not in MOVES["partially_filled"]
    assert {status for status, to in MOVES.items() if "accepted" in to} == {"pending", "unknown"}


def test_nobody_comes_back_to_pending_and_only_the_unknown_becomes_anything() -> None:
    assert all("pending" not in to for to in MOVES.values())
    assert MOVES["unknown"] == MOVES.keys() - {"pending", "unknown"}
