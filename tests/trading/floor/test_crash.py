"""The floor is killed at work, or loses its database: nothing answered is lost, nothing is done twice."""

import asyncio
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.trading.orders import ExchangeBroke, Floor
from arena.trading.portfolio import portfolio
from arena.trading.venues import OrderRef
from tests.trading.floor.stage import D, buy, enrol, lay_tape, open_floor, sell


async def _sums(db: Database, account_id: str) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Balances as written, and as they follow from the fills."""
    async with db.transaction(readonly=True) as tx:
        held = await portfolio(tx, account_id)
        rows = await tx.fetch("select * from fill where account_id = $1", account_id)
    base, quote = Decimal(0), D(100_000)
    for row in rows:
        value = row["quantity"] * row["price"]
        if row["side"] == "buy":
            base, quote = base + row["quantity"] - row["fee"], quote - value
        else:
            base, quote = base - row["quantity"], quote + value - row["fee"]
    return dict(held.balances), {"BTC": base, "USDT": quote}


async def test_kill_9_loses_no_answered_order(
    db: Database, database_url: str, settings: Settings, tmp_path: Path
) -> None:
    await lay_tape(db)
    member = await enrol(db, Floor(db, settings))
    answered: dict[str, tuple[str, str]] = {}
    for life in range(3):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.trading.floor.crash_floor", database_url, member.account_id, str(tmp_path),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert child.stdout is not None
        for _ in range(60 + 17 * life):
            name, status, filled = (await child.stdout.readline()).decode().split()
            answered[name] = (status, filled)
        child.kill()
        await child.wait()
    async with db.transaction(readonly=True) as tx:
        rows = await tx.fetch("select client_order_id, status, filled_quantity from trade_order")
    stored = {row["client_order_id"]: row for row in rows}
    for name, (status, filled) in answered.items():
        assert stored[name]["filled_quantity"] >= D(filled)
        if status == "filled":
            assert stored[name]["status"] == "filled"
    held, sums = await _sums(db, member.account_id)
    assert held == sums
    async with open_floor(db, settings) as (floor, hand):
        seen = await floor.account(member.account_id)
        resting = await floor.open_orders(member.account_id)
        assert resting
        locked = sum((o.request.quantity or D(0)) * D(49_000) for o in resting)
        assert seen.balances["USDT"].locked == locked
        hand.ms = 10**7  # later than whatever the killed ones had come to
        hand.quiet(price=48_000)
        hand.trade("BTCUSDT", 48_000, 50, side="sell")
        assert not await floor.open_orders(member.account_id)
    held, sums = await _sums(db, member.account_id)
    assert held == sums


async def test_a_commit_that_fails_is_undone_in_memory_too(
    db: Database, settings: Settings
) -> None:
    async with open_floor(db, settings) as (floor, hand):
        member = await enrol(db, floor)
        hand.quiet()
        await floor.place(member.account_id, buy("0.5"), by=member.actor)
        async with db.transaction() as tx:  # the database refuses the next fill
            await tx.execute(
                "create function no() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$"
            )
            await tx.execute(
                "create trigger no before insert on fill for each row execute function no()"
            )
        with pytest.raises(ExchangeBroke):
            await floor.place(
                member.account_id, buy("0.1", client_order_id="lost"), by=member.actor
            )
        async with db.transaction() as tx:
            await tx.execute("drop trigger no on fill")
        while not floor.seat.held:
            await asyncio.sleep(0.01)
        seen = await floor.account(member.account_id)
        assert seen.balances["BTC"].total == D("0.4995")
        again = await floor.place(
            member.account_id, buy("0.1", client_order_id="lost"), by=member.actor
        )
        assert again.status == "filled"
        seen = await floor.account(member.account_id)
        assert seen.balances["BTC"].total == D("0.5994")


async def test_a_second_floor_takes_over_and_the_first_cannot_write_any_more(
    db: Database, settings: Settings
) -> None:
    async with open_floor(db, settings) as (first, hand):
        member = await enrol(db, first)
        hand.quiet()
        resting = await first.place(
            member.account_id, buy("0.5", limit_price=49_000), by=member.actor
        )
        async with open_floor(db, settings) as (second, other):
            other.quiet()
            with pytest.raises(Exception, match=r"exchange|Exchange"):
                await first.place(member.account_id, buy("0.1"), by=member.actor)
            there = await second.open_orders(member.account_id)
            assert [o.number for o in there] == [resting.number]
            other.trade("BTCUSDT", 48_999, 5, side="sell")
            seen = await second.order(member.account_id, OrderRef("BTCUSDT", resting.number))
            assert seen.status == "filled"
            sold = await second.place(member.account_id, sell("0.4"), by=member.actor)
            assert sold.number == resting.number + 1
