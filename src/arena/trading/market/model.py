"""Instruments, candles, the pack a tape is played from, books and prints; plain values and errors."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cached_property
from typing import Any, Literal

import msgspec

from arena.kit.canonical import document_sha
from arena.kit.clock import iso_ms
from arena.kit.errors import Conflict, NotFound, Refused, Unavailable

ARITHMETIC = Context(prec=34, rounding=ROUND_HALF_EVEN)  # IEEE 754 decimal128, as the record states
_divide_int, _remainder, _multiply = (
    ARITHMETIC.divide_int,
    ARITHMETIC.remainder,
    ARITHMETIC.multiply,
)
Side = Literal["buy", "sell"]
INTERVALS = {
    "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "2h": 7200,
    "4h": 14_400, "6h": 21_600, "8h": 28_800, "12h": 43_200, "1d": 86_400,
}  # fmt: skip


class NoPrices(Unavailable):
    """There are no prices to play: {why}. Set ARENA_DATA to a folder of Parquet candles, or use
    --source sample."""


class PackChanged(Conflict):
    """The tape of this installation plays {stored}, but {offered} is offered now: {why}. Start with the
    settings it began with, choose another ARENA_HOME for a new tape beside it, or empty the database for good
    with `arena db reset`."""


class UnknownInstrument(NotFound):
    """There is no instrument {symbol}; GET /market-data/instruments lists those traded here."""


class UnknownInterval(Refused):
    """Candles of {interval} cannot be made from this tape's bars of {own}; use one of {known}."""


class NoTape(Unavailable):
    """No tape has been opened yet; start the arena with `arena up`."""


class BarsOutOfOrder(Conflict):
    """The bar of {open_at} was played before: the tape goes on at {next_open_at}."""


class BadSpeed(Refused):
    """{speed} is no pace; say 1x, 60x, 900x …, max, pause or auto."""


class BadPriceFile(Refused):
    """{file} cannot be read as candles: {why}."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """What is traded. `tick` is the price step, `step` the quantity step, `notional_min` in quote units."""

    symbol: str
    base: str
    quote: str
    tick: Decimal
    step: Decimal
    notional_min: Decimal
    status: Literal["trading", "halted"] = "trading"

    def floor_step(self, quantity: Decimal) -> Decimal:
        """The greatest multiple of the step not above the quantity."""
        return _floor(quantity, self.step)

    def floor_tick(self, price: Decimal) -> Decimal:
        """The greatest multiple of the tick not above the price."""
        return _floor(price, self.tick)

    def ceil_tick(self, price: Decimal) -> Decimal:
        """The smallest multiple of the tick not below the price."""
        count = _divide_int(price, self.tick)
        if price > 0 and _remainder(price, self.tick):
            count += 1
        return _multiply(count, self.tick)

    def on_tick(self, price: Decimal) -> bool:
        return ARITHMETIC.remainder(price, self.tick) == 0


def _floor(value: Decimal, unit: Decimal) -> Decimal:
    """Exact: division to an integer, never a rounded quotient."""
    count = _divide_int(value, unit)
    if value < 0 and _remainder(value, unit):
        count -= 1
    return _multiply(count, unit)


class Candle(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A closed bar. `volume` in base units; prices on the instrument's tick.

    The rest is known where the bar was made from trades here: what the volume was worth in quote units, how many
    trades there were, and of both volumes the part where the taker bought. Two bars are one whether it is known or not.
    """

    symbol: str
    open_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal | None = None
    trades: int | None = None
    taker_volume: Decimal | None = None
    taker_quote_volume: Decimal | None = None

    def __eq__(self, other: object) -> bool:
        return self._bar == other._bar if isinstance(other, Candle) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._bar)

    @property
    def _bar(self) -> tuple[str, datetime, Decimal, Decimal, Decimal, Decimal, Decimal]:
        return self.symbol, self.open_at, self.open, self.high, self.low, self.close, self.volume


@dataclass(frozen=True, slots=True)
class Bars:
    """One step of the tape: the bars of all instruments that traded in it, in the pack's symbol order."""

    open_at: datetime
    interval_s: int
    candles: tuple[Candle, ...]

    @property
    def close_at(self) -> datetime:
        return self.open_at + timedelta(seconds=self.interval_s)


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file of prices: its path below the folder it was found in, and the SHA-256 of its bytes."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Pack:
    """What a tape plays. `first_open` and `last_open` are None for a live source, which has no end."""

    source: str
    symbols: tuple[str, ...]
    interval_s: int
    first_open: datetime | None = None
    last_open: datetime | None = None
    files: tuple[PackFile, ...] = ()

    def manifest(self) -> dict[str, Any]:
        """The document whose canonical form `sha` digests."""
        return {
            "source": self.source,
            "symbols": list(self.symbols),
            "interval_s": self.interval_s,
            "from": iso_ms(self.first_open) if self.first_open else None,
            "to": iso_ms(self.last_open) if self.last_open else None,
            "files": [{"path": f.path, "sha256": f.sha256} for f in self.files],
        }

    @cached_property
    def sha(self) -> str:
        return document_sha(self.manifest())


@dataclass(frozen=True, slots=True)
class Tape:
    """Where the playing of a pack stands. `next_open_at` is the earliest open of the next bar to play; it is
    None once the tape has ended, and before the first bar of a live source."""

    source: str
    pack: Pack
    pack_sha: str
    interval_s: int
    next_open_at: datetime | None
    speed: str
    until: datetime | None
    steps: int
    ended_at: datetime | None
    product_now: datetime


@dataclass(frozen=True, slots=True)
class Level:
    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Book:
    """Bids best first, asks best first. `model` is "exchange" for a real book, "bar" for one derived from
    the last closed bar by `book_model`."""

    symbol: str
    at: datetime
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    model: Literal["exchange", "bar"]


@dataclass(frozen=True, slots=True)
class Print:
    """A trade that happened. `side` is the taker's; `model` as in Book."""

    symbol: str
    id: int
    at: datetime
    price: Decimal
    quantity: Decimal
    side: Side
    model: Literal["exchange", "bar"]


@dataclass(frozen=True, slots=True)
class Statistics:
    """The 24 hours up to `until`: volumes in base and quote units, change as a fraction of the open.

    `trades` and the ids of the first and the last are 0 where only bars are known.
    """

    symbol: str
    since: datetime
    until: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal
    change: Decimal
    bars: int
    trades: int = 0
    first_trade: int = 0
    last_trade: int = 0


def interval_name(interval_s: int) -> str:
    """`900` is `15m`; what has no name is given in seconds."""
    return next((name for name, s in INTERVALS.items() if s == interval_s), f"{interval_s}s")


def wanted_symbols(text: str) -> list[str]:
    """`"btcusdt, ETHUSDT"` is two symbols, in that order and each once."""
    names = (name.strip().upper() for name in text.split(","))
    return list(dict.fromkeys(name for name in names if name))


def grouped(bars: Iterable[Candle], interval_s: int) -> Iterator[Bars]:
    """Bars from candles that come in order of time."""
    waiting: list[Candle] = []
    for candle in bars:
        if waiting and waiting[0].open_at != candle.open_at:
            yield Bars(waiting[0].open_at, interval_s, tuple(waiting))
            waiting = []
        waiting.append(candle)
    if waiting:
        yield Bars(waiting[0].open_at, interval_s, tuple(waiting))
