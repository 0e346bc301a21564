"""The port: one account at one exchange, whichever it is. Paper, Binance and all that ccxt speaks are behind it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from arena.trading.market import Book, Instrument, Statistics
from arena.trading.venues.model import Balance, Fill, OrderRef, OrderRequest, UserEvent, VenueOrder


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


@dataclass(frozen=True, slots=True)
class KeyRights:
    """What an exchange says a key may do. None: it does not tell."""

    may_trade: bool | None
    may_withdraw: bool | None


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A request as it would go out, without key, time and signature: what a dry run shows."""

    method: str
    url: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class VenueHealth:
    """How an exchange is, as one process sees it. Times by the wall clock.

    `state`: well, resting (left alone after failures), probing, or unknown before the first call. `offset_ms` is how
    far its clock is ahead of ours, `weight_left` what its rate limit leaves us now, `reconnects` how often a stream was
    opened again, `resyncs` how often something was asked anew because some of it may have been missed.
    """

    name: str
    state: Literal["well", "resting", "probing", "unknown"] = "unknown"
    last_answer_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_failure: str | None = None
    offset_ms: int | None = None
    round_trip_ms: int | None = None
    weight_left: int | None = None
    reconnects: int = 0
    resyncs: int = 0


class Venue(Protocol):
    """What a collective does at an exchange. Symbols are ours (`BTCUSDT`, `BTC-USD`); each venue knows its own.

    Acts that change something are idempotent by client order id. They raise the errors of `venues.model`:
    VenueRefused and its like where nothing happened, VenueSilent where nobody knows, VenueAway where the venue cannot
    even be reached.
    """

    @property
    def name(self) -> str: ...

    @property
    def settles_s(self) -> int:
        """How long after it was sent a request may still take effect. From then on "no such order" is the last word."""
        ...

    async def get_instrument(self, symbol: str) -> Instrument:
        """With the venue's own tick, step and least notional. Raises UnknownInstrument."""
        ...

    async def get_market_data(self, symbol: str) -> MarketData: ...

    async def place_order(self, order: OrderRequest) -> VenueOrder: ...

    async def cancel_order(self, which: OrderRef) -> VenueOrder: ...

    async def get_order(self, which: OrderRef) -> VenueOrder:
        """As the venue has it, with all its fills. Raises UnknownOrder."""
        ...

    async def open_orders(self, symbol: str | None = None) -> Sequence[VenueOrder]: ...

    async def get_account_balance(self) -> Mapping[str, Balance]: ...

    async def get_fills(
        self, symbol: str, *, since: datetime | None = None, limit: int = 500
    ) -> Sequence[tuple[str, Fill]]:
        """(the venue's own order id, fill), oldest first; the fill's `order_id` is empty where the venue does not say
        which client order it belongs to. From `since` on the first `limit`, else the last `limit`."""
        ...

    async def get_rights(self) -> KeyRights:
        """Raises MayNotTrade where the venue refuses the key."""
        ...

    def describe(self, order: OrderRequest) -> Dispatch:
        """What `place_order` would send. Raises BadOrderRequest where the venue has no such order."""
        ...

    def health(self) -> VenueHealth: ...

    async def close(self) -> None: ...

    def stream_prices(self, symbols: Sequence[str]) -> AsyncIterator[Price]: ...

    def stream_user_events(self) -> AsyncIterator[UserEvent]: ...
