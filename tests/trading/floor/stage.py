"""A floor at work on a database of its own; books and trades come from the test's hand.

`open_exchange` adds the whole app on a loopback port, for callers over real sockets.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from arena.app import build_app
from arena.kit.db import Database
from arena.kit.ids import fresh
from arena.kit.settings import Settings
from arena.kit.tasks import background
from arena.people.access import COLLECTIVE_SCOPES, Actor
from arena.people.identity import Registration, create_person, register_collective
from arena.trading.market import DepthSnapshot, DepthUpdate, Instrument, Print, Side, open_tape
from arena.trading.orders import Floor
from arena.trading.venues import OrderRequest
from arena.web.serve import listen, make_server
from arena.wire import Arena, open_arena
from sigma_sdk.keys import SigningKey
from tests.conftest import START
from tests.trading.tape import HandSource

BTCUSDT = Instrument("BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"), Decimal(5))
ETHUSDT = Instrument("ETHUSDT", "ETH", "USDT", Decimal("0.01"), Decimal("0.0001"), Decimal(5))
BY_TEST = Actor("collective", "col_test", COLLECTIVE_SCOPES)


def D(value: object) -> Decimal:  # noqa: N802 - reads like the literal suffix Python lacks
    return Decimal(str(value))


@dataclass(slots=True)
class Member:
    """A collective that trades here: its key, ids, and the actor it is."""

    key: SigningKey
    id: str
    account_id: str
    actor: Actor


@dataclass(slots=True)
class Hand:
    """Moves the market: `ms` counts from START, and ids of books and trades go on by themselves."""

    floor: Floor
    ms: int = 0
    ids: dict[str, int] = field(default_factory=dict)
    trades: int = 0

    @property
    def at(self) -> datetime:
        return START + timedelta(milliseconds=self.ms)

    def book(
        self,
        symbol: str,
        bids: Sequence[tuple[object, object]],
        asks: Sequence[tuple[object, object]],
    ) -> None:
        """A whole book: (price, quantity) best first."""
        self.ms += 10
        self.ids[symbol] = self.ids.get(symbol, 100) + 1
        self.floor.feed([DepthSnapshot(
            symbol, self.at, self.ids[symbol], self._levels(symbol, bids), self._levels(symbol, asks)
        )])  # fmt: skip

    def change(
        self,
        symbol: str,
        bids: Sequence[tuple[object, object]] = (),
        asks: Sequence[tuple[object, object]] = (),
    ) -> None:
        """A difference: levels that changed, quantity 0 takes one away."""
        self.ms += 10
        last = self.ids[symbol]
        self.ids[symbol] = last + 1
        self.floor.feed([DepthUpdate(
            symbol, self.at, last + 1, last + 1, self._levels(symbol, bids), self._levels(symbol, asks)
        )])  # fmt: skip

    def trade(self, symbol: str, price: object, quantity: object, side: Side = "buy") -> None:
        """A trade; `side` is the taker's."""
        self.ms += 10
        self.trades += 1
        self.floor.feed(
            [Print(symbol, self.trades, self.at, D(price), D(quantity), side, "exchange")]
        )

    def quiet(self, symbol: str = "BTCUSDT", price: object = 50_000) -> None:
        """A book around a price, ten levels a side of 1 each, 0.10 apart, and a trade at the price."""
        middle = D(price)
        self.book(
            symbol,
            [(middle - D("0.1") * n, 1) for n in range(1, 11)],
            [(middle + D("0.1") * n, 1) for n in range(1, 11)],
        )
        self.trade(symbol, middle, "0.001")

    def _levels(
        self, symbol: str, levels: Sequence[tuple[object, object]]
    ) -> tuple[tuple[int, int], ...]:
        instrument = self.floor.market(symbol).instrument
        return tuple((int(D(p) / instrument.tick), int(D(q) / instrument.step)) for p, q in levels)


def buy(quantity: object = 1, **how: Any) -> OrderRequest:
    return asked("buy", quantity, **how)


def sell(quantity: object = 1, **how: Any) -> OrderRequest:
    return asked("sell", quantity, **how)


def asked(side: Side, quantity: object = 1, **how: Any) -> OrderRequest:
    """A market order, unless `how` says otherwise; prices may be numbers or text."""
    for name in ("limit_price", "stop_price", "quote_quantity"):
        if how.get(name) is not None:
            how[name] = D(how[name])
    how.setdefault("type", "limit" if how.get("limit_price") is not None else "market")
    how.setdefault("client_order_id", fresh("c")[2:])
    how.setdefault("symbol", "BTCUSDT")
    amount = None if how.get("quote_quantity") is not None else D(quantity)
    return OrderRequest(side=side, quantity=amount, **how)


async def lay_tape(db: Database, *instruments: Instrument) -> None:
    async with db.transaction() as tx:
        await open_tape(tx, HandSource(instruments or (BTCUSDT, ETHUSDT)), "max")


@asynccontextmanager
async def open_floor(
    db: Database, settings: Settings, *instruments: Instrument, latency_ms: int = 0
) -> AsyncIterator[tuple[Floor, Hand]]:
    """A floor on a fresh database; markets are empty until the hand moves them."""
    settings.exchange_latency_ms = latency_ms
    async with db.transaction(readonly=True) as tx:
        laid = await tx.fetchval("select count(*) from tape")
    if not laid:
        await lay_tape(db, *instruments)
    floor = Floor(db, settings)
    floor.answer_s = 0.05  # only the hand moves time here
    async with floor.at_work():
        yield floor, Hand(floor)


@dataclass(slots=True)
class ExchangeStage:
    """A whole arena on a loopback port, whose market the hand moves."""

    arena: Arena
    hand: Hand
    url: str

    @property
    def floor(self) -> Floor:
        return self.arena.floor

    async def enrol(self, name: str = "Northwind", cash: object | None = None) -> Member:
        """A collective with an account; its owner is a person of the same name."""
        return await enrol(self.arena.db, self.floor, name, cash=cash)


async def enrol(
    db: Database, floor: Floor, name: str = "Northwind", *, cash: object | None = None
) -> Member:
    key = SigningKey(name.encode().ljust(32, b".")[:32])
    async with db.transaction() as tx:
        owner = await create_person(
            tx, email=f"{name.lower().replace(' ', '.')}@example.org", name=name,
            password="correct horse battery", roles=("creator",),
        )  # fmt: skip
        made = await register_collective(
            tx, Registration(name=name, about="", public_key=key.public, owner_id=owner.id)
        )
    account_id = await floor.open_account(made.id)
    if cash is not None:
        async with db.transaction() as tx:
            await tx.execute(
                "update balance set quantity = $2 where account_id = $1", account_id, D(cash)
            )
        floor.forget(account_id)
    return Member(key, made.id, account_id, Actor("collective", made.id, COLLECTIVE_SCOPES))


@asynccontextmanager
async def open_exchange(
    url: str, settings: Settings, *instruments: Instrument, latency_ms: int = 0
) -> AsyncIterator[ExchangeStage]:
    """The product without a worker's tape: the floor is at work, the server listens on a free port."""
    settings.exchange_latency_ms = latency_ms
    settings.port = 0
    listening = listen(settings)
    settings.port = listening.getsockname()[1]
    async with open_arena(settings, url) as arena:
        await lay_tape(arena.db, *instruments)
        server = make_server(build_app(arena))
        async with arena.floor.at_work(), background(server.serve(sockets=[listening])):
            while not server.started:
                await asyncio.sleep(0.01)
            yield ExchangeStage(arena, Hand(arena.floor), settings.origin)
            server.should_exit = True
            await asyncio.sleep(0.05)
