"""Who is the floor, and how what it did gets into the database: one writer, one transaction after another."""

import asyncio

import structlog

from arena.kit.db import DATABASE_AWAY, Database, Line
from arena.kit.errors import Unavailable
from arena.trading.orders.floor import load
from arena.trading.orders.floor.accept import submit
from arena.trading.orders.floor.batch import Batch, release
from arena.trading.orders.floor.market import FloorMarket
from arena.trading.orders.floor.purse import Purse
from arena.trading.orders.floor.state import State
from arena.trading.orders.floor.write import Rows, SeatLost, write
from arena.trading.portfolio import NoSuchAccount

ANALYZE_AFTER_ROWS = 2_000
WAITING_MAX = 10_000
log = structlog.get_logger()


class ExchangeElsewhere(Unavailable):
    """This process is not the exchange right now; orders are taken by the process that runs the worker. Try again in a
    second."""


class ExchangeBroke(Unavailable):
    """The exchange could not write down what it did, and has undone it; nobody knows whether the last writes stand.
    Ask for the order by its client order id, or send it again with the same one."""


class ExchangeFull(Unavailable):
    """{count} calls wait for the database already; try again in a second with the same client order id."""


class Seat:
    """`held` while this process is the floor. Only `write_for_ever` writes."""

    def __init__(self, db: Database, state: State, url: str) -> None:
        self._db = db
        self._line = Line(db)
        self._url = url
        self._state = state
        self.epoch = 0
        self._dirty = asyncio.Event()
        self._writing: list[asyncio.Future[None]] | None = None
        self._locks: dict[str, asyncio.Lock] = {}
        self._written = 0
        self.held = False
        self.heard = 0
        """How often news of accounts have come: what was being read meanwhile may be from before them."""

    async def take(self) -> None:
        async with self._db.transaction() as tx:
            self.epoch = await load.take_seat(tx, self._url)
        await self._read()
        self.held = True

    async def leave(self) -> None:
        """Writes what is left, where that is possible; then tells everybody to come back."""
        self.held = False
        if self._state.batch:
            await self._write()
        await self._line.drop()
        self._state.hub.end()
        self._state.batch.settle(ExchangeElsewhere())
        self._state.purses.clear()

    async def purse(self, account_id: str) -> Purse:
        """The account, read where it is not in memory. Raises NoSuchAccount for what does not trade on the floor."""
        if not self.held:
            raise ExchangeElsewhere
        if len(self._state.batch.waiters) > WAITING_MAX:
            raise ExchangeFull(count=WAITING_MAX)
        found = self._state.purses.get(account_id)
        if found is not None and not found.stale:
            return found
        async with self._locks.setdefault(account_id, asyncio.Lock()):
            return await self._fresh(account_id)

    def current(self, purse: Purse) -> bool:
        """Whether this purse still is what the floor has of the account."""
        known = self._state.purses.get(purse.account.id)
        return self.held and known is purse and not purse.stale

    async def _fresh(self, account_id: str) -> Purse:
        """Reads the account until nothing of it has moved meanwhile; what it has open keeps its place in memory."""
        while True:
            known = self._state.purses.get(account_id)
            if known is not None and not known.stale:
                return known
            await self.committed()
            heard = self.heard
            async with self._db.transaction(readonly=True) as tx:
                read = await load.load_purse(tx, self._state, account_id)
            if read.account.kind != "collective" or read.account.venue != "paper":
                raise NoSuchAccount(account_id=account_id)
            if known is not self._state.purses.get(account_id) or heard != self.heard:
                continue
            if known is None:
                self._state.purses[account_id] = read
                return read
            if known.events == read.events:
                known.refresh(read)
                return known

    def wake(self) -> None:
        if self._state.batch or self._state.batch.waiters:
            self._dirty.set()

    async def committed(self) -> None:
        """Until all that has been done so far is in the database. Raises ExchangeBroke where it was lost."""
        if self._state.batch:
            self._dirty.set()
            await self._state.batch.wait()
        elif self._writing is not None:
            waiter = asyncio.get_running_loop().create_future()
            self._writing.append(waiter)
            await waiter

    async def write_for_ever(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            await self._write()

    async def _write(self) -> None:
        batch, self._state.batch = self._state.batch, Batch()
        if not batch:
            batch.settle()
            return
        self._writing = batch.waiters
        rows = Rows(batch)
        try:
            await write(self._db, self._line, rows, self.epoch)
        except SeatLost:
            self.held = False
            batch.settle(ExchangeElsewhere())
            self._state.hub.end()
            log.error("another process is the exchange now")
        except Exception as broken:  # noqa: BLE001 - the edge of the writer: memory is ahead of the database now
            log.error("the floor lost a commit", error=f"{type(broken).__name__}: {broken}")
            release(batch.waiters, ExchangeBroke())
            await self._begin_anew()
        else:
            self._state.hub.tell(event for event, _ in batch.events)
            batch.settle()
            await self._analyze(len(batch.orders))
        finally:
            self._writing = None

    async def _begin_anew(self) -> None:
        """Throws memory away and reads it again, as soon as the database answers."""
        self.held = False
        self._state.batch.settle(ExchangeBroke())
        self._state.batch = Batch()
        self._state.hub.end()
        while True:
            try:
                await self._read()
            except DATABASE_AWAY as away:
                log.warning("the floor waits for the database", error=str(away))
                await asyncio.sleep(0.5)
                continue
            self.held = True
            return

    async def _read(self) -> None:
        state = self._state
        state.purses.clear()
        async with self._db.transaction(readonly=True) as tx:
            await load.load_counters(tx, state)
            await load.load_markets(tx, state)
            resting = await load.load_resting(tx, state)
        for market in state.markets.values():
            _empty(market)
        for order in resting:
            submit(state, state.purses[order.account_id], order)

    async def _analyze(self, rows: int) -> None:
        """Once, after the first rows: plans made for empty tables, those of foreign keys above all, read whole ones."""
        before, self._written = self._written, self._written + rows
        if before < ANALYZE_AFTER_ROWS <= self._written:
            async with self._db.transaction() as tx:
                await tx.execute("analyze trade_order, fill, account_event, balance, position")


def _empty(market: FloorMarket) -> None:
    """Takes all orders out; book, last price and what was consumed of the book stay. They are handed in anew."""
    for ticket in market.engine.tickets():
        market.engine.cancel(ticket.order_id)
