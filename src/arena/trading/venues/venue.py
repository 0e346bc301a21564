"""The port: one account at one exchange, whichever it is. Paper, Binance and all that ccxt speaks are behind it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from arena.trading.market import Book, Statistics
from arena.trading.venues.model import Balance, OrderRef, OrderRequest, UserEvent, VenueOrder


@dataclass(frozen=True, slots=True)
class MarketData:
    """An instrument as the venue shows it now. `statistics` is None where the venue has none."""

    symbol: str
    at: datetime
    book: Book
    last_price: Decimal | None
    statistics: Statistics | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """News of an instrument's prices: the top of its book, and the last trade where one was made."""

    symbol: str
    at: datetime
    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None
    venue: str
    gap: bool = False
    """True for the first news after some may have been missed."""


class Venue(Protocol):
    """What a collective does at an exchange. Symbols are ours (`BTCUSDT`, `BTC-USD`); each venue knows its own.

    Acts that change something are idempotent by client order id. They raise the errors of `venues.model`:
    VenueRefused and its like where nothing happened, VenueSilent where nobody knows, VenueAway where the venue cannot
    even be reached.
    """

    @property
    def name(self) -> str: ...

    async def get_market_data(self, symbol: str) -> MarketData: ...

    async def place_order(self, order: OrderRequest) -> VenueOrder: ...

    async def cancel_order(self, which: OrderRef) -> VenueOrder: ...

    async def get_order(self, which: OrderRef) -> VenueOrder:
        """As the venue has it, with all its fills. Raises UnknownOrder."""
        ...

    async def open_orders(self, symbol: str | None = None) -> Sequence[VenueOrder]: ...

    async def get_account_balance(self) -> Mapping[str, Balance]: ...

    def stream_prices(self, symbols: Sequence[str]) -> AsyncIterator[Price]: ...

    def stream_user_events(self) -> AsyncIterator[UserEvent]: ...
