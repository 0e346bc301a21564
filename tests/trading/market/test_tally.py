"""What trades add up to: real trades give the exchange's own candles, and any trades give what a plain sum gives."""

import gzip
import json
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.kit.clock import from_ms, to_ms
from arena.trading.market import INTERVALS, Candle, Instrument, Print, Tally
from arena.trading.market.filters import instrument_of

START_MS = 1_760_054_400_000  # a midnight
HOUR = 3_600_000
XRP = instrument_of("XRPETH", price_digits=8, volume_digits=0)
Made = dict[int, list[Candle]]


def trade(
    number: int, at_ms: int, price: str = "2.5", quantity: str = "4", side: str = "buy"
) -> Print:
    return Print(
        "XRPETH", number, from_ms(at_ms), Decimal(price), Decimal(quantity), side, "exchange"  # type: ignore[arg-type]  # a Literal of two
    )  # fmt: skip


def bar(open_ms: int, *numbers: str) -> Candle:
    o, h, low, c, v = (Decimal(text) for text in numbers)
    return Candle("XRPETH", from_ms(open_ms), o, h, low, c, v)


def counted(instrument: Instrument, made: list[Print]) -> Made:
    """All bars that close over these trades and the day after, by interval in seconds."""
    tally, closed = Tally(instrument), defaultdict(list)
    for one in made:
        for interval_s, candle in tally.take(one):
            closed[interval_s].append(candle)
    for interval_s, candle in tally.move_to(made[-1].at + timedelta(days=1)):
        closed[interval_s].append(candle)
    return closed


@pytest.fixture(scope="module")
def real(shared_data: Path) -> list[Print]:
    path = shared_data / "trades" / "binance-spot" / "XRPETH-trades-20191011.json.gz"
    rows = json.loads(gzip.decompress(path.read_bytes()), parse_float=Decimal)
    return [
        Print("XRPETH", int(number), from_ms(ms), price, quantity, side, "exchange")
        for ms, number, _, side, price, quantity, _ in rows
    ]


def as_row(one: Candle) -> tuple[float, ...]:
    return (to_ms(one.open_at), *(float(n) for n in (one.open, one.high, one.low, one.close, one.volume)))  # fmt: skip


@pytest.mark.parametrize("interval", ["1m", "5m"])
def test_real_trades_add_up_to_the_exchanges_own_candles(
    shared_data: Path, real: list[Print], interval: str
) -> None:
    path = shared_data / "candles" / "binance-spot-freqtrade" / f"XRPETH-{interval}.parquet"
    expected = list(pl.read_parquet(path).iter_rows())
    assert [as_row(one) for one in counted(XRP, real)[INTERVALS[interval]]] == expected


def test_coarser_bars_are_made_of_the_finer_ones(real: list[Print]) -> None:
    closed = counted(XRP, real)
    minutes = closed[60]
    assert set(closed) == set(INTERVALS.values())
    for interval_s, bars in closed.items():
        held = defaultdict(list)
        for one in minutes:
            held[to_ms(one.open_at) // (interval_s * 1000) * interval_s * 1000].append(one)
        expected = [
            bar(ms, str(b[0].open), str(max(x.high for x in b)), str(min(x.low for x in b)), str(b[-1].close),
                str(sum(x.volume for x in b)))
            for ms, b in held.items()
        ]  # fmt: skip
        assert bars == expected
        assert sum(one.quote_volume or 0 for one in bars) == sum(p.price * p.quantity for p in real)
        assert sum(one.trades or 0 for one in bars) == len(real)


def test_the_running_bar_of_every_interval_is_there_at_once() -> None:
    tally = Tally(XRP)
    for number in range(1, 6):
        tally.take(trade(number, START_MS + number * 40_000, price=f"2.{number}"))
    minute, five, day = (tally.open_candle(INTERVALS[name]) for name in ("1m", "5m", "1d"))
    assert minute == bar(START_MS + 180_000, "2.5", "2.5", "2.5", "2.5", "4")
    assert five == day == bar(START_MS, "2.1", "2.5", "2.1", "2.5", "20")
    assert day is not None
    assert (day.trades, day.quote_volume, day.taker_volume) == (5, Decimal("46.0"), 20)
    tally.move_to(from_ms(START_MS + 300_000))
    assert tally.open_candle(60) is None
    assert tally.open_candle(300) is None
    assert tally.open_candle(3600) == five


def test_a_quiet_minute_ends_by_the_clock_and_each_bar_is_told_once() -> None:
    tally = Tally(XRP)
    assert tally.take(trade(1, START_MS)) == ()
    assert tally.move_to(from_ms(START_MS + 59_999)) == ()
    assert [s for s, _ in tally.move_to(from_ms(START_MS + 60_000))] == [60]
    assert tally.move_to(from_ms(START_MS + 120_000)) == ()
    closed = tally.take(trade(2, START_MS + 26 * HOUR))
    assert [s for s, _ in closed] == sorted(set(INTERVALS.values()) - {60})


def test_a_trade_told_twice_counts_once_and_a_late_one_counts_in_its_minute() -> None:
    tally = Tally(XRP)
    tally.take(trade(1, START_MS))
    tally.take(trade(1, START_MS))
    tally.move_to(from_ms(START_MS + 60_000))
    assert tally.take(trade(2, START_MS + 59_990, price="3")) == ()
    assert tally.open_candle(300) == bar(START_MS, "2.5", "3", "2.5", "3", "8")
    day = tally.statistics(from_ms(START_MS + 61_000))
    assert day is not None
    assert (day.volume, day.trades, day.first_trade, day.last_trade) == (8, 2, 1, 2)


def test_the_exchanges_bar_takes_the_place_of_what_was_counted() -> None:
    tally = Tally(XRP)
    tally.take(trade(7, START_MS + 1_000))
    tally.take(trade(8, START_MS + 61_000))
    told = bar(START_MS, "2.4", "2.6", "2.3", "2.5", "90")
    assert tally.take_bar(told, 60) == ()
    five = tally.open_candle(300)
    assert five == bar(START_MS, "2.4", "2.6", "2.3", "2.5", "94")
    assert tally.take(trade(9, START_MS + 59_000)) == ()  # the bar has it already
    assert tally.open_candle(300) == five
    day = tally.statistics(from_ms(START_MS + 70_000))
    assert day is not None
    assert (day.open, day.volume, day.first_trade, day.last_trade) == (Decimal("2.4"), 94, 7, 8)


def test_the_running_minute_may_be_closed_by_the_exchange_first() -> None:
    tally = Tally(XRP)
    tally.take(trade(7, START_MS + 1_000))
    closed = tally.take_bar(bar(START_MS, "2.5", "2.5", "2.5", "2.5", "4"), 60)
    assert [(s, c.trades) for s, c in closed] == [(60, 1)]
    assert tally.take(trade(8, START_MS + 61_000)) == ()


def test_a_tape_of_bars_is_counted_and_its_made_up_trades_are_only_listed() -> None:
    tally, made = Tally(XRP), defaultdict(list)
    for index in range(8):
        at = START_MS + index * 900_000
        tally.take(Print("XRPETH", index + 1, from_ms(at), Decimal(2), Decimal(5), "buy", "bar"))
        for interval_s, one in tally.take_bar(bar(at, "2", "4", "1", "3", "12"), 900):
            made[interval_s].append(one)
    assert {s: len(found) for s, found in made.items()} == {900: 8, 1800: 4, 3600: 2, 7200: 1}
    assert made[7200] == [bar(START_MS, "2", "4", "1", "3", "96")]
    assert tally.open_candle(60) is None
    assert len(tally.prints(1000)) == 8
    day = tally.statistics(from_ms(START_MS + 2 * HOUR))
    assert day is not None
    assert (day.bars, day.volume, day.trades) == (8, 96, 0)
    assert day.quote_volume == 8 * Decimal("32")


def test_history_before_the_first_trade_is_counted() -> None:
    tally = Tally(XRP)
    for index in range(-3, 0):
        tally.take_bar(bar(START_MS + index * 60_000, "1", "1", "1", "1", "10"), 60)
    assert tally.last_price == 1
    tally.take(trade(1, START_MS))
    day = tally.statistics(from_ms(START_MS))
    assert day is not None
    assert (day.open, day.close, day.volume, day.change) == (1, Decimal("2.5"), 34, Decimal("1.5"))


def test_of_trades_the_latest_thousand_are_kept() -> None:
    tally = Tally(XRP)
    assert tally.last_price is None
    assert tally.statistics(from_ms(START_MS)) is None
    for number in range(1, 1501):
        tally.take(trade(number, START_MS + number))
    assert [p.id for p in tally.prints(2)] == [1499, 1500]
    assert len(tally.prints(5000)) == 1000
    assert tally.last_price == Decimal("2.5")


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(0, 90_000), st.integers(0, 5 * HOUR)), st.integers(1, 400),
            st.integers(1, 10**6), st.sampled_from(["buy", "sell"]),
        ),
        min_size=1, max_size=120,
    ),
    st.integers(0, 5 * HOUR),
)  # fmt: skip
def test_twenty_four_hours_are_the_plain_sum_of_their_trades(
    steps: list[tuple[int, int, int, str]], rest_ms: int
) -> None:
    at, made = START_MS, []
    for number, (pause, price, quantity, side) in enumerate(steps, 1):
        at += pause
        made.append(trade(number, at, f"0.00{price:03}", f"{quantity}e-8", side))
    tally = Tally(XRP)
    for one in made:
        tally.take(one)
    now = at + rest_ms
    tally.move_to(from_ms(now))
    found = tally.statistics(from_ms(now))
    since = (now - 24 * HOUR) // 60_000 * 60_000
    held = [p for p in made if to_ms(p.at) >= since]
    if not held:
        assert found is None
        return
    assert found is not None
    assert (found.open, found.close, found.trades) == (held[0].price, held[-1].price, len(held))
    assert (found.high, found.low) == (max(p.price for p in held), min(p.price for p in held))
    assert found.volume == sum(p.quantity for p in held)
    assert found.quote_volume == sum(p.price * p.quantity for p in held)
    assert (found.first_trade, found.last_trade) == (held[0].id, held[-1].id)
    assert all(a.id < b.id for a, b in pairwise(tally.prints(1000)))
