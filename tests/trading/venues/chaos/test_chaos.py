"""Five thousand orders over a bad line: none is placed twice, no fill is lost, and at the end all books are equal."""

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import structlog

from arena.kit.clock import monotonic_s, wall_now
from arena.kit.errors import ArenaError
from arena.kit.settings import Settings
from arena.kit.tasks import background
from arena.people.access import COLLECTIVE_SCOPES, Actor
from arena.people.identity import Registration, create_person, register_collective
from arena.trading.orders import live
from arena.trading.orders.live.model import SymbolUnresolved
from arena.trading.venues import OrderRequest, VenueAway, VenueBusy
from sigma_sdk.keys import SigningKey
from tests.conftest import Server
from tests.trading.floor.stage import ExchangeStage, Member
from tests.trading.orders.live.stage import LiveStage, open_live
from tests.trading.venues.chaos.proxy import BadLine, Fate, Trouble
from tests.trading.venues.contract.rigs import binance_key

pytestmark = pytest.mark.venues
ORDERS = int(os.environ.get("ARENA_TEST_CHAOS_ORDERS", "5000"))
TRADERS = 8
SYMBOLS = ("BTCUSDT", "ETHUSDT")
MOVE_EVERY, CUT_EVERY = 8, 400
ENOUGH = Decimal(50_000_000)
# In a thousand requests of every kind, and the longest it takes.
TROUBLES: dict[Trouble, tuple[int, float]] = {
    "request_lost": (15, 0),
    "answer_lost": (20, 0),
    "answer_cut": (10, 0),
    "doubled": (25, 0),
    "delayed": (30, 0.05),
    "held_back": (15, 0.4),
}
log = structlog.get_logger()


class Weather:
    """Which request meets which trouble; the same seed gives the same weather."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def __call__(self, _method: str, path: str) -> Fate:
        if path.startswith("/api/v3/exchangeInfo"):  # asked once; everything waits for it
            return Fate()
        drawn = self._dice.randrange(1000)
        for trouble, (share, longest_s) in TROUBLES.items():
            if drawn < share:
                return Fate(trouble, self._dice.random() * longest_s)
            drawn -= share
        return Fate()


@dataclass(slots=True)
class Trader:
    """A collective of ours, whose account is a member's of the exchange."""

    account_id: str
    actor: Actor
    member: Member


async def enlist(stage: LiveStage, number: int) -> Trader:
    member = await stage.exchange.enrol(f"Member {number}", cash=ENOUGH)
    key = await binance_key(stage.exchange, member, "ed25519" if number % 2 else "hmac")
    name = f"Trader {number}"
    async with stage.db.transaction() as tx:
        owner = await create_person(
            tx, email=f"trader{number}@example.org", name=name, password="correct horse battery",
            roles=("creator",),
        )  # fmt: skip
        public = SigningKey(name.encode().ljust(32, b".")).public
        made = await register_collective(tx, Registration(name, "", public, owner.id))
        actor = Actor("collective", made.id, COLLECTIVE_SCOPES)
        await live.consent(tx, made.id, True, actor=actor)
    await live.add_key(
        stage.db, stage.settings.vault, stage.places, made.id, venue="binance",
        secret=live.Secret(key.api_key, key.secret, key.kind), quote="USDT", actor=actor,
    )  # fmt: skip
    return Trader(live.live_account_id(made.id, "binance"), actor, member)


def draw(dice: random.Random, name: str, symbol: str) -> OrderRequest:
    """Sells are smaller than buys, so that there is mostly something to sell."""
    side = dice.choice(("buy", "buy", "sell"))
    quantity = Decimal(dice.randint(1, 20 if side == "buy" else 10)).scaleb(-3)
    kind = dice.choice(("market", "ioc", "rests"))
    if kind == "market":
        return OrderRequest(name, symbol, side, "market", quantity)  # type: ignore[arg-type]  # a Literal of two
    away = Decimal(dice.randint(1, 40)) / 10 * (1 if (side == "sell") == (kind == "rests") else -1)
    return OrderRequest(
        name, symbol, side, "limit", quantity,  # type: ignore[arg-type]  # a Literal of two
        limit_price=Decimal(50_000) + away, time_in_force="ioc" if kind == "ioc" else "gtc",
    )  # fmt: skip


async def trade(
    desk: live.LiveDesk,
    trader: Trader,
    symbol: str,
    *,
    count: int,
    market: "Market",
    met: Counter[str],
) -> None:
    """Places `count` orders, and cancels some that rest. An order that is in the way is waited for."""
    dice = random.Random(f"{trader.account_id}{symbol}")
    resting: list[str] = []
    placed = 0
    while placed < count:
        asked = draw(dice, f"{symbol}-{placed}-{dice.randrange(10**9)}", symbol)
        try:
            order = await desk.place(trader.account_id, asked, actor=trader.actor)
        except SymbolUnresolved:
            met["waited for an order whose fate was unknown"] += 1
            await asyncio.sleep(0.05)
            continue
        except (VenueAway, VenueBusy) as away:
            met[away.code()] += 1
            await asyncio.sleep(0.2)
        except ArenaError as refused:
            met[refused.code()] += 1
            await asyncio.sleep(0)
            continue
        else:
            met[order.status] += 1
            if order.open and order.status != "unknown":
                resting.append(order.id)
        placed += 1
        market.order_placed(symbol)
        if len(resting) > 5:
            try:
                await desk.cancel(resting.pop(0), actor=trader.actor)
            except ArenaError as late:
                met[f"cancel: {late.code()}"] += 1


class Market:
    """The other side: fresh books and trades after every few orders, at the time it is; sockets cut now and then."""

    def __init__(self, exchange: ExchangeStage, line: BadLine) -> None:
        self._exchange, self._line = exchange, line
        self._dice, self._orders = random.Random(3), 0

    def order_placed(self, symbol: str) -> None:
        self._orders += 1
        if self._orders % CUT_EVERY == 0:
            self._line.cut_sockets()
        if self._orders % MOVE_EVERY == 0:
            self.move(symbol)

    def move(self, symbol: str) -> None:
        hand = self._exchange.hand
        hand.ms += max(0, (wall_now() - hand.at) // timedelta(milliseconds=1))
        hand.quiet(symbol)
        away = Decimal(self._dice.randint(-45, 45)) / 10
        side = "sell" if away < 0 else "buy"
        hand.trade(symbol, Decimal(50_000) + away, Decimal("0.02"), side)  # type: ignore[arg-type]  # a Literal of two


async def all_found_out(stage: LiveStage) -> None:
    """The line is good again: what is unknown is asked about until it is known, what is open is cancelled."""
    async with asyncio.timeout(60):
        while True:
            await stage.desk.resolve()
            async with stage.db.transaction(readonly=True) as tx:
                left = await tx.fetchval(
                    "select count(*) from trade_order where status in ('pending', 'unknown')"
                )
            if not left:
                return
            await asyncio.sleep(0.5)


async def test_a_bad_line_doubles_no_order_loses_no_fill_and_leaves_equal_books(
    server: Server, settings: Settings
) -> None:
    settings.dialect_orders_per_10s = settings.dialect_orders_per_day = 10_000_000
    settings.dialect_weight_per_min = settings.dialect_address_weight_per_min = 100_000_000
    settings.dialect_sockets_max = 10_000
    met: Counter[str] = Counter()
    began_s = monotonic_s()
    async with open_live(server, settings, recv_window_ms=1_000) as stage:
        await stage.agree()
        traders = [await enlist(stage, number) for number in range(TRADERS)]
        stage.line.decide = Weather(11)
        market = Market(stage.exchange, stage.line)
        for symbol in SYMBOLS:
            market.move(symbol)
        async with background(stage.desk.run()):
            each = ORDERS // TRADERS // len(SYMBOLS)
            await asyncio.gather(
                *(
                    trade(stage.desk, trader, symbol, count=each, market=market, met=met)
                    for trader in traders
                    for symbol in SYMBOLS
                )
            )
        stage.line.decide = lambda _method, _path: Fate()
        stage.restart()
        await all_found_out(stage)
        for trader in traders:
            await stage.desk.cancel_open(trader.account_id, actor=trader.actor)
            outcome = await stage.desk.compare(trader.account_id)
            assert outcome == "agrees", (outcome, await stage.differences())
            await equal_books(stage, trader)
        await stage.desk.close()
        log.info(
            "chaos",
            seconds=round(monotonic_s() - began_s),
            **dict(stage.line.counted),
            met=dict(met),
        )
        assert sum(stage.line.counted[trouble] for trouble in TROUBLES) > ORDERS / 20
        async with stage.db.transaction(readonly=True) as tx:
            unknown = await tx.fetchval("select count(*) from fact where kind = 'OrderFateUnknown'")
        assert unknown > ORDERS / 100


async def equal_books(stage: LiveStage, trader: Trader) -> None:
    """Order by order and fill by fill, against the exchange's own tables."""
    mine = await rows(stage.db, _ORDERS, trader.account_id)
    theirs = await rows(stage.exchange.arena.db, _ORDERS, trader.member.account_id)
    refused = {name for name, row in mine.items() if row["status"] == "rejected"}
    assert mine.keys() - refused == {n for n, r in theirs.items() if r["status"] != "rejected"}
    for name in mine.keys() - refused:
        assert mine[name]["filled_quantity"] == theirs[name]["filled_quantity"], name
        assert mine[name]["status"] == theirs[name]["status"], name
    assert not any(mine[name]["filled_quantity"] for name in refused)
    booked = await rows(stage.db, _FILLS, trader.account_id)
    made = await rows(stage.exchange.arena.db, _FILLS, trader.member.account_id)
    assert booked == made
    held = await rows(stage.db, _BALANCES, trader.account_id)
    assert held == await rows(stage.exchange.arena.db, _BALANCES, trader.member.account_id)


_ORDERS = (
    "select client_order_id as name, status, filled_quantity from trade_order where account_id = $1"
)
_FILLS = """select o.client_order_id || ':' || coalesce(f.evidence->>'venue_trade', f.trade_number::text) as name,
    f.quantity, f.price, f.fee, f.fee_asset from fill f join trade_order o on o.id = f.order_id
    where f.account_id = $1"""
_BALANCES = "select asset as name, quantity from balance where account_id = $1 and quantity <> 0"


async def rows(db: Any, sql: str, account_id: str) -> dict[str, dict[str, Any]]:
    async with db.transaction(readonly=True) as tx:
        return {row["name"]: dict(row) for row in await tx.fetch(sql, account_id)}
