"""What can be read on the floor: prices from memory, accounts and orders as they are committed."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal

from arena.kit.db import Database
from arena.trading.market import Candle, MarketEvent
from arena.trading.orders.floor import read
from arena.trading.orders.floor.history import candles_of
from arena.trading.orders.floor.hub import Listener
from arena.trading.orders.floor.market import FloorMarket
from arena.trading.orders.floor.seat import Seat
from arena.trading.orders.floor.state import State
from arena.trading.venues import (
    Fill,
    OrderList,
    OrderRef,
    UnknownOrder,
    UserEvent,
    VenueAccount,
    VenueOrder,
)


class Reading:
    """The half of the floor that changes nothing. What memory shows is answered once all of it is committed."""

    def __init__(self, db: Database, state: State, url: str) -> None:
        self._db = db
        self.state = state
        self.seat = Seat(db, state, url)

    def now(self) -> datetime:
        return self.state.now()

    def symbols(self) -> Sequence[str]:
        return sorted(self.state.markets)

    def market(self, symbol: str) -> FloorMarket:
        return self.state.market(symbol)

    def prices(self) -> Mapping[str, Decimal]:
        """Last prices in quote units, by symbol, of the instruments that have one."""
        return self.state.prices()

    @asynccontextmanager
    async def watch(self, symbols: Collection[str]) -> AsyncIterator[AsyncIterator[MarketEvent]]:
        with self.state.hub.watching(
            symbols, lambda symbol: self.market(symbol).depth(1_000_000)
        ) as watcher:
            yield watcher

    async def candles(
        self,
        symbol: str,
        interval_s: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 500,
    ) -> Sequence[Candle]:
        market, span = self.market(symbol), (since, until)
        async with self._db.transaction(readonly=True) as tx:
            return await candles_of(
                tx, market, interval_s=interval_s, span=span, now=self.now(), limit=limit
            )

    async def order(self, account_id: str, which: OrderRef) -> VenueOrder:
        await self.seat.committed()
        async with self._db.transaction(readonly=True) as tx:
            found = await read.order(tx, account_id, which)
        if found is None:
            raise UnknownOrder(which=named(which))
        return found

    async def order_list(
        self, account_id: str, *, number: int | None = None, client_order_id: str | None = None
    ) -> OrderList:
        await self.seat.committed()
        async with self._db.transaction(readonly=True) as tx:
            legs = await read.list_orders(tx, account_id, number, client_order_id)
        if len(legs) != 2:
            raise UnknownOrder(which=str(number or client_order_id))
        first, second = legs
        return OrderList(
            first.list_number or 0, first.list_client_order_id or "", first.request.symbol,
            first.placed_at, not (first.open or second.open), (first, second),
        )  # fmt: skip

    async def open_orders(self, account_id: str, symbol: str | None = None) -> Sequence[VenueOrder]:
        purse = await self.seat.purse(account_id)
        there = sorted(purse.open.values(), key=lambda order: order.number)
        seen = [o.picture() for o in there if o.open and symbol in (None, o.request.symbol)]
        await self.seat.committed()
        return seen

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
        await self.seat.committed()
        async with self._db.transaction(readonly=True) as tx:
            return await read.orders(
                tx, account_id, symbol, from_number=from_number, span=(since, until), limit=limit
            )

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
        await self.seat.committed()
        async with self._db.transaction(readonly=True) as tx:
            return await read.fills(
                tx, account_id, symbol, order_number=order_number, from_trade=from_trade,
                span=(since, until), limit=limit,
            )  # fmt: skip

    async def account(self, account_id: str) -> VenueAccount:
        purse = await self.seat.purse(account_id)
        seen = VenueAccount(
            id=account_id,
            number=purse.number,
            maker_bps=self.state.terms.fees.maker_bps,
            taker_bps=self.state.terms.fees.taker_bps,
            can_trade=not purse.stopped,
            orders_max=purse.limits.open_orders_max or 200,
            balances=purse.shown(),
            updated_at=self.now(),
            latency_ms=purse.latency_ms,
        )
        await self.seat.committed()
        return seen

    @asynccontextmanager
    async def listen(
        self, account_id: str, *, after: int | None = None
    ) -> AsyncIterator[AsyncIterator[UserEvent]]:
        await self.seat.purse(account_id)
        with self.state.hub.listening(account_id) as listener:
            events = self._events(account_id, listener, after)
            try:
                yield events
            finally:
                await events.aclose()

    async def _events(
        self, account_id: str, listener: Listener, after: int | None
    ) -> AsyncGenerator[UserEvent, None]:
        last = after or 0
        while after is not None:
            async with self._db.transaction(readonly=True) as tx:
                page = await read.events(tx, account_id, last, 500)
            for event in page:
                yield event
                last = event.number
            if not page:
                break
        async for event in listener:
            if event.number > last:
                yield event


def named(which: OrderRef) -> str:
    return which.client_order_id if which.number is None else f"number {which.number}"  # type: ignore[return-value]  # one of the two is given
