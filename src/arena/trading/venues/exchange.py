"""What a dialect speaks to: the paper exchange seen from outside, many accounts over one set of books.

`trading/orders/floor` is this exchange. It stands above (it asks risk, and keeps portfolios), so a dialect, which
stands below, knows it by this protocol and is handed it when the arena is wired.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from arena.people.access import Actor
from arena.trading.market import Candle, DepthSnapshot, Instrument, MarketEvent, Print, Statistics
from arena.trading.venues.model import (
    Fill,
    OrderList,
    OrderListRequest,
    OrderRef,
    OrderRequest,
    Replaced,
    UserEvent,
    VenueAccount,
    VenueOrder,
)


class Market(Protocol):
    """One instrument as it stands in memory; reading costs nothing and waits for nobody."""

    @property
    def instrument(self) -> Instrument: ...

    @property
    def at(self) -> datetime:
        """The time of the last event."""
        ...

    @property
    def last_price(self) -> Decimal | None: ...

    def depth(self, levels: int) -> DepthSnapshot:
        """The mirrored book as it is now, best first; ids are contiguous per symbol whatever the source."""
        ...

    def prints(self, limit: int) -> Sequence[Print]:
        """The latest trades in memory (at most 1,000), oldest first."""
        ...

    def statistics(self) -> Statistics | None:
        """The 24 hours up to now; None before the first trade or bar."""
        ...

    def open_candle(self, interval_s: int) -> Candle | None:
        """The bar that is being made, from the trades so far; None before its first."""
        ...


class Exchange(Protocol):
    """Every mutating act answers after its COMMIT. Errors are those of `venues.model`, `risk` and `market`."""

    def now(self) -> datetime:
        """The time of trading: the wall's on a live market, the tape's on a replay."""
        ...

    def symbols(self) -> Sequence[str]: ...

    def market(self, symbol: str) -> Market:
        """Raises UnknownInstrument."""
        ...

    def watch(
        self, symbols: Collection[str]
    ) -> AbstractAsyncContextManager[AsyncIterator[MarketEvent]]:
        """Events of these instruments from now on. Whoever reads too slowly loses the oldest (10,000 are kept), and
        finds a DepthSnapshot of each instrument in their place."""
        ...

    async def candles(
        self,
        symbol: str,
        interval_s: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[Candle]:
        """Bars oldest first, the open one last where `until` does not end before it: the first `limit` from `since` on,
        else the last `limit`. Raises UnknownInterval."""
        ...

    async def open_account(self, owner_id: str) -> str:
        """The id of the collective's own account, which the first call opens."""
        ...

    async def place(self, account_id: str, request: OrderRequest, *, by: Actor) -> VenueOrder:
        """Answers once the order has taken effect and what it took is committed, or after a second with what is known.

        The same client order id with the same content gives the order that is there; with other content DuplicateOrder.
        """
        ...

    async def test(self, account_id: str, request: OrderRequest) -> None:
        """Raises what `place` would raise now, and does nothing."""
        ...

    async def place_list(
        self, account_id: str, request: OrderListRequest, *, by: Actor
    ) -> OrderList: ...

    async def cancel(
        self, account_id: str, which: OrderRef, *, by: Actor, cancel_id: str | None = None
    ) -> VenueOrder:
        """Cancels what is left; the other leg of a list goes with it. Raises UnknownOrder, OrderEnded."""
        ...

    async def cancel_open(
        self, account_id: str, symbol: str | None, *, by: Actor
    ) -> Sequence[VenueOrder]: ...

    async def replace(
        self,
        account_id: str,
        which: OrderRef,
        request: OrderRequest,
        *,
        by: Actor,
        stop_on_failure: bool,
        cancel_id: str | None = None,
    ) -> Replaced:
        """Cancels the one and places the other in one transaction. With `stop_on_failure` nothing is placed where
        nothing could be cancelled."""
        ...

    async def order(self, account_id: str, which: OrderRef) -> VenueOrder:
        """With all its fills. Raises UnknownOrder."""
        ...

    async def order_list(
        self, account_id: str, *, number: int | None = None, client_order_id: str | None = None
    ) -> OrderList: ...

    async def open_orders(
        self, account_id: str, symbol: str | None = None
    ) -> Sequence[VenueOrder]: ...

    async def orders(
        self,
        account_id: str,
        symbol: str,
        *,
        from_number: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[VenueOrder]:
        """All orders, by number: from `from_number` or `since` on the first `limit`, else the last `limit`."""
        ...

    async def fills(
        self,
        account_id: str,
        symbol: str,
        *,
        order_number: int | None = None,
        from_trade: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[tuple[int, Fill]]:
        """(order number, fill), by trade number."""
        ...

    async def account(self, account_id: str) -> VenueAccount: ...

    def listen(
        self, account_id: str, *, after: int | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[UserEvent]]:
        """The account's events from now on, or from the one after number `after`. A listener that is too slow is ended
        (the iterator stops), never skipped: it comes back with `after`."""
        ...
