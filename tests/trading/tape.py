"""A hand-made tape: instruments, bars and the trading part of one step, as the worker plays it."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.trading import orders, performance
from arena.trading.market import Bars, Candle, Instrument, Pack, Step, open_tape, store_bars
from arena.trading.portfolio import Account, open_account
from arena.trading.venues import BarVenue, Fill, Rules
from tests.conftest import START

INTERVAL_S = 900
BTC = Instrument("BTC-USD", "BTC", "USD", Decimal("0.01"), Decimal("0.00001"), Decimal(5))
ETH = Instrument("ETH-USD", "ETH", "USD", Decimal("0.01"), Decimal("0.0001"), Decimal(5))
FREE = Rules(fee_maker_bps=0, fee_taker_bps=0, half_spread_bps=0, latency_ms=0, impact_y=Decimal(0))
"""Rules without any cost, so that a test sees one thing at a time."""


def D(value: object) -> Decimal:  # noqa: N802 - reads like the literal suffix Python lacks
    return Decimal(str(value))


def at(bars: float, ms: int = 0) -> datetime:
    """`bars` bar lengths and `ms` milliseconds after the start of the tape."""
    return START + timedelta(seconds=INTERVAL_S * bars, milliseconds=ms)


def bar(number: int, prices: str, volume: object = 1000, symbol: str = BTC.symbol) -> Candle:
    """The bar of that number; `prices` are open, high, low and close: `"100 110 90 105"`."""
    o, h, low, c = (Decimal(price) for price in prices.split())
    return Candle(symbol, at(number), o, h, low, c, D(volume))


def step(*candles: Candle) -> Bars:
    return Bars(candles[0].open_at, INTERVAL_S, candles)


@dataclass(frozen=True)
class HandSource:
    """A source of hand-made bars."""

    instruments: tuple[Instrument, ...] = (BTC, ETH)
    steps: tuple[Bars, ...] = ()
    first_open: datetime = START
    live: bool = False
    reason: str = "a test made it"

    @property
    def name(self) -> Literal["sample"]:
        return "sample"

    @property
    def pack(self) -> Pack:
        return Pack(
            "sample", tuple(i.symbol for i in self.instruments), INTERVAL_S, self.first_open
        )

    def bars_from(self, open_at: datetime | None) -> Iterator[Bars]:
        return iter(self.steps)

    def stream(self, since: datetime | None) -> AsyncIterator[Step]:
        raise NotImplementedError


async def set_up(db: Database, *instruments: Instrument) -> None:
    async with db.transaction() as tx:
        await open_tape(tx, HandSource(instruments or (BTC, ETH)), "max")


async def open_purse(
    db: Database, account_id: str = "acc_1", cash: object = 100_000, kind: str = "collective"
) -> Account:
    async with db.transaction() as tx:
        return await open_account(
            tx,
            id=account_id,
            kind=kind,
            owner_id=f"col_{account_id}",
            quote="USD",
            opening_cash=D(cash),
        )  # type: ignore[arg-type]  # kind is one of the three in every test


async def play(db: Database, venue: BarVenue, bars: Bars) -> list[Fill]:
    """The first transaction of a step, then the clock: what the worker does with bars that closed."""
    async with db.transaction() as tx:
        await store_bars(tx, bars)
        fills = await orders.match(tx, bars, venue=venue)
        await performance.mark(tx, bars.close_at)
    assert isinstance(db.clock, TapeClock)
    db.clock.move_to(bars.close_at)
    return fills


async def play_all(db: Database, venue: BarVenue, steps: Iterable[Bars]) -> list[Fill]:
    return [fill for bars in steps for fill in await play(db, venue, bars)]


def steps_of(candles: Sequence[Candle]) -> list[Bars]:
    return [step(candle) for candle in candles]
