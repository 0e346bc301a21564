"""The exchange as it stands, without its database, and as one would write it first: a transaction an order.

All three are the product's own app: the same addresses, signatures, parsing, risk, matching, holdings and answers. They
differ in how what came of an order is kept: by the floor's writer, by nobody, or by plain inserts in a transaction of
the order's own, as whoever does not gather commits must.
"""

import asyncio
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import structlog
import uvloop

from arena.app import build_app
from arena.kit.ids import fresh
from arena.kit.settings import Settings
from arena.people.access import Actor
from arena.people.identity import Registration, create_person, register_collective
from arena.trading.market import DepthSnapshot, Print, open_tape
from arena.trading.orders import Floor
from arena.trading.orders.floor.accept import accept
from arena.trading.venues import OrderRequest, VenueOrder
from arena.web.serve import listen, make_server
from arena.wire import Arena, open_arena
from benchmarks.child import obey, spent
from benchmarks.order_stage import BTC, OneTape, keys

LEVELS = 20
FRESH_BOOK_S = 0.1
PRICE = 5_000_000  # ticks of 0.01


class PlainFloor(Floor):
    """`place` keeps its own rows, one insert after another, and answers after its own commit."""

    async def place(self, account_id: str, request: OrderRequest, *, by: Actor) -> VenueOrder:
        purse = await self.seat.purse(account_id)
        order = accept(self.state, purse, request, by=by)
        batch, self.state.batch = self.state.batch, type(self.state.batch)()
        seen = order.picture(*order.made)
        async with self._db.transaction() as tx:
            await tx.execute(
                """insert into trade_order (id, account_id, client_order_id, symbol, side, type, quantity, status,
                     filled_quantity, filled_quote, placed_at, updated_at, number, effective_at)
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
                order.id, account_id, request.client_order_id, request.symbol, request.side, request.type,
                request.quantity, order.status, order.filled_quantity, order.filled_quote, order.placed_at,
                order.updated_at, order.number, order.effective_at,
            )  # fmt: skip
            for fill in batch.fills:
                await tx.execute(
                    """insert into fill (id, order_id, account_id, number, symbol, side, quantity, price, fee,
                         fee_asset, liquidity, evidence, at, trade_number)
                       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
                    fill.id, order.id, account_id, fill.number, fill.symbol, fill.side, fill.quantity, fill.price,
                    fill.fee, fill.fee_asset, fill.liquidity, fill.evidence, fill.at, fill.trade_number,
                )  # fmt: skip
            for _, asset in batch.assets:
                await tx.execute(
                    """insert into balance (account_id, asset, quantity) values ($1, $2, $3)
                       on conflict (account_id, asset) do update set quantity = excluded.quantity""",
                    account_id, asset, purse.balances[asset],
                )  # fmt: skip
            for _, symbol in batch.symbols:
                held = purse.positions[symbol]
                await tx.execute(
                    """insert into position (account_id, symbol, quantity, average_cost, realised_pnl, fees)
                       values ($1, $2, $3, $4, $5, $6) on conflict (account_id, symbol) do update set
                         quantity = excluded.quantity, average_cost = excluded.average_cost,
                         realised_pnl = excluded.realised_pnl, fees = excluded.fees""",
                    account_id, symbol, held.quantity, held.average_cost, held.realised_pnl, held.fees,
                )  # fmt: skip
            await tx.execute(
                """insert into account_event (account_id, number, first, order_id, at, actor, key_id, body)
                   values ($1, $2, $3, $4, $5, $6, $7, $8)""",
                account_id, batch.events[-1][0].number, batch.events[0][0].number, order.id, order.updated_at,
                by.id, by.key_id, encode([event for event, _ in batch.events]).decode(),
            )  # fmt: skip
        self.state.hub.tell(event for event, _ in batch.events)
        return seen


encode = msgspec.json.Encoder(decimal_format="string").encode


def forget_database(floor: Floor) -> None:
    """Commits become nothing: what the same process does without writing anything down."""

    async def write() -> None:
        batch, floor.state.batch = floor.state.batch, type(floor.state.batch)()
        floor.state.hub.tell(event for event, _ in batch.events)
        batch.settle()

    floor.seat._write = write  # type: ignore[method-assign]  # that is the side being measured


async def settle_in(arena: Arena) -> None:
    """A tape, 32 collectives with much money, and a book."""
    async with arena.db.transaction() as tx:
        await open_tape(tx, OneTape(), "max")
    for number, key in enumerate(keys()):
        async with arena.db.transaction() as tx:
            owner = await create_person(
                tx,
                email=f"{fresh('mail')}@example.org",
                name="Benchmark",
                password=fresh("password"),
            )
            made = await register_collective(
                tx, Registration(f"Benchmark {number}", "", key.public, owner.id)
            )
        account_id = await arena.floor.open_account(made.id)
        async with arena.db.transaction() as tx:
            await tx.execute("update balance set quantity = 1e12 where account_id = $1", account_id)
            await tx.execute("update account set opening_cash = 1e12 where id = $1", account_id)


async def move(floor: Floor) -> None:
    """A fresh deep book ten times a second, and a trade."""
    number = 0
    while True:
        number += 1
        at = floor.now()
        bids, asks = (
            tuple((PRICE + sign * 10 * n, 10**8) for n in range(1, LEVELS + 1)) for sign in (-1, 1)
        )
        floor.feed([
            DepthSnapshot(BTC.symbol, at, number, bids, asks),
            Print(BTC.symbol, number, at, BTC.tick * PRICE, BTC.step, "buy", "exchange"),
        ])  # fmt: skip
        await asyncio.sleep(FRESH_BOOK_S)


async def main(url: str, side: str) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory(prefix="arena-bench-home-") as home:
        settings = Settings(
            home=Path(home), seed="benchmark", port=0, exchange_latency_ms=0, demo=False,
            dialect_weight_per_min=0, dialect_address_weight_per_min=0, dialect_orders_per_10s=0,
            dialect_orders_per_day=0,
            database_connections_max=10,
        )  # fmt: skip
        listening = listen(settings)
        settings.port = listening.getsockname()[1]
        async with open_arena(settings, url) as arena:
            if side == "plain":
                arena.floor = PlainFloor(arena.db, settings)
            await settle_in(arena)
            if side == "forgetful":
                forget_database(arena.floor)
            server = make_server(build_app(arena))
            async with arena.floor.at_work():
                moving = asyncio.create_task(move(arena.floor))
                serving = asyncio.create_task(server.serve(sockets=[listening]))

                async def about() -> dict[str, Any]:
                    return {"port": settings.port}

                async def rest(orders: int) -> dict[str, Any]:
                    """So many orders that stay open; what they hold in memory."""
                    return await hold_open(arena.floor, orders)

                await obey({"about": about, "spent": spent, "rest": rest})
                server.should_exit = True
                moving.cancel()
                await serving


async def hold_open(floor: Floor, orders: int) -> dict[str, Any]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    accounts = list(floor.state.purses)  # all have traded before, and may have 200 open each
    actor = Actor("collective", "col_benchmark")
    for number in range(orders):
        await floor.place(
            accounts[number % len(accounts)],
            OrderRequest(
                f"open {number}", BTC.symbol, "buy", "limit", BTC.step * 100,
                limit_price=BTC.tick * (PRICE // 2 + number),
            ),
            by=actor,
        )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"kb": after - before}


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
