"""One account at the paper exchange, in this process: `Venue` over `Exchange`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from arena.people.access import Actor
from arena.trading.market import ARITHMETIC, Book, DepthSnapshot, Instrument, Level, Print
from arena.trading.venues.exchange import Exchange, Market
from arena.trading.venues.model import Balance, Fill, OrderRef, OrderRequest, UserEvent, VenueOrder
from arena.trading.venues.venue import (
    Dispatch,
    KeyRights,
    MarketData,
    Price,
    VenueHealth,
)

LEVELS = 20


class PaperAccount:
    """`Venue`. Acts answer after their commit, so nothing here is ever silent."""

    name = "paper"
    settles_s = 0

    def __init__(self, exchange: Exchange, account_id: str, by: Actor) -> None:
        self._exchange = exchange
        self._account_id = account_id
        self._by = by

    async def get_instrument(self, symbol: str) -> Instrument:
        return self._exchange.market(symbol).instrument

    async def get_market_data(self, symbol: str) -> MarketData:
        market = self._exchange.market(symbol)
        return MarketData(
            symbol, market.at, _book(market, LEVELS), market.last_price, market.statistics()
        )

    async def place_order(self, order: OrderRequest) -> VenueOrder:
        return await self._exchange.place(self._account_id, order, by=self._by)

    async def cancel_order(self, which: OrderRef) -> VenueOrder:
        return await self._exchange.cancel(self._account_id, which, by=self._by)

    async def get_order(self, which: OrderRef) -> VenueOrder:
        return await self._exchange.order(self._account_id, which)

    async def open_orders(self, symbol: str | None = None) -> Sequence[VenueOrder]:
        return await self._exchange.open_orders(self._account_id, symbol)

    async def get_account_balance(self) -> Mapping[str, Balance]:
        return (await self._exchange.account(self._account_id)).balances

    async def get_fills(
        self, symbol: str, *, since: datetime | None = None, limit: int = 500
    ) -> Sequence[tuple[str, Fill]]:
        found = await self._exchange.fills(self._account_id, symbol, since=since, limit=limit)
        return [(str(number), fill) for number, fill in found]

    async def get_rights(self) -> KeyRights:
        account = await self._exchange.account(self._account_id)
        return KeyRights(may_trade=account.can_trade, may_withdraw=False)

    def describe(self, order: OrderRequest) -> Dispatch:
        return Dispatch("call", "paper exchange", {"account_id": self._account_id, "order": order})

    def health(self) -> VenueHealth:
        return VenueHealth(self.name)

    async def close(self) -> None:
        """There is nothing to close."""

    async def stream_prices(self, symbols: Sequence[str]) -> AsyncIterator[Price]:
        async with self._exchange.watch(symbols) as events:
            async for event in events:
                market = self._exchange.market(event.symbol)
                book = _book(market, 1)
                yield Price(
                    event.symbol, event.at,
                    bid=book.bids[0].price if book.bids else None,
                    ask=book.asks[0].price if book.asks else None,
                    last=event.price if isinstance(event, Print) else market.last_price,
                    venue=self.name,
                    # Whoever reads too slowly finds snapshots in place of what was dropped.
                    gap=isinstance(event, DepthSnapshot),
                )  # fmt: skip

    async def stream_user_events(self) -> AsyncIterator[UserEvent]:
        """A listener that was too slow comes back after the last event it had, so nothing is missed."""
        last: int | None = None
        while True:
            async with self._exchange.listen(self._account_id, after=last) as events:
                async for event in events:
                    last = event.number
                    yield event


def _book(market: Market, levels: int) -> Book:
    depth = market.depth(levels)
    tick, step = market.instrument.tick, market.instrument.step
    bids, asks = (
        tuple(
            Level(ARITHMETIC.multiply(price, tick), ARITHMETIC.multiply(quantity, step))
            for price, quantity in side
        )
        for side in (depth.bids, depth.asks)
    )
    return Book(depth.symbol, depth.at, bids, asks, "exchange")
