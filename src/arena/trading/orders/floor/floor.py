"""The floor: the one place where all that collectives trade on paper meets; `Exchange` of trading/venues.

One process of an arena is the floor at any time. It works in memory and writes in groups: every act is carried out
at once, the writer commits what has gathered since its last commit, and nobody is answered, and no event is told,
before that. Memory is a copy of the database: where a commit fails it is thrown away and read again.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal

import structlog

from arena.kit.db import Database
from arena.kit.errors import ArenaError
from arena.kit.settings import Settings
from arena.kit.tasks import background
from arena.people.access import SYSTEM, Actor
from arena.trading import risk
from arena.trading.market import Bars, MarketEvent, Print, instruments
from arena.trading.orders.floor import read
from arena.trading.orders.floor.accept import accept, accept_list, weigh
from arena.trading.orders.floor.bars import events_of
from arena.trading.orders.floor.funds import move_funds
from arena.trading.orders.floor.market import FloorMarket
from arena.trading.orders.floor.purse import Purse
from arena.trading.orders.floor.reading import Reading, named
from arena.trading.orders.floor.resting import Resting
from arena.trading.orders.floor.settle import settle
from arena.trading.orders.floor.state import State, Terms
from arena.trading.orders.floor.withdraw import withdraw
from arena.trading.orders.own import own_account
from arena.trading.portfolio import Flow, account, rate
from arena.trading.venues import (
    DuplicateOrder,
    FeeRates,
    OrderEnded,
    OrderList,
    OrderListRequest,
    OrderRef,
    OrderRequest,
    Replaced,
    UnknownOrder,
    VenueOrder,
)

ANSWER_S = 1.0
"""How long an answer waits for the order to take effect, by the wall; a tape that stands still would never let it."""
TICK_S = 0.005
log = structlog.get_logger()


class Floor(Reading):
    """Acts raise ExchangeElsewhere while this process is not the floor."""

    def __init__(self, db: Database, settings: Settings) -> None:
        fees = FeeRates(settings.fee_maker_bps, settings.fee_taker_bps)
        terms = Terms(fees, settings.exchange_latency_ms)
        super().__init__(db, State(db.clock, terms, risk.defaults(settings)), settings.seat_url)
        self._cash = settings.collective_cash
        self.answer_s = ANSWER_S
        self._waiting: dict[str, list[Resting]] = {}  # by symbol, orders that have not taken effect
        self._pending = asyncio.Event()
        self._heed: asyncio.Queue[str] = asyncio.Queue()

    # ------------------------------------------------------------------ who it is

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """This process is the floor until the block ends."""
        await self.seat.take()
        for account_id in list(self.state.purses):
            self._heed.put_nowait(account_id)
        async with background(self.seat.write_for_ever(), self._tick(), self._heed_stops()):
            try:
                yield
            finally:
                await self.seat.leave()

    def forget(self, account_id: str) -> None:
        """News: somebody else has changed the account or its limits. It is read again before the next order is decided
        on, and where trading was stopped, what is open is cancelled."""
        self.seat.heard += 1
        purse = self.state.purses.get(account_id)
        if purse is not None:
            purse.stale = True
            self._heed.put_nowait(account_id)

    def forget_all(self) -> None:
        """News may have been missed."""
        for account_id in list(self.state.purses):
            self.forget(account_id)

    async def _heed_stops(self) -> None:
        while True:
            account_id = await self._heed.get()
            try:
                purse = await self.seat.purse(account_id)
                if purse.stopped:
                    await self.cancel_open(account_id, None, by=SYSTEM, reason="halted")
            except ArenaError as refused:
                log.warning(
                    "a stop could not be carried out yet", account=account_id, why=str(refused)
                )
                await asyncio.sleep(0.5)
                self._heed.put_nowait(account_id)

    # ------------------------------------------------------------------ the market moves

    def feed(self, events: Iterable[MarketEvent]) -> None:
        """News of real books and trades, in their order.

        Trades of before the last commit of an earlier floor are passed over: a recording that is taken up again tells
        of the last moments twice, and what they filled is filled.
        """
        state = self.state
        for event in events:
            market = state.markets.get(event.symbol)
            if market is None or not self.seat.held:
                continue
            state.at = max(state.at or event.at, event.at)
            if isinstance(event, Print) and state.resumed_at and event.at <= state.resumed_at:
                market.tally.take(event)
                continue
            settle(state, market, market.apply(event))
            self._took_effect(market)
            state.hub.show(event)
        if state.batch:
            state.batch.played_until = state.at
        self.seat.wake()

    def told(self, bars: Bars) -> None:
        """Bars as a source of books and trades tells them: they take the place of what was counted here."""
        for candle in bars.candles:
            self.market(candle.symbol).tally.take_bar(candle, bars.interval_s)

    async def play(self, bars: Bars) -> None:
        """A step of a tape that has candles only: each becomes books and trades. Played once, whatever crashes."""
        state, close_at = self.state, bars.close_at
        if not self.seat.held or (state.played_until and close_at <= state.played_until):
            return
        for event in events_of(state, bars):
            market = state.market(event.symbol)
            state.at = event.at
            settle(state, market, market.apply(event))
            self._took_effect(market)
            state.hub.show(event)
        state.at = close_at
        for candle in bars.candles:
            market = state.market(candle.symbol)
            market.tally.take_bar(candle, bars.interval_s)
            settle(state, market, market.advance(close_at))
            self._took_effect(market)
        state.played_until = state.batch.played_until = close_at
        self.mark(close_at)
        await self.seat.committed()

    def mark(self, at: datetime) -> None:
        """A bar has closed: accounts in memory are valued, for the limits that go by what was lost."""
        prices = self.state.prices()
        for purse in self.state.purses.values():
            purse.meter.mark(at, purse.equity(prices))
            for order in purse.open.values():
                self._keep_trail(order)

    def _keep_trail(self, order: Resting) -> None:
        """Writes down how far a trailing stop has come, so that a restart does not set it back."""
        if order.request.trailing_bps is None:
            return
        ticket = self.market(order.request.symbol).engine.ticket(order.id)
        if ticket is not None and ticket.extreme not in (None, order.resume.get("extreme")):
            order.resume = {**order.resume, "extreme": ticket.extreme}
            self.state.batch.orders[order.id] = order

    # ------------------------------------------------------------------ acts

    async def open_account(self, owner_id: str) -> str:
        async with self._db.transaction() as tx:
            opened = await own_account(tx, owner_id, self._cash)
        return opened.id

    async def place(self, account_id: str, request: OrderRequest, *, by: Actor) -> VenueOrder:
        purse = await self.seat.purse(account_id)
        while True:
            there = await self._there(purse, request)
            if there is not None:
                return there
            if self.seat.current(purse) and request.client_order_id not in purse.known:
                break  # from here to the end of `accept` nobody else has a turn
            purse = await self.seat.purse(account_id)
        order = accept(self.state, purse, request, by=by)
        await self._effect(order)
        seen = order.picture(*order.made)
        await self.seat.committed()
        return seen

    async def test(self, account_id: str, request: OrderRequest, *, by: Actor = SYSTEM) -> None:
        weigh(self.state, await self.seat.purse(account_id), request, by=by)

    async def place_list(
        self, account_id: str, request: OrderListRequest, *, by: Actor
    ) -> OrderList:
        purse = await self.seat.purse(account_id)
        for name in (request.above.client_order_id, request.below.client_order_id):
            if await self._known(purse, name):
                raise DuplicateOrder(client_order_id=name)
        async with self._db.transaction(readonly=True) as tx:
            if await read.list_orders(tx, account_id, None, request.client_order_id):
                raise DuplicateOrder(client_order_id=request.client_order_id)
        purse = await self._now(purse)
        made = accept_list(self.state, purse, request, by=by)
        for order in [leg for leg in purse.open.values() if leg.list_number == made.number]:
            await self._effect(order)
        await self.seat.committed()
        return made

    async def cancel(
        self, account_id: str, which: OrderRef, *, by: Actor, cancel_id: str | None = None
    ) -> VenueOrder:
        purse = await self.seat.purse(account_id)
        order = await self._open(purse, which)
        if not withdraw(self.state, purse, order, by=by, cancel_id=cancel_id):
            await self.seat.committed()
            raise OrderEnded(which=order.request.client_order_id, status=order.status)
        seen = order.picture()
        await self.seat.committed()
        return seen

    async def cancel_open(
        self, account_id: str, symbol: str | None, *, by: Actor, reason: str = "canceled"
    ) -> Sequence[VenueOrder]:
        purse = await self.seat.purse(account_id)
        ended: list[Resting] = []
        for order in list(purse.open.values()):
            if order.open and symbol in (None, order.request.symbol):
                ended += withdraw(self.state, purse, order, by=by, reason=reason)
        seen = [order.picture() for order in ended]
        await self.seat.committed()
        return seen

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
        purse = await self.seat.purse(account_id)
        canceled: VenueOrder | Exception | None
        placed: VenueOrder | Exception | None = None
        try:
            if await self._known(purse, request.client_order_id):
                raise DuplicateOrder(client_order_id=request.client_order_id)
            purse = await self._now(purse)
            order = await self._open(purse, which)
            ended = withdraw(self.state, purse, order, by=by, cancel_id=cancel_id)
            if not ended:
                raise OrderEnded(which=order.request.client_order_id, status=order.status)
            canceled = order.picture()
        except (UnknownOrder, OrderEnded) as refused:
            canceled = refused
            purse = await self._now(purse)
        if not (stop_on_failure and isinstance(canceled, Exception)):
            try:
                made = accept(self.state, purse, request, by=by)
                await self._effect(made)
                placed = made.picture(*made.made)
            except ArenaError as refused:
                placed = refused
        await self.seat.committed()
        return Replaced(canceled, placed)

    async def move_funds(
        self,
        account_id: str,
        asset: str,
        quantity: Decimal,
        *,
        id: str,
        note: str,
        by: Actor,
        request_id: str | None = None,
    ) -> Flow:
        """Puts money in, or with a minus takes it out, under an id that is asked for once. Raises NoSuchAccount,
        AccountClosed, NoFlow, InsufficientFunds."""
        async with self._db.transaction(readonly=True) as tx:
            quote = (await account(tx, account_id)).quote
            worth, known = await rate(tx, asset, quote, tx.now), await instruments(tx)
        purse = await self.seat.purse(account_id)
        flow = move_funds(
            self.state, purse, asset, quantity, id=id, rate=worth, known=known, note=note, by=by,
            request_id=request_id,
        )  # fmt: skip
        await self.seat.committed()
        return flow

    # ------------------------------------------------------------------ how an act goes on

    async def _now(self, purse: Purse) -> Purse:
        """The account with the limits it has now: they may have changed while the database was asked."""
        while not self.seat.current(purse):
            purse = await self.seat.purse(purse.account.id)
        return purse

    async def _there(self, purse: Purse, asked: OrderRequest) -> VenueOrder | None:
        """The order that is there under this client order id. Raises DuplicateOrder where it is another one."""
        order_id = await self._known(purse, asked.client_order_id)
        if order_id is None:
            return None
        await self.seat.committed()
        async with self._db.transaction(readonly=True) as tx:
            there = await read.order_by_id(tx, order_id)
        if there is None or there.request != asked:
            raise DuplicateOrder(client_order_id=asked.client_order_id)
        return there

    async def _known(self, purse: Purse, client_order_id: str) -> str | None:
        found = purse.known.get(client_order_id)
        if found is not None or purse.all_known:
            return found
        async with self._db.transaction(readonly=True) as tx:
            return await read.id_of(tx, purse.account.id, client_order_id)

    async def _open(self, purse: Purse, which: OrderRef) -> Resting:
        """Raises UnknownOrder, OrderEnded."""
        for order in purse.open.values():
            asked = order.request
            if asked.symbol == which.symbol and which in (
                OrderRef(
                    asked.symbol, order.number, which.client_order_id and asked.client_order_id
                ),
                OrderRef(asked.symbol, which.number and order.number, asked.client_order_id),
            ):
                return order
        there = await self.order(purse.account.id, which)
        raise OrderEnded(which=named(which), status=there.status)

    async def _effect(self, order: Resting) -> None:
        """Until the order has taken effect and that is committed, a second at most; at least until it is taken."""
        waiting = self._waiting.setdefault(order.request.symbol, [])
        if order.open and order.effective_at > self.now():
            order.sink = asyncio.get_running_loop().create_future()
            waiting.append(order)
            self._pending.set()
            await self.seat.committed()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.answer_s):
                    await order.sink
            order.sink = None

    def _took_effect(self, market: FloorMarket) -> None:
        waiting = self._waiting.get(market.symbol)
        if not waiting:
            return
        late = [order for order in waiting if order.open and order.effective_at > market.at]
        for order in waiting:
            if order.sink is not None and order not in late:
                self.state.batch.waiters.append(order.sink)
        self._waiting[market.symbol] = late
        self.seat.wake()

    async def _tick(self) -> None:
        """Where the wall is the clock, time alone brings orders into effect and lets others expire."""
        rounds = 0
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._pending.wait()
            now, rounds = self.now(), rounds + 1
            for symbol, market in self.state.markets.items():
                market.tally.move_to(now)
                if self._waiting.get(symbol) or rounds % 200 == 0 or not self._pending.is_set():
                    settle(self.state, market, market.advance(now))
                    self._took_effect(market)
            self.seat.wake()
            if not any(self._waiting.values()):
                self._pending.clear()
            await asyncio.sleep(TICK_S)
