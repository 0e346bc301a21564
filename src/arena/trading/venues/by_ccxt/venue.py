"""An account at any exchange that ccxt speaks: `Venue` over its unified calls. What is new there is found by asking."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from arena.kit.clock import monotonic_s, to_ms
from arena.kit.errors import ArenaError
from arena.trading.market import Instrument, UnknownInstrument
from arena.trading.venues.by_ccxt.convert import (
    Unreadable,
    balances_of,
    book_of,
    decimal,
    fill_of,
    order_of,
)
from arena.trading.venues.by_ccxt.errors import error_of
from arena.trading.venues.by_ccxt.follow import follow_orders, follow_prices
from arena.trading.venues.by_ccxt.request import call_of, same_order
from arena.trading.venues.by_ccxt.special import Special
from arena.trading.venues.model import (
    Balance,
    DuplicateOrder,
    Fill,
    MayNotTrade,
    OrderEnded,
    OrderRef,
    OrderRequest,
    UnknownOrder,
    UserEvent,
    VenueAway,
    VenueOrder,
    VenueSilent,
)
from arena.trading.venues.shape import fit
from arena.trading.venues.venue import Dispatch, KeyRights, MarketData, Price, VenueHealth

T = TypeVar("T")
SENT_MAX = 20_000
SEARCHED_MAX = 500
LEVELS = 20
NOT_CCXTS_OWN = (ValueError, TypeError, KeyError, AttributeError)
"""What comes out of ccxt where a secret or an answer is not as it expects."""


class CcxtVenue:
    """`Venue`. `client` is one of ccxt's asynchronous exchanges, with its key and numbers as decimals."""

    def __init__(
        self,
        client: Any,
        special: Special,
        account_id: str,
        *,
        instruments: Sequence[Instrument],
        base_error: type[Exception],
        poll_s: int = 2,
    ) -> None:
        self.name: str = client.id
        self.settles_s = special.settles_s
        self._client = client
        self._special = special
        self._account_id = account_id
        self._instruments = {instrument.symbol: instrument for instrument in instruments}
        self._ours = {f"{i.base}/{i.quote}": i.symbol for i in instruments}
        self._base_error = base_error
        self._poll_s = poll_s
        # By client order id: what was sent, when, and what the exchange calls it as soon as that is known.
        self._sent: OrderedDict[str, tuple[OrderRequest, float]] = OrderedDict()
        self._venue_ids: OrderedDict[str, str] = OrderedDict()

    async def get_instrument(self, symbol: str) -> Instrument:
        ours, theirs = self._instrument(symbol)
        await self._asked(lambda: self._client.load_markets(), symbol)
        market = self._client.markets.get(theirs)
        if market is None:
            raise UnknownInstrument(symbol=symbol)
        tick, step = decimal(market["precision"]["price"]), decimal(market["precision"]["amount"])
        if not tick or not step:
            raise VenueAway(venue=self.name, why=f"it does not tell tick and step of {symbol}")
        least = decimal(market["limits"]["cost"]["min"]) or Decimal(0)
        status = "halted" if market.get("active") is False else "trading"
        return Instrument(symbol, ours.base, ours.quote, tick, step, least, status)  # type: ignore[arg-type]  # a Literal of two

    async def get_market_data(self, symbol: str) -> MarketData:
        _, theirs = self._instrument(symbol)
        told = await self._asked(lambda: self._client.fetch_order_book(theirs, LEVELS), symbol)
        ticker = await self._asked(lambda: self._client.fetch_ticker(theirs), symbol)
        book = book_of(told, symbol)
        return MarketData(symbol, book.at, book, decimal(ticker.get("last")))

    async def place_order(self, order: OrderRequest) -> VenueOrder:
        fit(order, await self.get_instrument(order.symbol), self.name)
        call = call_of(order, self._instrument(order.symbol)[1], self._special, self.name)
        before = self._sent.get(order.client_order_id)
        if before is not None:
            try:
                return await self._there(order)
            except UnknownOrder as unknown:
                if monotonic_s() - before[1] <= self.settles_s:
                    raise VenueSilent(venue=self.name) from unknown
        self._remember(order)
        try:
            told = await call(self._client)
        except self._base_error as raised:
            if type(raised).__name__ == "DuplicateOrderId":
                return await self._there(order)
            error = self._error(raised, order.symbol, order.client_order_id)
            if not isinstance(error, VenueSilent):
                self._sent.pop(order.client_order_id, None)
            raise error from raised
        except NOT_CCXTS_OWN as broken:
            raise VenueSilent(venue=self.name) from broken
        return await self._taken(order, told)

    async def cancel_order(self, which: OrderRef) -> VenueOrder:
        there = await self.get_order(which)
        if not there.open:
            raise OrderEnded(which=_words(which), status=there.status)
        _, theirs = self._instrument(which.symbol)
        try:
            await self._asked(
                lambda: self._client.cancel_order(there.venue_order_id, theirs), which.symbol
            )
        except (VenueSilent, VenueAway):
            raise
        except ArenaError:
            # Exchanges have many words for "too late"; what the order is now says it best.
            after = await self.get_order(which)
            if after.open:
                raise
            raise OrderEnded(which=_words(which), status=after.status) from None
        return await self.get_order(which)

    async def get_order(self, which: OrderRef) -> VenueOrder:
        _, theirs = self._instrument(which.symbol)
        told = await self._find(which, theirs)
        client_id = str(told.get("clientOrderId") or which.client_order_id or "")
        sent = self._sent.get(client_id)
        order = self._order(told, which.symbol, sent[0] if sent else None)
        self._know(order)
        if not order.filled_quantity:
            return order
        return await self._with_fills(order, theirs)

    async def open_orders(self, symbol: str | None = None) -> Sequence[VenueOrder]:
        theirs = None if symbol is None else self._instrument(symbol)[1]
        rows = await self._asked(lambda: self._client.fetch_open_orders(theirs), symbol or "")
        found = []
        for told in rows:
            ours = self._ours.get(told["symbol"])
            if ours is not None:
                sent = self._sent.get(str(told.get("clientOrderId")))
                found.append(self._order(told, ours, sent[0] if sent else None))
        for order in found:
            self._know(order)
        return found

    async def get_account_balance(self) -> Mapping[str, Balance]:
        return balances_of(await self._asked(lambda: self._client.fetch_balance(), ""))

    async def get_fills(
        self, symbol: str, *, since: datetime | None = None, limit: int = 500
    ) -> Sequence[tuple[str, Fill]]:
        ours, theirs = self._instrument(symbol)
        since_ms = None if since is None else to_ms(since)
        rows = await self._asked(
            lambda: self._client.fetch_my_trades(theirs, since_ms, limit), symbol
        )
        return [
            (str(told.get("order")), fill_of(told, symbol, self._account_id, "", ours.quote))
            for told in sorted(rows, key=lambda told: told.get("timestamp") or 0)
        ]

    async def get_rights(self) -> KeyRights:
        try:
            return await self._asked(lambda: self._special.rights(self._client), "")
        except VenueSilent as silent:
            if isinstance(silent.__cause__, NOT_CCXTS_OWN):
                raise MayNotTrade(why=f"nothing can be signed for {self.name} with it") from silent
            raise

    def describe(self, order: OrderRequest) -> Dispatch:
        call = call_of(order, self._instrument(order.symbol)[1], self._special, self.name)
        return Dispatch("ccxt", f"{self.name} {call.method}", call.shown())

    def health(self) -> VenueHealth:
        return VenueHealth(self.name)

    async def close(self) -> None:
        await self._client.close()

    def stream_prices(self, symbols: Sequence[str]) -> AsyncIterator[Price]:
        return follow_prices(self, symbols, self._poll_s)

    def stream_user_events(self) -> AsyncIterator[UserEvent]:
        return follow_orders(self, self._account_id, self._poll_s)

    def _instrument(self, symbol: str) -> tuple[Instrument, str]:
        """(ours, the name ccxt knows it by). Raises UnknownInstrument."""
        instrument = self._instruments.get(symbol)
        if instrument is None:
            raise UnknownInstrument(symbol=symbol)
        return instrument, f"{instrument.base}/{instrument.quote}"

    async def _taken(self, order: OrderRequest, told: Mapping[str, Any]) -> VenueOrder:
        """An exchange that answers no more than an id is asked at once; without an answer we know that it took it."""
        try:
            self._venue_ids[order.client_order_id] = str(told["id"])
            return await self.get_order(
                OrderRef(order.symbol, client_order_id=order.client_order_id)
            )
        except (ArenaError, KeyError):
            known = {**told, "status": told.get("status") or "open", "id": told.get("id") or ""}
            return self._order(known, order.symbol, order)

    async def _there(self, order: OrderRequest) -> VenueOrder:
        there = await self.get_order(OrderRef(order.symbol, client_order_id=order.client_order_id))
        sent = self._sent.get(order.client_order_id)
        if not same_order(sent[0] if sent else there.request, order):
            raise DuplicateOrder(client_order_id=order.client_order_id)
        return there

    async def _find(self, which: OrderRef, theirs: str) -> Mapping[str, Any]:
        client_id = which.client_order_id
        venue_id = which.venue_order_id or (
            str(which.number) if which.number else self._venue_ids.get(client_id or "")
        )
        if venue_id:
            return await self._asked(
                lambda: self._client.fetch_order(venue_id, theirs), which.symbol, _words(which)
            )
        if client_id is not None and (by := self._special.asks_by_client_id) is not None:
            return await self._asked(
                lambda: self._client.fetch_order("", theirs, {by: client_id}),
                which.symbol, client_id,
            )  # fmt: skip
        for told in await self._recent(which.symbol, theirs):
            if told.get("clientOrderId") == client_id:
                return told
        raise UnknownOrder(which=_words(which))

    async def _recent(self, symbol: str, theirs: str) -> list[Mapping[str, Any]]:
        client = self._client
        if client.has.get("fetchOrders"):
            recent: list[Mapping[str, Any]] = await self._asked(
                lambda: client.fetch_orders(theirs, None, SEARCHED_MAX), symbol
            )
            return recent
        found: list[Mapping[str, Any]] = await self._asked(
            lambda: client.fetch_open_orders(theirs), symbol
        )
        if client.has.get("fetchClosedOrders"):
            found = [*found, *await self._asked(lambda: client.fetch_closed_orders(theirs), symbol)]
        return found

    async def _with_fills(self, order: VenueOrder, theirs: str) -> VenueOrder:
        since_ms, client = to_ms(order.placed_at) - 1_000, self._client
        rows = await self._asked(
            lambda: client.fetch_my_trades(theirs, since_ms, SEARCHED_MAX), order.request.symbol
        )
        quote = self._instrument(order.request.symbol)[0].quote
        mine = [told for told in rows if str(told.get("order")) == order.venue_order_id]
        mine.sort(key=lambda told: (told.get("timestamp") or 0, str(told["id"])))
        fills = tuple(
            fill_of(told, order.request.symbol, self._account_id, order.id, quote) for told in mine
        )
        return _replaced(order, fills)

    def _order(
        self, told: Mapping[str, Any], symbol: str, asked: OrderRequest | None
    ) -> VenueOrder:
        try:
            return order_of(told, symbol, self._account_id, asked)
        except (Unreadable, KeyError) as broken:
            raise VenueSilent(venue=self.name) from broken

    def _know(self, order: VenueOrder) -> None:
        self._venue_ids[order.request.client_order_id] = order.venue_order_id
        while len(self._venue_ids) > SENT_MAX:
            self._venue_ids.popitem(last=False)

    def _remember(self, order: OrderRequest) -> None:
        self._sent[order.client_order_id] = order, monotonic_s()
        while len(self._sent) > SENT_MAX:
            self._sent.popitem(last=False)

    async def _asked(self, ask: Callable[[], Awaitable[T]], symbol: str, wanted: str = "") -> T:
        try:
            return await ask()
        except self._base_error as raised:
            raise self._error(raised, symbol, wanted) from raised
        except NOT_CCXTS_OWN as broken:  # before or after it was sent, nobody can tell
            raise VenueSilent(venue=self.name) from broken

    def _error(self, raised: Exception, symbol: str, wanted: str) -> ArenaError:
        return error_of(raised, self.name, symbol=symbol, wanted=wanted)


def _words(which: OrderRef) -> str:
    return which.client_order_id or which.venue_order_id or str(which.number)


def _replaced(order: VenueOrder, fills: tuple[Fill, ...]) -> VenueOrder:
    numbered = tuple(replace(fill, number=place) for place, fill in enumerate(fills, 1))
    return replace(order, fills=numbered)
