"""The application's own role: PostgreSQL lets it post, and neither change nor take away what was posted."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from arena.kit.clock import TapeClock
from arena.kit.db import APPLICATION, Database, application_login, open_pool
from arena.kit.facts import Routing
from arena.money.ledger import Kind, Leg, post, seal, trial_balance
from tests.conftest import START


@pytest.fixture
async def application(database_url: str) -> AsyncIterator[Database]:
    pool = await open_pool(database_url, size_min=1, as_application=True)
    yield Database(pool, TapeClock(START), Routing())
    await pool.close()


async def test_it_posts_and_seals(application: Database) -> None:
    legs = [Leg("gateway:fake:balance", 100), Leg("platform:fee_income", -100)]
    async with application.transaction() as tx:
        assert await tx.fetchval("select current_user") == APPLICATION
        await post(tx, kind=Kind.PAYMENT_CAPTURED, idem="pay_1", reference="sub_1", legs=legs)
        assert (await trial_balance(tx)).sound
    assert isinstance(application.clock, TapeClock)
    application.clock.move_to(START + timedelta(days=1))
    async with application.transaction() as tx:
        assert await seal(tx) is not None


@pytest.fixture
async def logged_in(database_url: str) -> AsyncIterator[Database]:
    """As `arena up` works on the server that it started itself."""
    pool = await open_pool(await application_login(database_url), size_min=1, as_application=True)
    yield Database(pool, TapeClock(START), Routing())
    await pool.close()


FORBIDDEN = (
    "update journal set kind = 'other'",
    "delete from journal",
    "truncate journal cascade",
    "insert into entry (journal_id, account_id, currency, amount, phase) values ('j', 1, 'USD', 1, 'posted')",
    "update entry set amount = 1",
    "delete from entry",
    "update ledger_account set credits_posted = 5",
    "delete from ledger_account",
    "update ledger_head set sha = ''",
    "alter table journal disable trigger all",
    "drop trigger ro on journal",
    "delete from log_leaf",
    "update audit_event set action = ''",
)


@pytest.mark.parametrize("deed", FORBIDDEN)
async def test_it_may_not(application: Database, deed: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with application.transaction() as tx:
            await tx.execute(deed)


@pytest.mark.parametrize("deed", FORBIDDEN)
async def test_no_way_leads_out_of_its_own_login(logged_in: Database, deed: str) -> None:
    for way_out in ("reset role", "reset session authorization", "select 1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with logged_in.transaction() as tx:
                await tx.execute(way_out)
                assert await tx.fetchval("select session_user") == APPLICATION
                await tx.execute(deed)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with logged_in.transaction() as tx:
            await tx.execute("set role postgres")
