"""One order book as its exchange shows it, kept up to date from snapshots and differences."""

from bisect import bisect_left
from datetime import datetime

from arena.trading.market.depth import DepthSnapshot, DepthUpdate, Levels
from arena.trading.market.model import Book
from arena.trading.market.scale import Scale

LEVELS_MAX = 5_000
"""Of a side; beyond it the levels farthest from the market are forgotten."""


class HalfBook:
    """Price -> quantity, with its prices in rising order of `sign * price`: best first."""

    __slots__ = ("_sign", "keys", "quantities")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self.keys: list[int] = []
        self.quantities: dict[int, int] = {}

    def replace(self, levels: Levels) -> None:
        self.quantities = {price: quantity for price, quantity in levels if quantity}
        self.keys = sorted(self._sign * price for price in self.quantities)

    def apply(self, levels: Levels) -> None:
        keys, quantities, sign = self.keys, self.quantities, self._sign
        for price, quantity in levels:
            if quantity:
                if price not in quantities:
                    key = sign * price
                    keys.insert(bisect_left(keys, key), key)
                quantities[price] = quantity
            elif price in quantities:
                del quantities[price]
                del keys[bisect_left(keys, sign * price)]
        while len(keys) > LEVELS_MAX:
            del quantities[sign * keys.pop()]

    def best(self) -> int | None:
        return self._sign * self.keys[0] if self.keys else None

    def top(self, count: int) -> Levels:
        sign, quantities = self._sign, self.quantities
        return tuple([(sign * key, quantities[sign * key]) for key in self.keys[:count]])


class Mirror:
    """`at` and `last_id` are those of the last event applied; None and 0 before the first snapshot."""

    __slots__ = ("asks", "at", "bids", "last_id", "symbol")

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.bids, self.asks = HalfBook(-1), HalfBook(1)
        self.at: datetime | None = None
        self.last_id = 0

    def apply(self, event: DepthSnapshot | DepthUpdate) -> None:
        if isinstance(event, DepthSnapshot):
            self.bids.replace(event.bids)
            self.asks.replace(event.asks)
        else:
            self.bids.apply(event.bids)
            self.asks.apply(event.asks)
        self.at = event.at
        self.last_id = event.last_id

    @property
    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask: then the mirror is not what the exchange has."""
        bid, ask = self.bids.best(), self.asks.best()
        return bid is not None and ask is not None and bid >= ask

    def snapshot(self, levels: int = LEVELS_MAX) -> DepthSnapshot | None:
        """The whole book now; None before there is one."""
        if self.at is None:
            return None
        return DepthSnapshot(
            self.symbol, self.at, self.last_id, self.bids.top(levels), self.asks.top(levels)
        )

    def book(self, scale: Scale, levels: int) -> Book | None:
        """The book as pages and routes show it, its best `levels` a side."""
        if self.at is None:
            return None
        bids, asks = (
            tuple(scale.level(price, quantity) for price, quantity in side.top(levels))
            for side in (self.bids, self.asks)
        )
        return Book(self.symbol, self.at, bids, asks, "exchange")
