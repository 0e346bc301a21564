"""A span of time and what was traded in it: open, high, low, close, volumes, trades. Sums are exact."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Self

from arena.kit.clock import from_ms
from arena.trading.market.model import ARITHMETIC, Candle, Print

ZERO = Decimal(0)
_ADD, _TIMES = ARITHMETIC.add, ARITHMETIC.multiply


class Bucket:
    """Times in UTC milliseconds. `final`: an exchange (or a tape of bars) said so; trades do not change it any more.
    `bars` counts the minutes or bars that went into it, ids are 0 where trades are not known."""

    __slots__ = (
        "bars", "close", "final", "first_id", "high", "last_id", "low", "open", "open_ms", "quote_volume",
        "taker_quote_volume", "taker_volume", "trades", "volume", "width_ms",
    )  # fmt: skip

    def __init__(self, open_ms: int, width_ms: int, open_price: Decimal) -> None:
        self.open_ms, self.width_ms = open_ms, width_ms
        self.open = self.high = self.low = self.close = open_price
        self.volume = self.quote_volume = self.taker_volume = self.taker_quote_volume = ZERO
        self.bars = 1
        self.trades = self.first_id = self.last_id = 0
        self.final = False

    @classmethod
    def of_print(cls, open_ms: int, width_ms: int, made: Print) -> Self:
        """The bucket's first trade."""
        bucket = cls(open_ms, width_ms, made.price)
        bucket.first_id = made.id
        bucket.add(made)
        return bucket

    @classmethod
    def of_bar(cls, open_ms: int, width_ms: int, bar: Candle) -> Self:
        """What the bar does not tell is taken from its typical price, (high + low + close) / 3, and half its volume
        is taken for that of buyers who took."""
        bucket = cls(open_ms, width_ms, bar.open)
        bucket.high, bucket.low, bucket.close = bar.high, bar.low, bar.close
        bucket.volume = bar.volume
        typical = ARITHMETIC.divide(bar.high + bar.low + bar.close, Decimal(3))
        bucket.quote_volume = (
            round(_TIMES(bar.volume, typical), 8) if bar.quote_volume is None else bar.quote_volume
        )
        bucket.taker_volume = _half(bar.volume) if bar.taker_volume is None else bar.taker_volume
        bucket.taker_quote_volume = (
            _half(bucket.quote_volume) if bar.taker_quote_volume is None else bar.taker_quote_volume
        )
        bucket.trades = bar.trades or 0
        bucket.final = True
        return bucket

    @classmethod
    def total(cls, parts: Sequence["Bucket"], open_ms: int, width_ms: int) -> Self:
        """All of them as one, oldest first; at least one."""
        first, last = parts[0], parts[-1]
        made = cls(open_ms, width_ms, first.open)
        made.close = last.close
        made.first_id, made.last_id = first.first_id, last.last_id
        made.bars = 0
        made.high, made.low = max(p.high for p in parts), min(p.low for p in parts)
        for part in parts:
            made.volume = _ADD(made.volume, part.volume)
            made.quote_volume = _ADD(made.quote_volume, part.quote_volume)
            made.taker_volume = _ADD(made.taker_volume, part.taker_volume)
            made.taker_quote_volume = _ADD(made.taker_quote_volume, part.taker_quote_volume)
            made.bars += part.bars
            made.trades += part.trades
        return made

    def add(self, made: Print) -> None:
        """One more trade, the latest."""
        price, quantity = made.price, made.quantity
        if price > self.high:
            self.high = price
        if price < self.low:
            self.low = price
        self.close = price
        worth = _TIMES(price, quantity)
        self.volume = _ADD(self.volume, quantity)
        self.quote_volume = _ADD(self.quote_volume, worth)
        if made.side == "buy":
            self.taker_volume = _ADD(self.taker_volume, quantity)
            self.taker_quote_volume = _ADD(self.taker_quote_volume, worth)
        self.trades += 1
        self.last_id = made.id

    def agrees(self, other: "Bucket") -> bool:
        """Whether both say the same open, high, low, close and volume."""
        return (self.open, self.high, self.low, self.close, self.volume) == (
            other.open, other.high, other.low, other.close, other.volume,
        )  # fmt: skip

    def candle(self, symbol: str) -> Candle:
        return Candle(
            symbol, from_ms(self.open_ms), self.open, self.high, self.low, self.close, self.volume,
            self.quote_volume, self.trades, self.taker_volume, self.taker_quote_volume,
        )  # fmt: skip


def _half(value: Decimal) -> Decimal:
    return ARITHMETIC.divide(value, Decimal(2))
