"""Numbers: one after the other, without a gap, whoever fails or dies on the way; PostgreSQL itself refuses another."""

import asyncio
import random
from datetime import timedelta

import asyncpg
import pytest

from arena.kit.clock import TapeClock
from arena.kit.db import Database, DatabaseBusy, open_pool
from arena.kit.facts import Routing
from arena.money import invoices
from tests.conftest import START
from tests.http import person
from tests.money.invoices.sales import SELLER, numbers, sale


class _Dropped(Exception):
    """What a transaction may be ended by."""


@pytest.mark.parametrize("seed", range(4))
async def test_numbers_have_no_gap_and_no_double_whoever_fails_beside_whom(
    db: Database, seed: int
) -> None:
    chance = random.Random(seed)
    buyer, _ = await person(db)
    issued: list[str] = []

    async def attempt(source: str, *, fails: bool, waits: bool) -> None:
        try:
            async with db.transaction() as tx:
                made = await invoices.issue(tx, sale(source, buyer), seller=SELLER)
                if waits:
                    await asyncio.sleep(0.002)
                if fails:
                    raise _Dropped
                if chance.random() < 0.3:
                    await invoices.credit(
                        tx, made.id, chance.randint(1, 9_900), source=f"ref_{source}", reason="given back"
                    )  # fmt: skip
        except _Dropped:
            return
        issued.append(made.id)

    await asyncio.gather(*(
        attempt(f"pay_{chance.randint(1, 25)}", fails=chance.random() < 0.4, waits=chance.random() < 0.5)
        for _ in range(60)
    ))  # fmt: skip
    found = await numbers(db)
    assert found["INV-2021"] == list(range(1, len(set(issued)) + 1))
    assert found.get("CRN-2021", []) == list(range(1, len(found.get("CRN-2021", [])) + 1))


async def test_whoever_dies_between_number_and_commit_leaves_no_gap_and_no_double(
    db: Database, database_url: str
) -> None:
    buyer, _ = await person(db)
    pool = await open_pool(database_url, size_min=1)
    other = Database(pool, TapeClock(START), Routing())
    given = []
    try:
        with pytest.raises(DatabaseBusy):
            async with other.transaction() as tx:
                given.append((await invoices.issue(tx, sale("pay_1", buyer), seller=SELLER)).number)
                backend = await tx.fetchval("select pg_backend_pid()")
                async with db.transaction() as killer:
                    await killer.execute("select pg_terminate_backend($1)", backend)
                await tx.execute("select 1")
    finally:
        pool.terminate()
    assert given == [1]
    assert await numbers(db) == {}
    async with db.transaction() as tx:
        assert (await invoices.issue(tx, sale("pay_2", buyer), seller=SELLER)).number == 1
        assert (await invoices.issue(tx, sale("pay_1", buyer), seller=SELLER)).number == 2
    assert await numbers(db) == {"INV-2021": [1, 2]}


async def test_a_year_begins_a_series_and_days_go_up_with_numbers(db: Database) -> None:
    buyer, _ = await person(db)
    labels = []
    for days, source in enumerate(("pay_1", "pay_2", "pay_3")):
        assert isinstance(db.clock, TapeClock)
        db.clock.move_to(START + timedelta(days=60 * days))
        async with db.transaction() as tx:
            labels.append((await invoices.issue(tx, sale(source, buyer), seller=SELLER)).label)
    assert labels == ["INV-2021-000001", "INV-2021-000002", "INV-2022-000001"]


async def test_postgresql_refuses_a_gap_a_change_and_credit_above_the_invoice(db: Database) -> None:
    buyer, _ = await person(db)
    async with db.transaction() as tx:
        made = await invoices.issue(tx, sale("pay_1", buyer), seller=SELLER)
    copied = """insert into invoice select 'inv_x', series, {number}, {kind}, {credits}, 'src', subject, person_id,
      {total}, currency, document, sha, at from invoice where id = $1"""
    gap = {"number": "3", "kind": "'invoice'", "credits": "null", "total": "1"}
    above = {"number": "2", "kind": "'credit_note'", "credits": "id", "total": "9901"}
    statements = (copied.format(**gap), copied.format(**above))
    for statement in (
        *statements,
        "update invoice set total = 1 where id = $1",
        "delete from invoice where id = $1",
    ):
        with pytest.raises(asyncpg.PostgresError):
            async with db.transaction() as tx:
                await tx.execute(statement, made.id)
    assert await numbers(db) == {"INV-2021": [1]}
