"""Small runs of the simulation; that the same seed is the same run, and that its checks see what is wrong."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from arena.kit.db import connect_options
from tests.conftest import Server
from tests.simulation import chance
from tests.simulation.calm import calm
from tests.simulation.doing import do
from tests.simulation.handle import PaidBy
from tests.simulation.run import Plan, Simulation, Told, open_simulation, run

SMALL = Plan(7, months=1, people=12, creators=2, busy=8.0, crashes=0.1, kills=0.02)


async def ran(server: Server, plan: Plan, home: Path) -> Told:
    name = await server.create()
    try:
        return await run(plan, server.url_of(name), home)
    finally:
        await server.drop(name)


def test_a_step_draws_the_same_whatever_was_drawn_before() -> None:
    first = chance.of_step(1, "step", 5)
    chance.of_step(1, "step", 4).random()
    again, other = chance.of_step(1, "step", 5), chance.of_step(2, "step", 5)
    drawn = [first.random() for _ in range(3)]
    assert drawn == [again.random() for _ in range(3)]
    assert drawn != [other.random() for _ in range(3)]


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "paid_by"), [(101, "stripe"), (102, "fake"), (103, "stripe")])
async def test_storms_and_crashes_leave_all_in_order(
    server: Server, tmp_path: Path, seed: int, paid_by: PaidBy
) -> None:
    plan = Plan(
        seed, months=2, people=32, creators=3, busy=11.0, crashes=0.12, kills=0.02, paid_by=paid_by
    )
    told = await ran(server, plan, tmp_path)
    died = {name.split(" at ")[0] for name in told.deaths}
    assert {"dropped", "killed"} <= died
    assert told.checks == 2
    assert told.paid_months > 50


@pytest.mark.slow
async def test_the_same_seed_is_the_same_run_to_the_last_head(
    server: Server, tmp_path: Path
) -> None:
    first = await ran(server, SMALL, tmp_path / "a")
    again = await ran(server, SMALL, tmp_path / "b")
    assert again.journal == first.journal
    assert again.heads == first.heads != []
    assert first.deaths["killed at statement"] + first.deaths["dropped at statement"] > 0


@pytest.fixture
async def settled(database_url: str, tmp_path: Path) -> AsyncIterator[Simulation]:
    """A month without crashes, over and in order."""
    plan = Plan(
        15, months=1, people=12, creators=2, busy=10.0, crashes=0.0, kills=0.0, paid_by="fake"
    )
    async with open_simulation(plan, database_url, tmp_path) as simulation:
        await simulation.month(1)
        for person in simulation.cast.subscribers:
            wish = {"person": person, "listing": simulation.cast.listings[0]}
            await do(simulation.arena, "follow", wish)
        yield simulation


_ONE = (
    "(select id from subscription where status = 'active' and disputed_since is null and not trial"
    " and access_until > period_end order by period_start desc, id limit 1)"
)
TAMPERED = {
    "balance": "update ledger_account set debits_posted = debits_posted + 1 where code = 'gateway:stripe:balance'",
    "shut out": "update access_decision set right_id = right_id || 'x'",
    "ended and let in": f"update subscription set status = 'ended', ended_at = created_at, end_reason = 'unpaid'"
    f" where id = {_ONE}",
    "not paid for": f"update subscription set status = 'past_due', period_end = created_at, access_until ="
    f" '2030-01-01', period_start = created_at - interval '30 days' where id = {_ONE}",
    "gone through on one side": "update payment_attempt set state = 'failed' where id = (select id from payment_attempt"
    " where state = 'succeeded' and refunded + disputed = 0 order by id limit 1)",
    "a period paid twice": "update payment_attempt set reference = 'sub_1', period_start = '2021-10-01'"
    " where state = 'succeeded'",
    "gaps": "update invoice_series set last = last + 1",
    "its invoice is of": "update invoice set total = total - 1 where kind = 'invoice' and source like 'pay_%'",
    "bills and receivable": "update bill set amount = amount + 1",
    "tax": """update invoice set document = convert_to(regexp_replace(convert_from(document, 'UTF8'),
       '"net":"(\\d+)"(.*)"tax":"0"', '"net":"0"\\2"tax":"\\1"'), 'UTF8') where kind = 'invoice'""",
    "access without right": "update free_follow set ended_at = at where ended_at is null",
    "was sent": "update fake_payout set amount = amount + 1",
    "dead letters": "update reaction set state = 'dead' where fact_id = (select min(fact_id) from reaction)",
}  # fmt: skip


@pytest.mark.slow
async def test_the_checks_see_what_is_wrong(settled: Simulation) -> None:
    await settled.check()
    admin = await asyncpg.connect(**connect_options(settled.arena.db.url))
    missed = []
    try:
        # As nobody in the arena can do it: without triggers, keys and indices that would refuse most of it.
        await admin.execute("set session_replication_role = replica")
        await admin.execute("drop index payment_once")
        for name, sql in TAMPERED.items():
            before = await _kept(admin, sql)
            try:
                await admin.execute(sql)
                await settled.check()
            except AssertionError:
                pass
            else:
                missed.append(name)
            await _put_back(admin, sql, before)
    finally:
        await admin.close()
    assert not missed
    await settled.check()


@pytest.mark.slow
async def test_stripe_charging_twice_or_holding_another_balance_is_seen(
    settled: Simulation,
) -> None:
    books = settled.server.books
    paid = next(one for one in books.all("charge") if one["paid"])
    given = ("id", "object", "created", "livemode")
    twin = books.make("charge", "ch", **{name: paid[name] for name in paid if name not in given})
    with pytest.raises(AssertionError, match="charged twice"):
        await settled.check()
    del books.things["charge"][twin["id"]]
    line = books.all("balance_transaction")[0]
    line["net"] += 1
    with pytest.raises(AssertionError, match="Stripe says"):
        await settled.check()
    line["net"] -= 1
    assert await calm(settled.arena, settled.post, settled.server) == 2
    await settled.check()


def _table(sql: str) -> str:
    return sql.split()[1]


async def _kept(admin: asyncpg.Connection, sql: str) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await admin.fetch(f"select * from {_table(sql)}")
    return rows


async def _put_back(admin: asyncpg.Connection, sql: str, rows: list[asyncpg.Record]) -> None:
    table = _table(sql)
    await admin.execute(f"delete from {table}")
    await admin.copy_records_to_table(table, records=[tuple(row) for row in rows])
