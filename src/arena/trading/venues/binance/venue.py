"""An account at Binance Spot, by a connector of our own: `Venue` over REST and its WebSocket streams."""

import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from arena.kit.clock import monotonic_s, to_ms, wall_now
from arena.trading.market import ARITHMETIC, Book, DepthSnapshot, Instrument, Level
from arena.trading.venues.binance.errors import VENUE
from arena.trading.venues.binance.listed import Listed
from arena.trading.venues.binance.prices import Top, price_of, read_prices
from arena.trading.venues.binance.rest import Exchange, Refusal, Rest
from arena.trading.venues.binance.user_stream import UserStream
from arena.trading.venues.dialects.binance.schema import (
    ORDER_TYPES,
    Malformed,
    parse_account,
    parse_depth,
    parse_order,
    parse_ticker,
    parse_trade_of,
    request_parameters,
)
from arena.trading.venues.limits import Rate, VenueBusy
from arena.trading.venues.model import (
    BadOrderRequest,
    Balance,
    DuplicateOrder,
    Fill,
    OrderEnded,
    OrderRef,
    OrderRequest,
    UnknownOrder,
    UserEvent,
    VenueAway,
    VenueOrder,
    VenueSilent,
)
from arena.trading.venues.naming import name_fill, name_order
from arena.trading.venues.shape import fit
from arena.trading.venues.venue import Dispatch, KeyRights, MarketData, Price, VenueHealth

CLIENT_ORDER_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
SENT_MAX = 20_000
LEVELS = 20
ORDER = "/api/v3/order"


class BinanceVenue:
    """`Venue`. An order's and a fill's ids are ours, derived from account, client order id and trade number."""

    name = VENUE

    def __init__(
        self,
        exchange: Exchange,
        rest: Rest,
        account_id: str,
        *,
        instruments: Sequence[Instrument],
        streams_url: str,
        user_stream: UserStream,
        settles_s: int = 10,
    ) -> None:
        self.settles_s = settles_s
        self._exchange = exchange
        self._rest = rest
        self._account_id = account_id
        self._listed = Listed(rest, instruments, self._learn_rates)
        self._streams_url = streams_url.rstrip("/")
        self._user_stream = user_stream
        self._sent: OrderedDict[str, float] = OrderedDict()  # client order ids, and when they went

    async def get_instrument(self, symbol: str) -> Instrument:
        return await self._listed.instrument(symbol)

    async def get_market_data(self, symbol: str) -> MarketData:
        wire, listed = self._listed.wire(symbol), await self._listed.instrument(symbol)
        asked: dict[str, str | int] = {"symbol": wire, "limit": LEVELS}
        depth = await self._public("/api/v3/depth", asked, symbol, weight=5)
        ticker = await self._public("/api/v3/ticker/24hr", {"symbol": wire}, symbol, weight=2)
        try:
            book = _book(parse_depth(depth, listed, wall_now()), listed)
            day = parse_ticker(symbol, ticker)
        except Malformed as broken:
            raise _unreadable(broken) from broken
        return MarketData(symbol, book.at, book, day.close or None, day)

    async def place_order(self, order: OrderRequest) -> VenueOrder:
        parameters = self._parameters(order)
        listed = await self._listed.listed(order.symbol)
        fit(order, listed.instrument, VENUE)
        if ORDER_TYPES[order.type] not in listed.order_types:
            raise BadOrderRequest(why=f"{VENUE} takes no {order.type} orders in {order.symbol}")
        if order.client_order_id in self._sent:
            return await self._again(order, parameters)
        return await self._send(order, parameters)

    async def cancel_order(self, which: OrderRef) -> VenueOrder:
        parameters = {"symbol": self._listed.wire(which.symbol), **_named(which)}
        try:
            answer = await self._rest.signed("DELETE", ORDER, parameters, weight=1, urgent=True)
        except Refusal as refused:
            error = refused.error(symbol=which.symbol, wanted=_words(which))
            if not isinstance(error, UnknownOrder):
                raise error from refused
            # The same words for an order that has ended and for one that never was.
            there = await self.get_order(which)
            if there.open:
                raise VenueSilent(venue=VENUE) from refused
            raise OrderEnded(which=_words(which), status=there.status) from refused
        return self._ours(answer, which.symbol)

    async def get_order(self, which: OrderRef) -> VenueOrder:
        wire = self._listed.wire(which.symbol)
        answer = await self._signed(ORDER, {"symbol": wire, **_named(which)}, which, weight=4)
        order = self._ours(answer, which.symbol)
        if not order.filled_quantity:
            return order
        asked: dict[str, str | int] = {"symbol": wire, "orderId": order.number, "limit": 1000}
        rows = await self._signed("/api/v3/myTrades", asked, which, weight=5)
        rows = sorted(_list(rows), key=lambda row: int(row.get("id", 0)))
        fills = [self._fill(row, which.symbol)[1] for row in rows]
        mine = tuple(
            replace(fill, order_id=order.id, number=place) for place, fill in enumerate(fills, 1)
        )
        return replace(order, fills=mine)

    async def open_orders(self, symbol: str | None = None) -> Sequence[VenueOrder]:
        asked = {} if symbol is None else {"symbol": self._listed.wire(symbol)}
        which = OrderRef(symbol or "")
        rows = await self._signed(
            "/api/v3/openOrders", asked, which, weight=80 if symbol is None else 6
        )
        known = ((row, self._listed.ours(str(row.get("symbol")))) for row in _list(rows))
        return [self._ours(row, ours) for row, ours in known if ours is not None]

    async def get_account_balance(self) -> Mapping[str, Balance]:
        asked = {"omitZeroBalances": "true"}
        answer = await self._signed("/api/v3/account", asked, OrderRef(""), weight=20)
        try:
            return parse_account(answer, self._account_id).balances
        except Malformed as broken:
            raise _unreadable(broken) from broken

    async def get_fills(
        self, symbol: str, *, since: datetime | None = None, limit: int = 500
    ) -> Sequence[tuple[str, Fill]]:
        asked: dict[str, str | int] = {"symbol": self._listed.wire(symbol), "limit": limit}
        if since is not None:
            asked["startTime"] = to_ms(since)
        rows = await self._signed("/api/v3/myTrades", asked, OrderRef(symbol), weight=20)
        return [self._fill(row, symbol) for row in _list(rows)]

    async def get_rights(self) -> KeyRights:
        try:
            told = await self._rest.signed("GET", "/sapi/v1/account/apiRestrictions", {}, weight=1)
        except Refusal as refused:
            if refused.complaint.status == 404:
                return KeyRights(may_trade=None, may_withdraw=None)
            raise refused.error() from refused
        rights = told if isinstance(told, dict) else {}
        moves_out = [rights.get("enableWithdrawals"), rights.get("enableInternalTransfer")]
        return KeyRights(
            may_trade=_flag(rights.get("enableSpotAndMarginTrading")),
            may_withdraw=True if True in moves_out else _flag(moves_out[0]),
        )

    def describe(self, order: OrderRequest) -> Dispatch:
        return Dispatch("POST", self._exchange.base_url + ORDER, self._parameters(order))

    def health(self) -> VenueHealth:
        return VenueHealth(
            self.name,
            offset_ms=self._exchange.clock.offset_ms(),
            round_trip_ms=self._exchange.clock.round_trip_ms,
            weight_left=self._exchange.weights.left("weight"),
            reconnects=self._user_stream.reconnects,
            resyncs=self._user_stream.resyncs,
        )

    async def close(self) -> None:
        await self._rest.close()

    def stream_prices(self, symbols: Sequence[str]) -> AsyncIterator[Price]:
        wires = {self._listed.wire(symbol): symbol for symbol in symbols}
        return read_prices(self._streams_url, wires, self._top)

    def stream_user_events(self) -> AsyncIterator[UserEvent]:
        return self._user_stream.events(self, self._account_id, self._listed.ours)

    async def _send(self, order: OrderRequest, parameters: dict[str, str]) -> VenueOrder:
        self._remember(order.client_order_id)
        try:
            answer = await self._rest.signed(
                "POST", ORDER, parameters, weight=1, urgent=True, orders=1
            )
        except Refusal as refused:
            if refused.complaint.duplicate:
                return await self._there(order)
            error = refused.error(symbol=order.symbol, wanted=order.client_order_id)
            if not isinstance(error, VenueSilent):
                self._sent.pop(order.client_order_id, None)
            raise error from refused
        except (VenueAway, VenueBusy):
            self._sent.pop(order.client_order_id, None)  # it never left
            raise
        return self._ours(answer, order.symbol)

    async def _again(self, order: OrderRequest, parameters: dict[str, str]) -> VenueOrder:
        """A second call for an order that went out before: asked for, and sent again only once the first can come to
        nothing any more."""
        try:
            return await self._there(order)
        except UnknownOrder as unknown:
            if monotonic_s() - self._sent[order.client_order_id] <= self.settles_s:
                raise VenueSilent(venue=VENUE) from unknown
        return await self._send(order, parameters)

    async def _there(self, order: OrderRequest) -> VenueOrder:
        """The order that bears this client order id. Raises DuplicateOrder where it is another one."""
        there = await self.get_order(OrderRef(order.symbol, client_order_id=order.client_order_id))
        if self._parameters(there.request) != self._parameters(order):
            raise DuplicateOrder(client_order_id=order.client_order_id)
        return there

    def _parameters(self, order: OrderRequest) -> dict[str, str]:
        if CLIENT_ORDER_ID.fullmatch(order.client_order_id) is None:
            raise BadOrderRequest(
                why=f"client order ids at {VENUE} have 1 to 36 letters, digits, dots, dashes,"
                " slashes, colons or underscores"
            )
        parameters = request_parameters(order, self._listed.wire(order.symbol))
        return {**parameters, "newOrderRespType": "FULL"}

    def _remember(self, client_order_id: str) -> None:
        self._sent[client_order_id] = monotonic_s()
        while len(self._sent) > SENT_MAX:
            self._sent.popitem(last=False)

    def _learn_rates(self, rates: Sequence[Rate]) -> None:
        for kind, keeper in (("weight", self._exchange.weights), ("orders", self._rest.orders)):
            told = [rate for rate in rates if rate.kind == kind]
            if told:
                keeper.learn(told)

    def _ours(self, answer: Any, symbol: str) -> VenueOrder:
        """The order under our ids."""
        try:
            order = parse_order(answer, symbol, self._account_id)
        except Malformed as broken:
            # It answered, so it acted, and we cannot read what: nobody knows.
            raise VenueSilent(venue=VENUE) from broken
        return name_order(order)

    def _fill(self, row: Any, symbol: str) -> tuple[str, Fill]:
        try:
            number, fill = parse_trade_of(row, symbol, self._account_id)
        except Malformed as broken:
            raise _unreadable(broken) from broken
        return str(number), replace(name_fill(fill), order_id="")

    async def _top(self, wire: str) -> Top:
        told = await self._public("/api/v3/ticker/bookTicker", {"symbol": wire}, wire, weight=2)
        found = told if isinstance(told, dict) else {}
        return price_of(found.get("bidPrice")), price_of(found.get("askPrice"))

    async def _public(
        self, path: str, parameters: Mapping[str, str | int], symbol: str, *, weight: int
    ) -> Any:
        try:
            return await self._rest.public(path, parameters, weight=weight)
        except Refusal as refused:
            raise refused.error(symbol=symbol) from refused

    async def _signed(
        self, path: str, parameters: Mapping[str, str | int], which: OrderRef, *, weight: int
    ) -> Any:
        try:
            return await self._rest.signed("GET", path, parameters, weight=weight)
        except Refusal as refused:
            raise refused.error(symbol=which.symbol, wanted=_words(which)) from refused


def _named(which: OrderRef) -> dict[str, str | int]:
    named: dict[str, str | int] = {}
    if which.number is not None:
        named["orderId"] = which.number
    if which.client_order_id is not None:
        named["origClientOrderId"] = which.client_order_id
    elif which.venue_order_id:
        named["orderId"] = which.venue_order_id
    if not named:
        raise BadOrderRequest(why="name the order by its number or its client order id")
    return named


def _words(which: OrderRef) -> str:
    return which.client_order_id or which.venue_order_id or str(which.number)


def _list(rows: Any) -> list[dict[str, Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise VenueAway(venue=VENUE, why="it answers with something that is no list")
    return rows


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _unreadable(broken: Malformed) -> VenueAway:
    return VenueAway(venue=VENUE, why=f"its answer cannot be read: {broken}")


def _book(depth: DepthSnapshot, listed: Instrument) -> Book:
    bids, asks = (
        tuple(
            Level(
                ARITHMETIC.multiply(price, listed.tick), ARITHMETIC.multiply(quantity, listed.step)
            )
            for price, quantity in side
        )
        for side in (depth.bids, depth.asks)
    )
    return Book(depth.symbol, depth.at, bids, asks, "exchange")
