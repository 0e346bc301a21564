"""A collective's own account begun anew: the old one stays, nothing is escaped by it, and only whoever may does it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest

from arena.evidence import audit
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.access import SYSTEM
from arena.trading import orders, portfolio, risk
from arena.trading.orders import (
    AccountHalted,
    Floor,
    NothingToReset,
    OrdersStillOpen,
    own_account_id,
)
from arena.trading.orders.resets.routes import routes
from arena.trading.portfolio import AccountClosed
from tests.http import make_client, person
from tests.people.signer import Signer
from tests.trading.floor.stage import Hand, Member, buy, enrol, open_floor


@pytest.fixture
async def stage(db: Database, settings: Settings) -> AsyncIterator[tuple[Floor, Hand, Member]]:
    async with open_floor(db, settings) as (floor, hand):
        hand.quiet()
        yield floor, hand, await enrol(db, floor)


async def reset(
    db: Database, member: Member, *, operator: bool = False
) -> tuple[portfolio.Account, portfolio.Account]:
    async with db.transaction() as tx:
        return await orders.reset_account(
            tx, member.id, opening_cash=50_000, default=risk.Limits(), reason="anew",
            operator=operator,
        )  # fmt: skip


async def test_the_old_account_is_closed_as_it_is_and_the_next_orders_go_to_the_fresh_one(
    db: Database, stage: tuple[Floor, Hand, Member]
) -> None:
    floor, _, member = stage
    await floor.place(member.account_id, buy("0.5"), by=SYSTEM)
    closed, opened = await reset(db, member)
    assert (closed.id, closed.closed_at is not None) == (member.account_id, True)
    assert opened.id == own_account_id(member.id, 2)
    assert (opened.opening_cash, opened.closed_at) == (Decimal(50_000), None)
    floor.forget(member.account_id)
    with pytest.raises(AccountClosed):
        await floor.place(member.account_id, buy("0.1"), by=SYSTEM)
    assert await floor.open_account(member.id) == opened.id
    await floor.place(opened.id, buy("0.2"), by=SYSTEM)
    async with db.transaction(readonly=True) as tx:
        held = await portfolio.portfolios(tx, [closed, opened])
        assert await orders.current_account_id(tx, member.id) == opened.id
        assert [a.id for a in await orders.own_accounts(tx, member.id)] == [
            closed.id,
            opened.id,
        ]
    assert held[closed.id].positions["BTCUSDT"].quantity > Decimal("0.49"), (
        "its record stays as it is"
    )
    assert Decimal("0.19") < held[opened.id].positions["BTCUSDT"].quantity <= Decimal("0.2")
    _, third = await reset(db, member)
    assert third.id == own_account_id(member.id, 3)


async def test_open_orders_are_cancelled_before(
    db: Database, stage: tuple[Floor, Hand, Member]
) -> None:
    floor, _, member = stage
    await floor.place(member.account_id, buy("0.1", limit_price=40_000), by=SYSTEM)
    with pytest.raises(OrdersStillOpen):
        await reset(db, member)
    await floor.cancel_open(member.account_id, None, by=SYSTEM)
    await reset(db, member)


async def test_limits_and_bounds_go_along(db: Database, stage: tuple[Floor, Hand, Member]) -> None:
    _, _, member = stage
    own = risk.Limits(position_weight_max=Decimal("0.5"), symbols=frozenset({"BTCUSDT"}))
    bounds = replace(risk.Limits(), exposure_max=Decimal("0.6"), orders_10s_max=7)
    async with db.transaction() as tx:
        await risk.set_limits(tx, member.account_id, own)
        await risk.set_bounds(tx, member.account_id, bounds, "watched")
    _, opened = await reset(db, member)
    async with db.transaction(readonly=True) as tx:
        found = await risk.bounds(tx, [member.account_id, opened.id])
    assert found[opened.id] == found[member.account_id]
    assert found[opened.id].effective.orders_10s_max == 7


@pytest.mark.parametrize("stop", ["killed", "barred", "daily", "total"])
async def test_a_halt_is_not_escaped_by_beginning_anew(
    db: Database, stage: tuple[Floor, Hand, Member], stop: str
) -> None:
    _, _, member = stage
    account_id = member.account_id
    async with db.transaction() as tx:
        if stop == "killed":
            await risk.kill(tx, account_id, "stop")
        elif stop == "barred":
            await risk.bar(tx, account_id, "stop")
        else:
            name = {"daily": "daily_drawdown_max", "total": "drawdown_max"}[stop]
            await risk.set_limits(tx, account_id, risk.Limits(**{name: Decimal("0.1")}))
            await tx.execute(
                """insert into equity_mark select a.id, $2, opening_cash * 0.8, opening_cash * 0.8, 0
                   from account a where id = $1""",
                account_id, tx.now,
            )  # fmt: skip
    with pytest.raises(AccountHalted):
        await reset(db, member)
    _, opened = await reset(db, member, operator=True)
    async with db.transaction(readonly=True) as tx:
        found = (await risk.bounds(tx, [opened.id]))[opened.id].effective
    assert found.stopped == (stop in ("killed", "barred")), "a switch stays as it was"


async def test_a_liquidation_is_not_left_even_by_the_operator(
    db: Database, stage: tuple[Floor, Hand, Member]
) -> None:
    _, _, member = stage
    async with db.transaction() as tx:
        await tx.execute(
            """insert into liquidation (id, account_id, cause, level, trigger, holdings, status, began_at)
               values ('liq_1', $1, 'drawdown', 0.5, 0.4, '{}', 'running', $2)""",
            member.account_id, tx.now,
        )  # fmt: skip
    with pytest.raises(AccountHalted):
        await reset(db, member, operator=True)


async def test_two_resets_at_once_make_one_fresh_account_each(
    db: Database, stage: tuple[Floor, Hand, Member]
) -> None:
    """They follow one another: the second closes what the first has opened, and nobody opens two at once."""
    _, _, member = stage
    results = await asyncio.gather(*(reset(db, member) for _ in range(4)), return_exceptions=True)
    done = [one for one in results if not isinstance(one, BaseException)]
    assert all(isinstance(one, tuple | NothingToReset) for one in results), results
    async with db.transaction(readonly=True) as tx:
        all_of_them = await orders.own_accounts(tx, member.id)
    assert len(all_of_them) == len(done) + 1
    assert [account.closed_at is None for account in all_of_them] == [False] * len(done) + [True]


async def test_before_the_first_order_there_is_nothing_to_reset(
    db: Database, stage: tuple[Floor, Hand, Member]
) -> None:
    with pytest.raises(NothingToReset):
        async with db.transaction() as tx:
            await orders.reset_account(
                tx, "col_none", opening_cash=1, default=risk.Limits(), reason="anew"
            )


async def test_the_collective_its_owner_and_operators_reset_it_and_nobody_else(
    db: Database, settings: Settings, stage: tuple[Floor, Hand, Member]
) -> None:
    _, _, member = stage
    path, why = f"/collectives/{member.id}/account/reset", {"reason": "another strategy"}
    signer = Signer(b"Northwind".ljust(32, b"."))
    owner_id, owner = await person(db)
    _, operator = await person(db, "operator")
    _, stranger = await person(db, "creator")
    async with db.transaction() as tx:
        await tx.execute("update collective set owner_id = $2 where id = $1", member.id, owner_id)
    async with make_client(db, settings, routes) as client:
        assert (await client.post(path, json=why)).status_code == 401
        assert (await client.post(path, json=why, headers=stranger)).status_code == 403
        for number, how in enumerate(
            ({"auth": signer.auth()}, {"headers": owner}, {"headers": operator}), start=2
        ):
            said = await client.post(path, json=why, **how)  # type: ignore[arg-type]  # httpx takes either
            assert said.status_code == 201, said.text
            assert said.json()["opened"]["account_id"] == own_account_id(member.id, number)
        keyed = {**httpx.Headers(owner), "Idempotency-Key": "once and no more"}
        first, second = [await client.post(path, json=why, headers=keyed) for _ in range(2)]
        assert first.json() == second.json()
        assert (await client.post(path, json={"reason": ""}, headers=owner)).status_code == 422
    async with db.transaction(readonly=True) as tx:
        assert len(await orders.own_accounts(tx, member.id)) == 5
        events = await audit.search(tx, action="accounts.reset")
    assert len(events) == 4
    assert events[0].reason == "another strategy"
