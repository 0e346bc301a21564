"""The bar that is being made, from the trades of one stream in their order."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from arena.trading.market import Candle, Print
from arena.trading.venues.dialects.binance.schema.market import quote_volume

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_TRADE = -1


def opening(at: datetime, interval_s: int) -> datetime:
    """When the bar that holds this moment opens. Bars of all lengths up to a day begin with the day."""
    step = timedelta(seconds=interval_s)
    return _EPOCH + (at - _EPOCH) // step * step


@dataclass(slots=True)
class FormingBar:
    """Volumes in base units, `quote_` ones in quote units, `taker_` ones of takers who bought.

    Of trades before the stream began what the candle tells is known; where it tells no more than prices and volume,
    count and takers' volumes are of the trades since, and the worth of those before is an estimate.
    """

    open_at: datetime
    interval_s: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = Decimal(0)
    quote_volume: Decimal = Decimal(0)
    taker_volume: Decimal = Decimal(0)
    taker_quote_volume: Decimal = Decimal(0)
    first_id: int = NO_TRADE
    last_id: int = NO_TRADE
    trades: int = 0
    closed: bool = False

    @property
    def close_at(self) -> datetime:
        return self.open_at + timedelta(seconds=self.interval_s)

    def add(self, happened: Print) -> None:
        self.high, self.low = max(self.high, happened.price), min(self.low, happened.price)
        self.close = happened.price
        worth = happened.price * happened.quantity
        self.volume += happened.quantity
        self.quote_volume += worth
        if happened.side == "buy":
            self.taker_volume += happened.quantity
            self.taker_quote_volume += worth
        if self.first_id == NO_TRADE:
            self.first_id = happened.id
        self.last_id = happened.id
        self.trades += 1


def from_candle(candle: Candle, interval_s: int) -> FormingBar:
    worth = quote_volume(candle) if candle.quote_volume is None else candle.quote_volume
    return FormingBar(
        candle.open_at, interval_s, candle.open, candle.high, candle.low, candle.close, candle.volume,
        worth, candle.taker_volume or Decimal(0), candle.taker_quote_volume or Decimal(0),
        trades=candle.trades or 0,
    )  # fmt: skip


def flat(at: datetime, interval_s: int, price: Decimal) -> FormingBar:
    """The bar of this moment before its first trade, at the last price."""
    return FormingBar(opening(at, interval_s), interval_s, price, price, price, price)


class BarMaker:
    """Makes one instrument's bars of one length, from where `candle` and the trade of number `known_id` leave off."""

    __slots__ = ("_known_id", "bar", "interval_s")

    def __init__(self, interval_s: int, candle: Candle | None, known_id: int) -> None:
        self.interval_s = interval_s
        self.bar = from_candle(candle, interval_s) if candle is not None else None
        self._known_id = known_id

    def add(self, happened: Print) -> FormingBar | None:
        """Takes the trade in; the bar before, where this trade closed it."""
        if happened.id <= self._known_id:
            return None
        self._known_id = happened.id
        ended = self.pass_time(happened.at)
        if self.bar is None or not self.bar.volume:  # the first trade of a bar is what opens it
            self.bar = flat(happened.at, self.interval_s, happened.price)
        if (
            happened.at >= self.bar.open_at
        ):  # a trade that came too late belongs to a bar that is closed
            self.bar.add(happened)
        return ended

    def pass_time(self, now: datetime) -> FormingBar | None:
        """The bar, closed, where its time is over; another at its last price takes its place."""
        ended = self.bar
        if ended is None or now < ended.close_at:
            return None
        ended.closed = True
        self.bar = flat(now, self.interval_s, ended.close)
        return ended
