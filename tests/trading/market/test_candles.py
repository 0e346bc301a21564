"""Candles from the database: closed ones only, coarser ones right, statistics of a day."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from arena.kit.db import Database
from arena.trading import market

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def aggregated(bars: list[market.Bars], interval_s: int, until: datetime) -> list[market.Candle]:
    """The plain way: every bar into its bucket, buckets that ended by `until`."""
    width = timedelta(seconds=interval_s)
    buckets: dict[datetime, list[market.Candle]] = {}
    for one in bars:
        start = EPOCH + (one.open_at - EPOCH) // width * width
        if start + width <= until:
            buckets.setdefault(start, []).extend(one.candles)
    return [
        market.Candle(
            "BTC-USD", start, c[0].open, max(x.high for x in c), min(x.low for x in c), c[-1].close,
            sum((x.volume for x in c), Decimal(0)),
        )
        for start, c in sorted(buckets.items())
    ]  # fmt: skip


@pytest.mark.parametrize("interval_s", [1800, 3600, 7200, 14_400, 86_400])
@pytest.mark.parametrize("limit", [1, 3, 1000])
async def test_coarser_candles_equal_an_independent_aggregation(
    db: Database, played: list[market.Bars], interval_s: int, limit: int
) -> None:
    for until in (played[-1].close_at, played[120].close_at, played[121].close_at):
        async with db.transaction() as tx:
            made = await market.candles(
                tx, "BTC-USD", until=until, limit=limit, interval_s=interval_s
            )
        assert made == aggregated(played, interval_s, until)[-limit:]


async def test_candles_from_a_time_come_in_pages_that_leave_nothing_out(
    db: Database, played: list[market.Bars]
) -> None:
    until, since = played[-1].close_at, played[5].open_at + timedelta(minutes=1)
    for interval_s in (900, 3600):
        found: list[market.Candle] = []
        at = since
        async with db.transaction() as tx:
            while page := await market.candles_from(
                tx, "BTC-USD", at, until=until, limit=7, interval_s=interval_s
            ):
                found += page
                at = page[-1].open_at + timedelta(seconds=interval_s)
        everything = aggregated(played, interval_s, until)
        assert found == [c for c in everything if c.open_at >= since]


async def test_a_bar_is_told_only_once_it_has_closed(
    db: Database, played: list[market.Bars]
) -> None:
    bar = played[50]
    async with db.transaction() as tx:
        before = await market.candles(
            tx, "BTC-USD", until=bar.close_at - timedelta(milliseconds=1), limit=1
        )
        at = await market.candles(tx, "BTC-USD", until=bar.close_at, limit=1)
    assert before == list(played[49].candles)
    assert at == list(bar.candles)


async def test_an_interval_that_bars_cannot_make_is_refused(
    db: Database, played: list[market.Bars]
) -> None:
    async with db.transaction() as tx:
        for interval_s in (60, 300, 1000):
            with pytest.raises(market.UnknownInterval):
                await market.candles(
                    tx, "BTC-USD", until=played[-1].close_at, limit=5, interval_s=interval_s
                )


async def test_statistics_are_those_of_the_last_day(
    db: Database, played: list[market.Bars]
) -> None:
    now = played[-1].close_at
    day = [b.candles[0] for b in played if b.close_at > now - timedelta(days=1)]
    async with db.transaction() as tx:
        found = await market.statistics_24h(tx, "BTC-USD")
    assert found is not None
    assert (found.bars, found.until, found.since) == (len(day), now, now - timedelta(days=1))
    assert (found.open, found.close) == (day[0].open, day[-1].close)
    assert (found.high, found.low) == (max(c.high for c in day), min(c.low for c in day))
    assert found.volume == sum(c.volume for c in day)
    assert found.change == round(day[-1].close / day[0].open - 1, 8)


async def test_before_the_first_bar_there_are_no_statistics(db: Database) -> None:
    async with db.transaction() as tx:
        await market.open_tape(tx, market.sample_source(), "max")
        assert await market.statistics_24h(tx, "BTC-USD") is None
        assert await market.book(tx, "BTC-USD", 10) is None
        assert await market.trades(tx, "BTC-USD", 10) == []


async def test_an_instrument_nobody_lists_is_not_found(db: Database) -> None:
    async with db.transaction() as tx:
        with pytest.raises(market.UnknownInstrument, match="NO-NO"):
            await market.instrument(tx, "NO-NO")
