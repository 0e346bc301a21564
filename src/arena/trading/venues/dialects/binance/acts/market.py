"""Acts that read the market: times, symbols, books, trades, bars and tickers. Nobody needs a key for them."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from arena.kit.clock import to_ms, wall_now
from arena.trading.market import INTERVALS, Candle, Print, Statistics, UnknownInterval
from arena.trading.venues.dialects.binance import schema
from arena.trading.venues.dialects.binance.desk import Act, Ask, Desk
from arena.trading.venues.dialects.binance.errors import DialectRefused, either, invalid
from arena.trading.venues.dialects.binance.parameters import Parameters
from arena.trading.venues.dialects.binance.sign import wall_us
from arena.trading.venues.exchange import Market

_MS = timedelta(milliseconds=1)
_AVERAGE_MINUTES = 5
_WINDOW_BARS_S = (60, 300, 900, 3_600, 14_400, 86_400)
_UNITS_S = {"m": 60, "h": 3_600, "d": 86_400}


async def ping(_desk: Desk, _ask: Ask) -> Any:
    return {}


async def time(desk: Desk, _ask: Ask) -> Any:
    """The time of the wall, which requests are signed with; a replay's own time is in `arena`."""
    return {
        "serverTime": wall_us() // 1_000,
        "arena": {"trading_time": to_ms(desk.exchange.now())},
    }


async def exchange_info(desk: Desk, ask: Ask) -> Any:
    wires = _wanted(ask.parameters)
    status = ask.parameters.optional_choice("symbolStatus", ("TRADING", "HALT", "BREAK"))
    found = [desk.listed(market.instrument) for _, market in desk.markets(wires)]
    if status is not None:
        trading = status == "TRADING"
        found = [one for one in found if (one[0].status == "trading") is trading]
    return schema.render_exchange_info(
        found, server_ms=wall_us() // 1_000, rate_limits=desk.weights.limits(),
        orders_max=desk.settings.risk_open_orders_max,
    )  # fmt: skip


async def no_other_market(_desk: Desk, _ask: Ask) -> Any:
    """exchangeInfo of futures, of which there are none here: clients ask for it as they start."""
    return {
        "timezone": "UTC", "serverTime": to_ms(wall_now()), "rateLimits": [], "exchangeFilters": [], "assets": [],
        "symbols": [],
    }  # fmt: skip


async def depth(desk: Desk, ask: Ask) -> Any:
    market = desk.market(ask.parameters.symbol())
    return schema.render_depth(market.depth(ask.parameters.limit(100, 5_000)), market.instrument)


async def recent_trades(desk: Desk, ask: Ask) -> Any:
    market = desk.market(ask.parameters.symbol())
    return [schema.render_trade(one) for one in market.prints(ask.parameters.limit(500, 1_000))]


async def historical_trades(desk: Desk, ask: Ask) -> Any:
    """Of the trades in memory (the latest 1,000)."""
    return [schema.render_trade(one) for one in _from(desk, ask.parameters)]


async def aggregate_trades(desk: Desk, ask: Ask) -> Any:
    """Of the trades in memory (the latest 1,000)."""
    return [schema.render_aggregate(one) for one in _from(desk, ask.parameters)]


def _from(desk: Desk, parameters: Parameters) -> list[Print]:
    """The first trades from an id or a time on, else the last ones."""
    market = desk.market(parameters.symbol())
    first, (since, until) = parameters.optional_whole("fromId"), parameters.span()
    limit = parameters.limit(500, 1_000)
    found = [
        one
        for one in market.prints(1_000)
        if (first is None or one.id >= first)
        and (since is None or one.at >= since)
        and (until is None or one.at <= until)
    ]
    return found[-limit:] if first is None and since is None else found[:limit]


async def klines(desk: Desk, ask: Ask) -> Any:
    """Bars from `startTime` on, else the last ones; the open one comes last. All days are those of UTC."""
    market = desk.market(ask.parameters.symbol())
    name = ask.parameters.text("interval")
    interval_s = INTERVALS.get(name)
    if interval_s is None:
        raise DialectRefused(-1120, "Invalid interval.")
    if ask.parameters.optional("timeZone") not in (None, "0", "0:00", "00:00", "+00:00"):
        raise invalid("timeZone")
    since, until = ask.parameters.span()
    found = await desk.exchange.candles(
        market.instrument.symbol, interval_s, since=since,
        until=None if until is None else until + _MS, limit=ask.parameters.limit(500, 1_000),
    )  # fmt: skip
    return [schema.render_kline(one, interval_s) for one in found]


async def average_price(desk: Desk, ask: Ask) -> Any:
    """Of the last five minutes, weighted; the last price where nobody traded in them."""
    market = desk.market(ask.parameters.symbol())
    found = schema.average_price(
        market.prints(1_000), until=desk.exchange.now(), minutes=_AVERAGE_MINUTES
    )
    price, at = found or (market.last_price or Decimal(0), market.at)
    return schema.render_average(price, minutes=_AVERAGE_MINUTES, at=at)


async def ticker_24h(desk: Desk, ask: Ask) -> Any:
    mini = ask.parameters.optional_choice("type", ("FULL", "MINI")) == "MINI"

    def one(wire: str, market: Market) -> dict[str, Any]:
        whole = _ticker(desk, wire, market, market.statistics())
        return {key: whole[key] for key in schema.MINI_TICKER} if mini else whole

    return _each(desk, ask.parameters, one)


async def ticker_price(desk: Desk, ask: Ask) -> Any:
    def one(wire: str, market: Market) -> dict[str, Any]:
        return {"symbol": wire, "price": schema.text8(market.last_price)}

    return _each(desk, ask.parameters, one)


async def ticker_book(desk: Desk, ask: Ask) -> Any:
    def one(wire: str, market: Market) -> dict[str, Any]:
        return schema.render_book_ticker(wire, market.depth(1), market.instrument)

    return _each(desk, ask.parameters, one)


async def ticker_window(desk: Desk, ask: Ask) -> Any:
    """`ticker`: over `windowSize`, from 1m to 7d, made of bars."""
    size = ask.parameters.optional("windowSize") or "1d"
    number, unit = size[:-1], size[-1]
    if unit not in _UNITS_S or not (number.isascii() and number.isdigit()) or len(number) > 2:
        raise invalid("windowSize")
    window_s = int(number) * _UNITS_S[unit]
    if not 60 <= window_s <= 7 * 86_400:
        raise invalid("windowSize")
    return await _windows(desk, ask.parameters, timedelta(seconds=window_s))


async def ticker_trading_day(desk: Desk, ask: Ask) -> Any:
    """Since midnight UTC."""
    now = desk.exchange.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return await _windows(desk, ask.parameters, max(now - midnight, timedelta(minutes=1)))


async def _windows(desk: Desk, parameters: Parameters, window: timedelta) -> Any:
    wires = _wanted(parameters)
    if wires is None:
        raise either("symbol", "symbols")
    mini = parameters.optional_choice("type", ("FULL", "MINI")) == "MINI"
    keys = schema.MINI_TICKER if mini else schema.ROLLING_TICKER
    found = []
    for wire, market in desk.markets(wires):
        whole = _ticker(desk, wire, market, await _statistics(desk, market, window))
        found.append({key: whole[key] for key in keys})
    return found[0] if parameters.has("symbol") else found


async def _statistics(desk: Desk, market: Market, window: timedelta) -> Statistics | None:
    """From the bars that opened within the window, as short as there are and as fit into one look; None without any."""
    until = desk.exchange.now()
    symbol, since = market.instrument.symbol, until - window
    for interval_s in _WINDOW_BARS_S:
        if window > timedelta(seconds=interval_s * 1_000):
            continue
        with suppress(UnknownInterval):
            bars = await desk.exchange.candles(symbol, interval_s, since=since, limit=1_000)
            return _added(bars, market, since, until) if bars else None
    return None


def _added(bars: Sequence[Candle], market: Market, since: datetime, until: datetime) -> Statistics:
    first, last = bars[0], bars[-1]
    return Statistics(
        symbol=market.instrument.symbol,
        since=since,
        until=until,
        open=first.open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=last.close,
        volume=sum((bar.volume for bar in bars), Decimal(0)),
        quote_volume=sum((schema.quote_volume(bar) for bar in bars), Decimal(0)),
        change=(last.close - first.open) / first.open,
        bars=len(bars),
    )


def _ticker(desk: Desk, wire: str, market: Market, day: Statistics | None) -> dict[str, Any]:
    if day is None:
        now, none = desk.exchange.now(), Decimal(0)
        day = Statistics(
            market.instrument.symbol, now - timedelta(days=1), now, none, none, none, none, none, none, none, 0
        )  # fmt: skip
    prints = market.prints(1)
    return schema.render_ticker(
        wire, day, market.depth(1), market.instrument, last=prints[-1] if prints else None
    )


def _each(desk: Desk, parameters: Parameters, one: Callable[[str, Market], dict[str, Any]]) -> Any:
    """One for `symbol`, a list for `symbols` and for all."""
    found = [one(wire, market) for wire, market in desk.markets(_wanted(parameters))]
    return found[0] if parameters.has("symbol") else found


def _wanted(parameters: Parameters) -> list[str] | None:
    symbol, symbols = parameters.optional_symbol(), parameters.symbols()
    if symbol is not None and symbols is not None:
        raise DialectRefused(-1128, "Combination of optional parameters invalid.")
    if symbol is not None:
        return [symbol]
    return None if symbols is None else list(symbols)


def _depth_weight(parameters: Parameters) -> int:
    limit = parameters.limit(100, 5_000)
    return 5 if limit <= 100 else 25 if limit <= 500 else 50 if limit <= 1_000 else 250


def _by_symbols(one: int, some: int, everything: int) -> Callable[[Parameters], int]:
    """The weight of a ticker: for one symbol, for up to a hundred, for more or all."""

    def weigh(parameters: Parameters) -> int:
        if parameters.has("symbol"):
            return one
        symbols = parameters.symbols()
        if symbols is None or len(symbols) > 100:
            return everything
        return some if len(symbols) > 20 else one

    return weigh


def _window_weight(parameters: Parameters) -> int:
    symbols = parameters.symbols()
    return 4 * min(len(symbols), 50) if symbols else 4


ACTS = (
    Act("ping", "none", 1, ping),
    Act("time", "none", 1, time),
    Act("exchangeInfo", "none", 20, exchange_info),
    Act("otherExchangeInfo", "none", 1, no_other_market),
    Act("depth", "none", _depth_weight, depth),
    Act("trades.recent", "none", 25, recent_trades),
    Act("trades.historical", "none", 25, historical_trades),
    Act("trades.aggregate", "none", 4, aggregate_trades),
    Act("klines", "none", 2, klines),
    Act("uiKlines", "none", 2, klines),
    Act("avgPrice", "none", 2, average_price),
    Act("ticker.24hr", "none", _by_symbols(2, 40, 80), ticker_24h),
    Act("ticker.price", "none", _by_symbols(2, 4, 4), ticker_price),
    Act("ticker.book", "none", _by_symbols(2, 4, 4), ticker_book),
    Act("ticker", "none", _window_weight, ticker_window),
    Act("ticker.tradingDay", "none", _window_weight, ticker_trading_day),
)
