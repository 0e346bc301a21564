"""An arena that trades live at another arena: the other one serves Binance's wire, a bad line lies between."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from arena.kit.clock import WallClock, wall_now
from arena.kit.db import Database, open_pool
from arena.kit.facts import Routing
from arena.kit.settings import Settings
from arena.people.access import COLLECTIVE_SCOPES, SCOPES, Actor
from arena.people.identity import Registration, create_person, register_collective
from arena.trading.market import Candle
from arena.trading.market.store import insert_candles
from arena.trading.orders import live
from arena.trading.portfolio import Portfolio, portfolio
from arena.trading.venues import BinanceExchange, OrderRef, VenueOrder
from sigma_sdk.keys import SigningKey
from tests.conftest import START, Server
from tests.trading.floor.stage import (
    BTCUSDT,
    ETHUSDT,
    ExchangeStage,
    Member,
    lay_tape,
    open_exchange,
)
from tests.trading.venues.chaos.proxy import BadLine
from tests.trading.venues.contract.rigs import binance_key

OPERATOR = Actor("person", "usr_operator", frozenset(SCOPES))
CASH = 1_000_000


@dataclass(slots=True)
class LiveStage:
    """`exchange` is the other arena, in which `member` holds the account; `desk` is ours, and `line` lies between."""

    exchange: ExchangeStage
    member: Member
    line: BadLine
    db: Database
    settings: Settings
    places: live.Places
    desk: live.LiveDesk
    collective_id: str
    secret: live.Secret

    @property
    def account_id(self) -> str:
        return live.live_account_id(self.collective_id, "binance")

    @property
    def actor(self) -> Actor:
        return Actor("collective", self.collective_id, COLLECTIVE_SCOPES)

    async def agree(self) -> None:
        async with self.db.transaction() as tx:
            await live.turn(tx, True, "a test", actor=OPERATOR)
            await live.consent(tx, self.collective_id, True, actor=self.actor)

    async def add_key(self, secret: live.Secret | None = None) -> live.VenueKey:
        return await live.add_key(
            self.db, self.settings.vault, self.places, self.collective_id, venue="binance",
            secret=secret or self.secret, quote="USDT", actor=self.actor,
        )  # fmt: skip

    def restart(self) -> live.LiveDesk:
        """A desk that remembers nothing, as after a crash."""
        self.desk = live.LiveDesk(self.db, self.settings, self.places)
        return self.desk

    async def order(self, order_id: str) -> live.LiveOrder:
        async with self.db.transaction(readonly=True) as tx:
            found = await live.order(tx, order_id)
        assert found is not None
        return found

    async def held(self) -> Portfolio:
        async with self.db.transaction(readonly=True) as tx:
            return await portfolio(tx, self.account_id)

    async def there(self) -> dict[str, Decimal]:
        """What the account holds at the exchange, by the exchange's own books."""
        account = await self.exchange.floor.account(self.member.account_id)
        return {
            asset: balance.total for asset, balance in account.balances.items() if balance.total
        }

    async def differences(self) -> list[live.Difference]:
        async with self.db.transaction(readonly=True) as tx:
            return await live.open_differences(tx)

    async def order_there(self, order: live.LiveOrder) -> VenueOrder:
        which = OrderRef(order.request.symbol, client_order_id=order.request.client_order_id)
        return await self.exchange.floor.order(self.member.account_id, which)


@asynccontextmanager
async def open_live(server: Server, settings: Settings, **how: Any) -> AsyncIterator[LiveStage]:
    """Both arenas are there, a key is at hand; nobody has agreed to anything yet."""
    theirs, ours = await server.create(), await server.create()
    try:
        async with open_exchange(server.url_of(theirs), settings, BTCUSDT, ETHUSDT) as exchange:
            member = await exchange.enrol(cash=CASH)
            # The market over there is now, not at the beginning of some tape.
            exchange.hand.ms = (wall_now() - START) // timedelta(milliseconds=1)
            exchange.hand.quiet()
            async with BadLine(settings.port).open() as line:
                pool = await open_pool(server.url_of(ours), size_min=1)
                db = Database(pool, WallClock(), Routing())
                try:
                    yield await _ours(exchange, member, line, db, **how)
                finally:
                    pool.terminate()
    finally:
        await server.drop(theirs)
        await server.drop(ours)


async def _ours(
    exchange: ExchangeStage, member: Member, line: BadLine, db: Database, **how: Any
) -> LiveStage:
    settings = exchange.arena.settings.model_copy(update={"live_trading": True})
    await lay_tape(db, BTCUSDT, ETHUSDT)
    price = Decimal(50_000)
    minute_ago = wall_now().replace(second=0, microsecond=0) - timedelta(minutes=1)
    async with db.transaction() as tx:
        bar = Candle("BTCUSDT", minute_ago, price, price, price, price, Decimal(1))
        await insert_candles(tx, [bar, msgspec.structs.replace(bar, symbol="ETHUSDT")])
        owner = await create_person(
            tx, email="live@example.org", name="Live", password="correct horse battery",
            roles=("creator",),
        )  # fmt: skip
        key = SigningKey(b"live".ljust(32, b"."))
        made = await register_collective(
            tx, Registration(name="Live", about="", public_key=key.public, owner_id=owner.id)
        )
    found = await binance_key(exchange, member, "hmac")
    places = live.Places(
        ("binance",), BinanceExchange(line.url), line.ws_url, f"{line.ws_url}/ws-api/v3", **how
    )
    return LiveStage(
        exchange, member, line, db, settings, places, live.LiveDesk(db, settings, places), made.id,
        live.Secret(found.api_key, found.secret, "hmac"),
    )  # fmt: skip
