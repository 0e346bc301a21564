"""Accounts under performance fee contracts are read when all that moved is there; what comes later is no profit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from arena.kit.db import Database
from arena.money import performance_fees as fees
from arena.people.access import SYSTEM
from arena.trading.portfolio import open_account, record_flow
from arena.web.views.fee_exits import check_papers
from arena.web.views.fee_readings import catch_up, read_fee_accounts
from sigma_sdk.verify import verify_fees
from tests.http import person
from tests.money.performance_fees.contracts import (
    COPIER,
    KEY,
    OCTOBER,
    QUARTER,
    SPRING,
    agreed,
    files,
    move,
)

SOON = timedelta(milliseconds=50)


async def account(db: Database, account_id: str) -> str:
    async with db.transaction() as tx:
        await open_account(
            tx, id=account_id, kind="copier", owner_id="usr_copier", quote="USD", opening_cash=Decimal(20_000)
        )  # fmt: skip
    return account_id


@asynccontextmanager
async def slow(db: Database, account_id: str, dollars: int) -> AsyncIterator[None]:
    """Money that moved when this began, and is committed when it ends."""
    async with db.transaction() as tx:
        await record_flow(tx, account_id, "USD", Decimal(dollars), note="slow", actor=SYSTEM)
        yield


async def work(db: Database, at: datetime) -> None:
    """What the worker does each hour."""
    move(db, at)
    await read_fee_accounts(db, KEY, platform_bps=1_500)
    await fees.close_due(db, platform_bps=1_500, key=KEY)


async def fee_of(db: Database, contract: fees.Contract) -> list[int]:
    made = await files(db, contract)
    assert all(finding.holds for finding in verify_fees(made))
    return [int(each["statement"]["fee"]) for each in made]


async def late(db: Database) -> list[int]:
    async with db.transaction() as tx:
        return [each.flow for each in await fees.late_flows(tx, 10)]


async def test_a_deposit_that_commits_after_the_period_is_over_is_no_profit(db: Database) -> None:
    await account(db, "acc_1")
    contract = await agreed(db)
    move(db, QUARTER - SOON)
    async with slow(db, "acc_1", 10_000):
        await work(db, QUARTER + SOON)
    await work(db, QUARTER + fees.LATE + SOON)
    await work(db, SPRING + fees.LATE)
    assert await fee_of(db, contract) == [0, 0]
    assert await late(db) == [], "it was there in time"


@pytest.mark.parametrize("dollars", [10_000, -4_000])
async def test_money_that_commits_after_its_period_was_closed_is_made_good_and_told(
    db: Database, dollars: int
) -> None:
    await account(db, "acc_1")
    contract = await agreed(db)
    move(db, QUARTER - SOON)
    async with slow(db, "acc_1", dollars):
        await work(db, QUARTER + fees.LATE)
    await work(db, QUARTER + 2 * fees.LATE)
    await work(db, QUARTER + 3 * fees.LATE)
    async with db.transaction() as tx:
        now = await fees.open_period(tx, contract.id, "usr_copier")
    assert (now.profit, now.accrued) == (0, 0)
    assert now.books.equity == (20_000 + dollars) * 1_000_000
    assert await late(db) == [dollars * 100]
    await work(db, SPRING + fees.LATE)
    assert await fee_of(db, contract) == [0, 0]


async def test_a_later_flow_of_another_account_does_not_hide_an_earlier_one(db: Database) -> None:
    await account(db, "acc_1")
    await account(db, "acc_2")
    contract = await agreed(db)
    async with db.transaction() as tx:
        await fees.agree(tx, COPIER, "usr_creator", "acc_2", equity=2_000_000, key=KEY)
    move(db, OCTOBER + timedelta(days=1))
    async with slow(db, "acc_1", 10_000):
        move(db, OCTOBER + timedelta(days=1, seconds=1))
        async with slow(db, "acc_2", 5_000):
            pass
        async with (
            db.transaction() as tx
        ):  # its copier comes or goes meanwhile: all is read that is there
            await catch_up(tx, contract, KEY, platform_bps=1_500)
    await work(db, OCTOBER + timedelta(days=2))
    async with db.transaction() as tx:
        now = await fees.open_period(tx, contract.id, "usr_copier")
    assert (now.profit, now.books.equity) == (0, 55_000 * 1_000_000)
    await work(db, QUARTER + fees.LATE)
    assert await fee_of(db, contract) == [0]


async def test_a_deposit_that_commits_after_its_account_came_in_is_no_profit(db: Database) -> None:
    await account(db, "acc_1")
    move(db, OCTOBER)
    async with slow(db, "acc_1", 10_000):
        move(db, OCTOBER + SOON)
        contract = await agreed(db)
    await work(db, OCTOBER + timedelta(days=1))
    await work(db, SPRING + fees.LATE)
    assert await fee_of(db, contract) == [0]
    assert await late(db) == [1_000_000]


async def test_after_an_exit_the_end_of_the_period_is_measured_by_what_was_followed(
    db: Database,
) -> None:
    await account(db, "acc_1")
    await account(db, "acc_reference")
    contract = await agreed(db)
    async with db.transaction() as tx:
        await fees.leave(
            tx, contract.id, "usr_copier", equities={"acc_1": 2_400_000}, key=KEY, platform_bps=1_500,
            references={"acc_reference": 2_000_000},
        )  # fmt: skip
        await tx.execute(
            "insert into equity_mark values ('acc_reference', $1, 19000, 19000, 0)", QUARTER - SOON
        )
    await work(db, QUARTER + SOON)
    assert await fee_of(db, contract) == []
    await work(db, QUARTER + fees.LATE)
    assert await fee_of(db, contract) == [56_000], "the 24,000 that left would be 22,800"


async def test_who_has_handed_in_a_w9_does_not_declare_himself_a_foreigner(db: Database) -> None:
    copier_id, _ = await person(db)
    foreigner = replace(COPIER, person_id=copier_id)
    async with db.transaction() as tx:
        await check_papers(tx, foreigner)
        await tx.execute(
            """insert into payee_paper (id, person_id, kind, state, form, name, country, at)
               values ('ppr_1', $1, 'tax_form', 'waiting', 'w9', 'Ada', 'US', $2)""",
            copier_id, tx.now,
        )  # fmt: skip
        with pytest.raises(fees.DeclarationDiffers, match="W-9"):
            await check_papers(tx, foreigner)
        await check_papers(tx, replace(foreigner, us_person=True))
