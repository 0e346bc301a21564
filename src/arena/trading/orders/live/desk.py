"""The live desk: what one process holds of exchanges. It sends orders, and in the worker follows them and compares.

Whatever process an order goes out of, it is written down before; whoever follows the account books what comes of it.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta

import structlog

from arena.evidence import audit
from arena.kit.clock import wall_now
from arena.kit.db import DATABASE_AWAY, Database
from arena.kit.errors import ArenaError
from arena.kit.settings import Settings
from arena.kit.tasks import background
from arena.people.access import Actor
from arena.trading import risk
from arena.trading.market import instruments
from arena.trading.orders.live import store
from arena.trading.orders.live.absorb import is_news
from arena.trading.orders.live.fate import ask, learn, send
from arena.trading.orders.live.keys import PURPOSE
from arena.trading.orders.live.model import LiveOrder, NoSuchLiveOrder, NoVenueKey
from arena.trading.orders.live.places import Places, places_of, unpacked
from arena.trading.orders.live.reconcile import reconcile
from arena.trading.orders.live.switch import allow
from arena.trading.orders.live.write_down import weigh, write_down
from arena.trading.portfolio import account
from arena.trading.venues import (
    Dispatch,
    OrderEnded,
    OrderRef,
    OrderRequest,
    Router,
    Venue,
    VenueHealth,
)

ON_THE_WAY_S = 60
"""The longest an order may take from being written down to having left: waiting for room in a limit, then the call."""
COMPARE_S = 60
ASK_AGAIN_S = 2
log = structlog.get_logger()


class LiveDesk:
    """One a process; `run` in the one that plays the tape."""

    def __init__(self, db: Database, settings: Settings, places: Places | None = None) -> None:
        self._db = db
        self._settings = settings
        self.places = places or places_of(settings)
        self.router = Router(self._open)
        self._limits = risk.defaults(settings)
        self._wake = asyncio.Event()
        self._followers: dict[str, asyncio.Task[None]] = {}
        self._stopped: set[str] = set()
        self._forgotten: set[str] = set()

    # ------------------------------------------------------------------ acts

    async def place(
        self,
        account_id: str,
        asked: OrderRequest,
        *,
        actor: Actor,
        request_id: str | None = None,
    ) -> LiveOrder:
        """Writes the order down, sends it, and books what the exchange says. Where it says nothing it is asked at once,
        and while that gives nothing the order is `unknown`. The same client order id with the same content is never
        sent twice.

        Raises LiveTradingOff, NotAgreed, NoVenueKey, SymbolUnresolved, DuplicateOrder, and what risk or the exchange
        refuses by.
        """
        venue = await self._venue(account_id)
        venue.describe(asked)  # an order the exchange has no words for is not written down
        async with self._db.transaction() as tx:
            await allow(tx, self._db, self._settings, (await account(tx, account_id)).owner_id)
            now = wall_now()
            order, new = await write_down(
                tx, account_id, asked, limits=self._limits, actor=actor, request_id=request_id,
                written_at=now, settles_at=now + timedelta(seconds=ON_THE_WAY_S + venue.settles_s),
            )  # fmt: skip
        if new:
            order = await send(self._db, venue, order)
        if order.status == "unknown":
            order = await self._ask(venue, order)
            self._wake.set()
        return order

    async def dry_run(
        self,
        account_id: str,
        asked: OrderRequest,
        *,
        actor: Actor,
        request_id: str | None = None,
    ) -> Dispatch:
        """What `place` would send now, after everything it would ask. Nothing is sent, and no order is written down."""
        venue = await self._venue(account_id)
        shown = venue.describe(asked)
        async with self._db.transaction() as tx:
            await allow(tx, self._db, self._settings, (await account(tx, account_id)).owner_id)
            await weigh(tx, account_id, asked, limits=self._limits)
            await audit.record(
                tx, actor=actor.id, actor_kind=actor.kind, action="live.dry_run", object=account_id,
                request_id=request_id,
            )  # fmt: skip
        return shown

    async def cancel(
        self, order_id: str, *, actor: Actor, request_id: str | None = None
    ) -> LiveOrder:
        """Cancels at the exchange; allowed whatever the switches say. Raises NoSuchLiveOrder, OrderEnded, NoVenueKey,
        and what the exchange raises."""
        async with self._db.transaction() as tx:
            order = await store.order(tx, order_id)
            if order is None:
                raise NoSuchLiveOrder(order_id=order_id)
            await audit.record(
                tx, actor=actor.id, actor_kind=actor.kind, action="live.cancel", object=order_id,
                request_id=request_id,
            )  # fmt: skip
        venue = await self._venue(order.account_id)
        which = OrderRef(
            order.request.symbol, client_order_id=order.request.client_order_id,
            venue_order_id=order.venue_order_id,
        )  # fmt: skip
        try:
            seen = await venue.cancel_order(which)
        except OrderEnded:
            await ask(self._db, venue, order)
            raise
        return await learn(
            self._db, venue, order.id, replace(seen, reason="its owner cancelled it")
        )

    async def cancel_open(self, account_id: str, *, actor: Actor) -> list[str]:
        """Cancels all that is open, one after the other; returns the ids of those that are cancelled."""
        async with self._db.transaction(readonly=True) as tx:
            there = await store.open_orders(tx, account_id)
        cancelled = []
        for order in there:
            try:
                ended = await self.cancel(order.id, actor=actor)
            except ArenaError as refused:
                log.warning("live order not cancelled", order=order.id, why=refused.detail[:200])
                continue
            if ended.status == "canceled":
                cancelled.append(order.id)
        return cancelled

    # ------------------------------------------------------------------ news

    def forget(self, account_id: str) -> None:
        """News: the account's key was added, replaced or revoked, or somebody agreed or withdrew."""
        self._forgotten.add(account_id)
        self._wake.set()

    def heed(self, account_id: str) -> None:
        """News: the account's limits have changed. Where trading was stopped, what is open is cancelled."""
        self._stopped.add(account_id)
        self._wake.set()

    def health(self) -> tuple[VenueHealth, ...]:
        return self.router.health()

    async def close(self) -> None:
        for task in self._followers.values():
            task.cancel()
        await asyncio.gather(*self._followers.values(), return_exceptions=True)
        self._followers.clear()
        await self.router.close()

    # ------------------------------------------------------------------ the worker's part

    async def run(self) -> None:
        """Follows all live accounts and compares them on start and every minute, until cancelled."""
        if not self._settings.live_trading:
            await asyncio.Event().wait()
        try:
            async with background(self._compare_for_ever()):
                while True:
                    try:
                        await self._look()
                    except DATABASE_AWAY as away:
                        log.warning("live desk waits for the database", why=str(away)[:200])
                    self._wake.clear()
                    try:
                        async with asyncio.timeout(ASK_AGAIN_S):
                            await self._wake.wait()
                    except TimeoutError:
                        pass
        finally:
            await self.close()

    async def _compare_for_ever(self) -> None:
        """Apart from the rest: an exchange that is slow to compare must not keep unknown orders from being asked."""
        while True:
            try:
                async with self._db.transaction(readonly=True) as tx:
                    accounts = await store.live_accounts(tx)
                for account_id in accounts:
                    await self.compare(account_id)
                await self._keep_health()
            except DATABASE_AWAY as away:
                log.warning("live desk waits for the database", why=str(away)[:200])
            await asyncio.sleep(COMPARE_S)

    async def _look(self) -> None:
        for account_id in [self._forgotten.pop() for _ in range(len(self._forgotten))]:
            await self.router.forget(account_id)
            self._stop_following(account_id)
        async with self._db.transaction(readonly=True) as tx:
            accounts = await store.live_accounts(tx)
        for gone in set(self._followers) - set(accounts):
            self._stop_following(gone)
        for account_id in accounts:
            if account_id not in self._followers or self._followers[account_id].done():
                self._followers[account_id] = asyncio.create_task(self._follow(account_id))
        await self._cancel_stopped(accounts)
        await self.resolve()

    async def resolve(self) -> None:
        """Asks about every order whose fate is unknown, those included that a crash left on their way."""
        async with self._db.transaction(readonly=True) as tx:
            undecided = await store.undecided(tx, wall_now() - timedelta(seconds=ON_THE_WAY_S))
        for order in undecided:
            try:
                venue = await self._venue(order.account_id)
            except ArenaError as broken:
                log.warning("nobody can be asked", order=order.id, why=broken.detail[:200])
                continue
            await self._ask(venue, order)

    async def _ask(self, venue: Venue, order: LiveOrder) -> LiveOrder:
        """As the exchange has it; as it was, where the exchange does not answer now either."""
        try:
            return await ask(self._db, venue, order)
        except ArenaError as broken:
            log.info("fate still unknown", order=order.id, why=broken.detail[:200])
            return order

    async def compare(self, account_id: str) -> str:
        """One comparison of the account with its exchange; the outcome in a word or a sentence."""
        try:
            venue = await self._venue(account_id)
        except ArenaError as broken:
            log.warning("account not compared", account=account_id, why=broken.detail[:200])
            return broken.detail
        return await reconcile(self._db, venue, account_id)

    async def _follow(self, account_id: str) -> None:
        """Books what the exchange tells of the account as it happens; what is missed is found by comparing."""
        try:
            venue = await self._venue(account_id)
            async for event in venue.stream_user_events():
                seen = event.order
                if seen is None:
                    continue
                async with self._db.transaction(readonly=True) as tx:
                    mine = await store.order(tx, seen.id)
                if mine is not None and is_news(mine, seen):
                    await learn(self._db, venue, seen.id, seen)
        except (ArenaError, *DATABASE_AWAY) as broken:
            log.warning("live account not followed", account=account_id, why=str(broken)[:200])

    async def _cancel_stopped(self, accounts: list[str]) -> None:
        for account_id in [self._stopped.pop() for _ in range(len(self._stopped))]:
            if account_id not in accounts:
                continue
            async with self._db.transaction(readonly=True) as tx:
                limits = await risk.limits(tx, account_id, self._limits)
            if limits.stopped:
                await self.cancel_open(account_id, actor=risk.LIQUIDATOR)

    async def _keep_health(self) -> None:
        now = wall_now()
        async with self._db.transaction() as tx:
            for found in self.health():
                document = {
                    "state": found.state, "last_failure": found.last_failure, "offset_ms": found.offset_ms,
                    "round_trip_ms": found.round_trip_ms, "weight_left": found.weight_left,
                    "reconnects": found.reconnects, "resyncs": found.resyncs,
                    "last_answer_at": found.last_answer_at.isoformat() if found.last_answer_at else None,
                }  # fmt: skip
                await store.keep_health(tx, found.name, now, document)

    def _stop_following(self, account_id: str) -> None:
        task = self._followers.pop(account_id, None)
        if task is not None:
            task.cancel()

    async def _venue(self, account_id: str) -> Venue:
        if account_id in self._forgotten:
            self._forgotten.discard(account_id)
            await self.router.forget(account_id)
            self._stop_following(account_id)
        return await self.router.venue(account_id)

    async def _open(self, account_id: str) -> Venue:
        async with self._db.transaction(readonly=True) as tx:
            found = await store.sealed_key(tx, account_id)
            if found is None:
                raise NoVenueKey(account_id=account_id)
            known = await instruments(tx)
        key, sealed = found
        secret = unpacked(self._settings.vault.open(sealed, PURPOSE))
        return self.places.open(key.venue, secret, account_id, known)
