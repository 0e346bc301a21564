"""Names of streams are understood as the exchange writes them, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.trading.venues.dialects.binance.stream_names import StreamName, parse_stream


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("btcusdt@depth", StreamName("btcusdt@depth", "depth", "BTCUSDT", pace_ms=1000)),
        ("btcusdt@depth@100ms", StreamName("btcusdt@depth@100ms", "depth", "BTCUSDT", pace_ms=100)),
        ("btcusdt@depth@0ms", StreamName("btcusdt@depth@0ms", "depth", "BTCUSDT")),
        ("btcusdt@depth5", StreamName("btcusdt@depth5", "partial_depth", "BTCUSDT", 5, pace_ms=1000)),
        ("btcusdt@depth20@100ms",
         StreamName("btcusdt@depth20@100ms", "partial_depth", "BTCUSDT", 20, pace_ms=100)),
        ("BTCUSDT@trade", StreamName("btcusdt@trade", "trade", "BTCUSDT")),
        ("btcusdt@aggTrade", StreamName("btcusdt@aggTrade", "agg_trade", "BTCUSDT")),
        ("btcusdt@bookTicker", StreamName("btcusdt@bookTicker", "book_ticker", "BTCUSDT")),
        ("btcusdt@ticker", StreamName("btcusdt@ticker", "ticker", "BTCUSDT", pace_ms=1000)),
        ("btcusdt@miniTicker", StreamName("btcusdt@miniTicker", "mini_ticker", "BTCUSDT", pace_ms=1000)),
        ("btcusdt@avgPrice", StreamName("btcusdt@avgPrice", "avg_price", "BTCUSDT", pace_ms=1000)),
        ("!ticker@arr", StreamName("!ticker@arr", "all_tickers", pace_ms=1000)),
        ("!miniTicker@arr", StreamName("!miniTicker@arr", "all_mini_tickers", pace_ms=1000)),
        ("a" * 60, StreamName("a" * 60, "user")),
    ],
)  # fmt: skip
def test_a_name_is_understood(text: str, expected: StreamName) -> None:
    assert parse_stream(text) == expected


def test_a_kline_has_the_interval_of_its_name() -> None:
    name = parse_stream("ethbtc@kline_4h")
    assert name is not None
    assert (name.kind, name.interval, name.interval_s) == ("kline", "4h", 14_400)


@pytest.mark.parametrize(
    "text",
    ["", "0", "btcusdt", "btcusdt@", "@trade", "btcusdt@depth7", "btcusdt@depth@50ms", "btcusdt@kline_2m",
     "btcusdt@kline_", "btcusdt@TRADE", "!bookTicker", "btcusdt@trade@100ms", "btc\"usdt@trade"],
)  # fmt: skip
def test_what_is_not_served_has_no_meaning(text: str) -> None:
    assert parse_stream(text) is None


@given(st.text(max_size=70))
def test_whatever_is_asked_for_a_name_that_is_given_back_can_stand_in_json(text: str) -> None:
    name = parse_stream(text)
    assert name is None or (name.text.isascii() and not set(name.text) & set('"\\'))
