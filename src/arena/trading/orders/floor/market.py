"""One instrument on the floor: its matching engine, its tally of trades, and the scales between them and decimals."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from arena.kit.clock import from_ms, to_ms
from arena.trading.market import (
    Candle,
    DepthSnapshot,
    Instrument,
    MarketEvent,
    Print,
    Side,
    Statistics,
    Tally,
)
from arena.trading.venues import EngineEvent, MatchingEngine


class FloorMarket:
    """`Market` of venues.exchange; ticks and steps inside, decimals outside."""

    def __init__(self, instrument: Instrument, at: datetime) -> None:
        self.instrument = instrument
        self.engine = MatchingEngine(instrument)
        self.tally = Tally(instrument)
        self._at = at

    @property
    def symbol(self) -> str:
        return self.instrument.symbol

    @property
    def at(self) -> datetime:
        return self._at

    @property
    def last_price(self) -> Decimal | None:
        return self.tally.last_price

    def depth(self, levels: int) -> DepthSnapshot:
        bids, asks = self.engine.depth(levels)
        return DepthSnapshot(
            self.symbol, self._at, self.engine.last_id, bids, asks, self.engine.model or "exchange"
        )

    def prints(self, limit: int) -> Sequence[Print]:
        return self.tally.prints(limit)

    def statistics(self) -> Statistics | None:
        return self.tally.statistics(self._at)

    def open_candle(self, interval_s: int) -> Candle | None:
        return self.tally.open_candle(interval_s)

    def apply(self, event: MarketEvent) -> list[EngineEvent]:
        """News of the market; what it does to the orders here."""
        self._at = max(self._at, event.at)
        if isinstance(event, Print):
            self.tally.take(event)
        return self.engine.apply(event)

    def advance(self, at: datetime) -> list[EngineEvent]:
        """Time goes on: what takes effect by then, and what expires."""
        self._at = max(self._at, at)
        return self.engine.advance(to_ms(self._at))

    def best(self, side: Side) -> Decimal | None:
        """The best price an order of this side would meet; None where nobody offers."""
        ticks = self.engine.best_ask if side == "buy" else self.engine.best_bid
        return None if ticks is None else self.price(ticks)

    def walked(self, side: Side, quantity: Decimal) -> Decimal | None:
        """The worst price a market order of this quantity would meet now; None where the book is too thin."""
        found = self.engine.estimate(side, int(quantity / self.instrument.step))
        return None if found is None else self.price(found)

    def ticks(self, price: Decimal | None) -> int | None:
        return None if price is None else int(price / self.instrument.tick)

    def steps(self, quantity: Decimal | None) -> int | None:
        return None if quantity is None else int(quantity / self.instrument.step)

    def price(self, ticks: int) -> Decimal:
        return ticks * self.instrument.tick

    def quantity(self, steps: int) -> Decimal:
        return steps * self.instrument.step

    def time(self, ms: int) -> datetime:
        return from_ms(ms)
