"""Snapshots and differences become one line without a gap, whatever the order they arrive in."""

from hypothesis import given
from hypothesis import strategies as st

from arena.kit.clock import from_ms
from arena.trading.market import DepthSnapshot, DepthUpdate
from arena.trading.market.joining import KEPT_MAX, Joiner

AT = from_ms(1_760_000_000_000)


def snapshot(last_id: int) -> DepthSnapshot:
    return DepthSnapshot("BTCUSDT", AT, last_id, ((100, 1),), ((101, 1),))


def update(first_id: int, last_id: int) -> DepthUpdate:
    return DepthUpdate("BTCUSDT", AT, first_id, last_id, ((100, last_id),), ())


def test_what_the_snapshot_contains_is_dropped_and_the_rest_follows_it() -> None:
    joiner = Joiner()
    kept = [update(1, 3), update(4, 8), update(9, 9), update(10, 14)]
    assert all(joiner.update(one) == [] for one in kept)
    assert joiner.snapshot(snapshot(6)) == [snapshot(6), *kept[1:]]
    assert (joiner.joined, joiner.last_id, joiner.gaps) == (True, 14, 0)
    assert joiner.update(update(12, 14)) == []  # told before
    assert joiner.update(update(15, 15)) == [update(15, 15)]


def test_a_snapshot_older_than_the_stream_is_of_no_use() -> None:
    joiner = Joiner()
    joiner.update(update(10, 12))
    assert joiner.snapshot(snapshot(8)) == []
    assert not joiner.joined
    assert joiner.snapshot(snapshot(9)) == [snapshot(9), update(10, 12)]


def test_the_first_difference_may_begin_before_the_snapshot_and_no_later_one() -> None:
    joiner = Joiner()
    assert joiner.snapshot(snapshot(5)) == [snapshot(5)]
    assert joiner.update(update(3, 5)) == []
    assert joiner.update(update(4, 7)) == [update(4, 7)]
    assert joiner.update(update(6, 9)) == []
    assert (joiner.joined, joiner.gaps) == (False, 1)


def test_after_a_gap_nothing_is_told_until_the_next_snapshot() -> None:
    joiner = Joiner()
    joiner.snapshot(snapshot(5))
    assert joiner.update(update(7, 8)) == []
    assert joiner.update(update(9, 10)) == []
    assert joiner.gaps == 1
    assert joiner.snapshot(snapshot(8)) == [snapshot(8), update(9, 10)]


def test_a_gap_among_the_kept_differences_asks_for_another_snapshot() -> None:
    joiner = Joiner()
    joiner.update(update(1, 3))
    joiner.update(update(6, 8))
    assert joiner.snapshot(snapshot(2)) == []
    assert joiner.snapshot(snapshot(7)) == [snapshot(7), update(6, 8)]


def test_of_kept_differences_the_oldest_are_dropped() -> None:
    joiner = Joiner()
    for number in range(1, KEPT_MAX + 11):
        joiner.update(update(number, number))
    assert joiner.snapshot(snapshot(5)) == []
    assert len(joiner.snapshot(snapshot(KEPT_MAX))) == 11


@given(st.data())
def test_what_is_handed_on_never_has_a_gap(data: st.DataObject) -> None:
    """Over a stream that loses messages at random, with snapshots at random moments."""
    joiner, number, told = Joiner(), 0, []
    for _ in range(data.draw(st.integers(1, 60))):
        width = data.draw(st.integers(1, 3))
        change = update(number + 1, number + width)
        number += width
        if data.draw(st.integers(0, 9)):
            told += joiner.update(change)
        if not data.draw(st.integers(0, 5)):
            told += joiner.snapshot(snapshot(max(number - data.draw(st.integers(0, 6)), 0)))
    last, fresh = None, False
    for event in told:
        if isinstance(event, DepthSnapshot):
            last, fresh = event.last_id, True
            continue
        assert last is not None
        assert isinstance(event, DepthUpdate)
        assert event.first_id == last + 1 or (fresh and event.first_id <= last + 1 <= event.last_id)
        last, fresh = event.last_id, False
