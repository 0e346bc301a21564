"""The stand-in book and prints of a bar hold what their documentation promises."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from arena.kit.db import Database
from arena.trading import market
from arena.trading.market.book_model import bar_book, bar_prints

AT = datetime(2021, 10, 1, tzinfo=UTC)
BTC = market.Instrument("BTC-USD", "BTC", "USD", Decimal("0.01"), Decimal("0.00001"), Decimal(5))

prices = st.integers(1, 10_000_000).map(lambda n: Decimal(n).scaleb(-2))
volumes = st.integers(0, 10**10).map(lambda n: Decimal(n).scaleb(-5))


@st.composite
def bars(draw: st.DrawFn) -> market.Candle:
    low, a, b, high = sorted(draw(st.tuples(prices, prices, prices, prices)))
    o, c = draw(st.permutations([a, b]))
    return market.Candle("BTC-USD", AT, o, high, low, c, draw(volumes))


@given(bars(), st.integers(0, 100), st.integers(1, 100))
def test_a_book_is_never_crossed_and_holds_at_most_a_tenth_of_the_volume_a_side(
    bar: market.Candle, half_spread_bps: int, depth: int
) -> None:
    book = bar_book(bar, BTC, interval_s=900, half_spread_bps=half_spread_bps, depth=depth)
    assert book.model == "bar"
    assert book.at == AT + timedelta(minutes=15)
    for side in (book.bids, book.asks):
        assert len(side) <= min(depth, 10)
        assert sum(one.quantity for one in side) <= bar.volume / 10
        assert all(BTC.on_tick(one.price) and one.price > 0 for one in side)
        assert all(
            one.quantity > 0 and one.quantity == BTC.floor_step(one.quantity) for one in side
        )
    assert all(a.price > b.price for a, b in pairwise(book.bids))
    assert all(a.price < b.price for a, b in pairwise(book.asks))
    if book.bids and book.asks:
        assert book.bids[0].price < book.asks[0].price
        half = bar.close * half_spread_bps / 10_000
        assert book.asks[0].price >= bar.close + half
        assert book.bids[0].price <= bar.close - half


@given(bars())
def test_prints_are_the_points_of_the_path(bar: market.Candle) -> None:
    made = bar_prints(bar, BTC, interval_s=900)
    if not made:
        assert bar.volume < Decimal("0.00004")
        return
    found = [one.price for one in made]
    assert (found[0], found[3]) == (bar.open, bar.close)
    assert sorted(found[1:3]) == sorted([bar.low, bar.high])
    assert sum(one.quantity for one in made) <= bar.volume
    assert all(a.id + 1 == b.id and a.at < b.at for a, b in pairwise(made))
    assert all(
        b.side == ("buy" if b.price > a.price else "sell")
        for a, b in pairwise(made)
        if a.price != b.price
    )


async def test_a_replay_shows_book_and_trades_of_its_last_bar(
    db: Database, played: list[market.Bars]
) -> None:
    with_volume = [b for b in played if b.candles[0].volume]
    async with db.transaction() as tx:
        book = await market.book(tx, "BTC-USD", 10)
        made = await market.trades(tx, "BTC-USD", 6)
    assert book is not None
    assert book.at == played[-1].close_at
    assert (len(book.bids) == 10) == bool(played[-1].candles[0].volume)
    assert len({one.id for one in made}) == len(made) <= 6
    assert all(one.at <= played[-1].close_at for one in made)
    assert {one.price for one in made} <= {
        p for b in with_volume for c in b.candles for p in (c.open, c.high, c.low, c.close)
    }
