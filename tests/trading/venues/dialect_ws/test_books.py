"""Whoever follows the differences has the book, whatever was merged, missed or repeated."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from arena.trading.market import DepthSnapshot, DepthUpdate, Levels
from arena.trading.venues.dialects.binance.stream_book import Difference, StreamBook

AT = datetime(2024, 8, 9, tzinfo=UTC)
LEVELS = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3)), max_size=6).map(
    lambda levels: tuple(dict(levels).items())
)
CHANGES = st.lists(st.tuples(LEVELS, LEVELS, st.booleans(), st.booleans()), max_size=12)


class Follower:
    """A client's book: it takes differences as it finds them and refuses a gap."""

    def __init__(self, book: DepthSnapshot) -> None:
        self.last_id = book.last_id
        self.sides = [dict(book.bids), dict(book.asks)]

    def take(self, difference: Difference) -> None:
        assert difference.first_id == self.last_id + 1
        self.last_id = difference.last_id
        for side, levels in zip(self.sides, (difference.bids, difference.asks), strict=True):
            side.update(levels)
            for price in [price for price, quantity in side.items() if not quantity]:
                del side[price]


def whole(levels: Levels) -> Levels:
    return tuple((price, quantity) for price, quantity in levels if quantity)


def applied(side: dict[int, int], levels: Levels) -> None:
    for price, quantity in levels:
        side[price] = quantity
        if not quantity:
            del side[price]


@given(LEVELS, LEVELS, CHANGES)
def test_a_follower_has_the_book_after_every_difference(
    bids: Levels, asks: Levels, changes: Iterable[tuple[Levels, Levels, bool, bool]]
) -> None:
    """Some updates come as snapshots, for those in between were lost; some differences wait and are merged."""
    first = DepthSnapshot("X", AT, 10, whole(bids), whole(asks))
    book, follower = StreamBook(first), Follower(first)
    truth = [dict(first.bids), dict(first.asks)]
    last, waiting = 10, None
    for bid_changes, ask_changes, lost, waits in changes:
        applied(truth[0], bid_changes)
        applied(truth[1], ask_changes)
        now = AT + timedelta(seconds=last)
        event: DepthUpdate | DepthSnapshot
        if lost:
            event = DepthSnapshot(
                "X", now, last + 3, tuple(truth[0].items()), tuple(truth[1].items())
            )
        else:
            event = DepthUpdate("X", now, last + 1, last + 2, bid_changes, ask_changes)
        last = event.last_id
        update = book.apply(event)
        assert update is not None
        assert book.apply(event) is None, "what was told is passed over"
        if waiting is None:
            waiting = Difference(update)
        else:
            waiting.add(update)
        if not waits:
            follower.take(waiting)
            waiting = None
            assert follower.sides == truth
            assert follower.last_id == book.last_id == last
        top = [max(truth[0].items(), default=None), min(truth[1].items(), default=None)]
        assert [book.top().bids, book.top().asks] == [(best,) if best else () for best in top]
    if waiting is not None:
        follower.take(waiting)
    assert follower.sides == truth


def test_a_copy_of_a_difference_is_its_own() -> None:
    held = Difference(DepthUpdate("X", AT, 1, 1, ((5, 1),), ()))
    copy = held.copy()
    held.add(DepthUpdate("X", AT, 2, 2, ((5, 0),), ()))
    assert (copy.last_id, copy.bids, copy.levels) == (1, {5: 1}, 1)
