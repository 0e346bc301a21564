"""A month adds up to the cent, follows from the one before, and is never changed."""

import json
import re
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.evidence import log
from arena.evidence.log import LogKey
from arena.kit.canonical import canonical_json, sha256_hex
from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.kit.facts import Routing
from arena.kit.settings import Settings
from arena.kit.signing import SigningKey
from arena.money import earnings, ledger, statements
from tests.money.creators import earn, take_back

MAKER = "usr_maker"
WEEK = timedelta(days=7)


def at(db: Database, *when: int) -> None:
    assert isinstance(db.clock, TapeClock)
    db.clock.move_to(datetime(*when, tzinfo=UTC))  # type: ignore[misc,arg-type]  # year, month, day, hour, minute


def behind(db: Database, *when: int) -> Database:
    """The same arena as somebody sees it whose transaction began long ago."""
    return Database(db.pool, TapeClock(datetime(*when, tzinfo=UTC)), Routing())  # type: ignore[misc,arg-type]  # year, month, day, hour


async def two_months(db: Database) -> None:
    """October earns 100 and releases it; November earns 50 and takes 120 back."""
    at(db, 2021, 10, 5)
    await earn(db, MAKER, 10_000)
    at(db, 2021, 10, 20)
    await earnings.mature_due(db, WEEK)
    at(db, 2021, 11, 3)
    await earn(db, MAKER, 5_000, idem="pay_2")
    at(db, 2021, 11, 5)
    await take_back(db, MAKER, 12_000, idem="ref_1")


async def closed(db: Database, month: date) -> statements.Statement:
    async with db.transaction() as tx:
        return await statements.statement(tx, MAKER, month)


async def test_opening_and_movements_are_closing_and_the_next_opening(db: Database) -> None:
    await two_months(db)
    at(db, 2021, 12, 1, 5, 59)
    assert await statements.close_due(db) == 1, "November may still be written to"
    at(db, 2021, 12, 1, 6, 1)
    assert await statements.close_due(db) == 1
    assert await statements.close_due(db) == 0
    first, second = [(await closed(db, date(2021, month, 1))).document for month in (10, 11)]
    assert first["opening"]["total"] == "0"
    assert first["closing"] == second["opening"]
    assert {m["kind"]: m["total"] for m in first["movements"]} == {
        "payment.captured": "10000", "hold.released": "0",
    }  # fmt: skip
    assert second["closing"] == {
        "pending": "0", "available": "3000", "disputed": "0", "owed": "0", "total": "3000",
    }  # fmt: skip
    for document in (first, second):
        for name in ("pending", "available", "disputed", "owed", "total"):
            for part in ("movements", "lines"):
                moved = sum(int(each[name]) for each in document[part])
                assert int(document["opening"][name]) + moved == int(document["closing"][name])
    async with db.transaction() as tx:
        for line in second["lines"]:
            assert await ledger.journal(tx, line["journal"]) is not None


async def test_a_closed_month_is_hashed_logged_and_cannot_be_changed(db: Database) -> None:
    await two_months(db)
    at(db, 2021, 12, 2)
    await statements.close_due(db)
    found = await closed(db, date(2021, 11, 1))
    assert found.sha == sha256_hex(canonical_json(found.document))
    assert statements.intact(found)
    async with db.transaction() as tx:
        leaf = await log.leaf(tx, found.log_index)
        assert json.loads(leaf.entry) == {
            "id": found.id, "sha": found.sha, "type": "creator_statement/v1",
        }  # fmt: skip
        assert await tx.fetchval("select count(*) from fact where kind = 'PeriodClosed'") == 2
    for sql in (
        "update creator_statement set sha = repeat('0', 64)", "delete from creator_statement",
        "truncate creator_statement",
    ):  # fmt: skip
        with pytest.raises(asyncpg.PostgresError):
            async with db.transaction() as tx:
                await tx.execute(sql)


async def test_what_is_posted_late_stands_in_the_next_month_as_prior_period(db: Database) -> None:
    at(db, 2021, 10, 5)
    await earn(db, MAKER, 10_000)
    at(db, 2021, 11, 2)
    await statements.close_due(db)
    await earn(behind(db, 2021, 10, 30, 23), MAKER, 700, idem="pay_late")
    at(db, 2021, 12, 2)
    await statements.close_due(db)
    first, second = await closed(db, date(2021, 10, 1)), await closed(db, date(2021, 11, 1))
    assert first.document["closing"] == second.document["opening"]
    assert [m["kind"] for m in second.document["movements"]] == ["prior_period"]
    assert second.document["closing"]["pending"] == "10700"


async def test_a_month_that_does_not_follow_from_the_ledger_is_not_closed(db: Database) -> None:
    at(db, 2021, 9, 5)
    await earn(db, MAKER, 10_000)
    at(db, 2021, 11, 2)
    await statements.close_due(db)
    await earn(behind(db, 2021, 9, 5), MAKER, 700, idem="pay_very_late")
    at(db, 2021, 12, 2)
    with pytest.raises(statements.DoesNotAddUp, match="2021-11"):
        await statements.close_due(db)


async def test_the_sum_of_all_months_is_the_ledger(db: Database) -> None:
    await two_months(db)
    at(db, 2022, 4, 2)
    assert await statements.close_due(db) == 6
    async with db.transaction() as tx:
        year = await statements.yearly(tx, MAKER, 2021)
        every = await statements.statements(tx, MAKER)
        standing = await ledger.balances(tx, f"creator:{MAKER}:")
        with pytest.raises(statements.NoSuchStatement):
            await statements.yearly(tx, MAKER, 2019)
        with pytest.raises(statements.NoSuchStatement):
            await statements.statement(tx, MAKER, date(2022, 4, 1))
    assert [f"{each.month:%Y-%m}" for each in every][:2] == ["2022-03", "2022-02"]
    assert (year.months, year.kinds["payment.captured"], year.kinds["refund.issued"]) == (
        3, 15_000, -12_000,
    )  # fmt: skip
    assert year.opening + sum(year.kinds.values()) == year.closing
    assert year.closing == sum(a.balance for a in standing if not a.code.endswith("clawback"))


async def test_files_hold_decimal_strings_and_a_note_that_can_be_checked(
    db: Database, settings: Settings
) -> None:
    await two_months(db)
    at(db, 2021, 12, 2)
    await statements.close_due(db)
    found = await closed(db, date(2021, 11, 1))
    rows = [row.split(",") for row in statements.statement_csv(found).splitlines()]
    assert [row[1] for row in rows][:2] == ["kind", "opening"]
    assert rows[-1][1] == "closing"
    for row in rows[1:]:
        assert all(re.fullmatch(r"-?\d+\.\d\d", text) for text in row[5:])
    assert "." not in re.sub(r'"[^"]*"', "", json.dumps(found.document)), "no float"
    key = LogKey("test", SigningKey(settings.vault.derive("log")))
    told = statements.signed(found, key)
    assert f"{found.id}\n{found.sha}\n" in told["note"]
    assert told["note"].startswith("test/creator-statement\n")
    pdf = statements.statement_pdf(found)
    assert pdf.startswith(b"%PDF")
    assert pdf == statements.statement_pdf(found)


@given(st.integers(-(10**15), 10**15))
def test_cents_are_spelled_exactly(cents: int) -> None:
    from decimal import Decimal

    assert Decimal(statements.decimal_text(cents)) * 100 == cents
