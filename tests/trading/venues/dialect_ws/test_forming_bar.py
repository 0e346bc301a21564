"""Bars made of trades are the exchange's own."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl

from arena.kit.clock import from_ms, to_ms
from arena.trading.market import Candle, Print
from arena.trading.venues.dialects.binance.forming_bar import BarMaker, FormingBar

AT = datetime(2024, 8, 9, 12, 0, tzinfo=UTC)


def trade(number: int, seconds: float, price: int, *, side: str = "buy", size: int = 1) -> Print:
    at = AT + timedelta(seconds=seconds)
    return Print("X", number, at, Decimal(price), Decimal(size), side, "exchange")  # type: ignore[arg-type]  # buy or sell


def test_bars_of_recorded_trades_are_the_recorded_candles(shared_data: Path) -> None:
    """Two days of XRPETH, 12,477 trades and 2,469 bars, agree in every bar."""
    folder = shared_data / "trades" / "binance-spot"
    with gzip.open(folder / "XRPETH-trades-20191011.json.gz") as file:
        rows = json.load(file)
    maker, bars = BarMaker(60, None, -1), []
    for number, (ms, _id, _type, side, price, amount, _cost) in enumerate(rows):
        happened = Print(
            "XRPETH", number, from_ms(int(ms)), Decimal(str(price)), Decimal(str(amount)), side,
            "exchange",
        )  # fmt: skip
        if (ended := maker.add(happened)) is not None:
            bars.append(ended)
    table = pl.read_parquet(
        shared_data / "candles" / "binance-spot-freqtrade" / "XRPETH-1m.parquet"
    )
    candles = {row["ts"]: row for row in table.to_dicts()}
    assert len(bars) > 2_000
    for bar in bars:
        expected = candles[to_ms(bar.open_at)]
        assert [bar.open, bar.high, bar.low, bar.close] == [
            Decimal(str(expected[name])) for name in ("open", "high", "low", "close")
        ]
        assert abs(bar.volume - Decimal(str(expected["volume"]))) < Decimal("1e-6")


def test_the_first_trade_of_the_next_bar_closes_the_one_before() -> None:
    maker = BarMaker(60, None, -1)
    assert maker.add(trade(1, 0, 100)) is None
    assert maker.add(trade(2, 59.999, 90, side="sell")) is None
    ended = maker.add(trade(3, 60, 95))
    assert ended is not None
    assert (ended.closed, ended.close, ended.trades, ended.first_id, ended.last_id) == (
        True, Decimal(90), 2, 1, 2,
    )  # fmt: skip
    assert (ended.taker_volume, ended.quote_volume) == (Decimal(1), Decimal(190))
    assert maker.bar is not None
    assert (maker.bar.open, maker.bar.open_at) == (Decimal(95), AT + timedelta(minutes=1))


def test_time_alone_closes_a_bar_and_the_next_stands_at_its_last_price() -> None:
    maker = BarMaker(60, None, -1)
    maker.add(trade(1, 5, 100))
    ended = maker.pass_time(AT + timedelta(minutes=5, seconds=1))
    assert ended is not None
    assert maker.bar == FormingBar(AT + timedelta(minutes=5), 60, *[Decimal(100)] * 4)
    assert maker.pass_time(AT + timedelta(minutes=5, seconds=2)) is None
    assert maker.add(trade(2, 305, 120)) is None
    assert maker.bar.open == Decimal(120), "a bar opens at its first trade"


def test_a_maker_goes_on_from_the_candle_and_counts_no_trade_twice() -> None:
    candle = Candle("X", AT, *[Decimal(100)] * 4, Decimal(7))
    maker = BarMaker(60, candle, 41)
    maker.add(trade(41, 1, 500))
    maker.add(trade(42, 2, 101))
    assert maker.bar is not None
    assert (maker.bar.high, maker.bar.volume, maker.bar.trades) == (Decimal(101), Decimal(8), 1)
    assert maker.bar.quote_volume == Decimal(801)
