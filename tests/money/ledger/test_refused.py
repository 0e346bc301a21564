"""What PostgreSQL itself refuses, whatever the code above it does: the fifteen attempts on the ledger."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from arena.kit.db import Database, Tx

Attempt = Callable[[Tx], Awaitable[object]]


async def account(
    tx: Tx, code: str, *, normal: int = 1, currency: str = "USD", no_overdraft: bool = False
) -> int:
    made: int = await tx.fetchval(
        "insert into ledger_account (code, normal, currency, no_overdraft) values ($1, $2, $3, $4) returning id",
        code, normal, currency, no_overdraft,
    )  # fmt: skip
    return made


async def journal(tx: Tx, name: str, *, phase: str = "posted", resolves: str | None = None) -> None:
    await tx.execute(
        """insert into journal (id, kind, idem, idem_hash, phase, resolves, reference, at)
           values ($1, 'payment.captured', $1, '\\x00', $2, $3, 'sub_1', now())""",
        name, phase, resolves,
    )  # fmt: skip


async def entries(tx: Tx, name: str, *legs: tuple[int, int], currency: str = "USD") -> None:
    for account_id, amount in sorted(legs):
        await tx.execute(
            "insert into entry (journal_id, account_id, currency, amount) values ($1, $2, $3, $4)",
            name, account_id, currency, amount,
        )  # fmt: skip


@pytest.fixture
async def books(db: Database) -> dict[str, int]:
    """A bank and a creator account with one posted journal of 100, and a creator that may not go below zero."""
    async with db.transaction() as tx:
        ids = {
            "bank": await account(tx, "bank"),
            "creator": await account(tx, "creator", normal=-1),
            "available": await account(tx, "available", normal=-1, no_overdraft=True),
            "euro": await account(tx, "euro", currency="EUR"),
        }
        await journal(tx, "first")
        await entries(tx, "first", (ids["bank"], 100), (ids["creator"], -100))
        await journal(tx, "funded")
        await entries(tx, "funded", (ids["bank"], 50), (ids["available"], -50))
        await journal(tx, "held", phase="pending")
        await entries(tx, "held", (ids["available"], 30), (ids["bank"], -30))
    return ids


async def refused(db: Database, attempt: Attempt, words: str) -> None:
    """The attempt fails, at the latest when it is committed, with these words; and nothing of it stays."""
    before = await counters(db)
    with pytest.raises(asyncpg.PostgresError, match=words):
        async with db.transaction() as tx:
            await attempt(tx)
    assert await counters(db) == before


async def counters(db: Database) -> list[tuple[object, ...]]:
    async with db.transaction() as tx:
        rows = await tx.fetch("select * from ledger_account order by id")
        count = await tx.fetchval("select count(*) from entry")
    return [tuple(row) for row in rows] + [(count,)]


async def test_an_unbalanced_journal_is_refused(db: Database, books: dict[str, int]) -> None:
    async def attempt(tx: Tx) -> None:
        await journal(tx, "j")
        await entries(tx, "j", (books["bank"], 100), (books["creator"], -99))

    await refused(db, attempt, "does not balance in USD")


async def test_a_journal_that_balances_only_across_currencies_is_refused(
    db: Database, books: dict[str, int]
) -> None:
    async def attempt(tx: Tx) -> None:
        await journal(tx, "j")
        await entries(tx, "j", (books["bank"], 100))
        await entries(tx, "j", (books["euro"], -100), currency="EUR")

    await refused(db, attempt, "does not balance")


async def test_an_entry_in_another_currency_than_its_account_is_refused(
    db: Database, books: dict[str, int]
) -> None:
    async def attempt(tx: Tx) -> None:
        await journal(tx, "j")
        await entries(tx, "j", (books["bank"], 100), (books["creator"], -100), currency="EUR")

    await refused(db, attempt, "foreign key")


async def test_an_empty_journal_is_refused(db: Database, books: dict[str, int]) -> None:
    await refused(db, lambda tx: journal(tx, "j"), "is empty")


async def test_a_second_journal_with_the_same_idempotency_key_is_refused(
    db: Database, books: dict[str, int]
) -> None:
    async def attempt(tx: Tx) -> None:
        await tx.execute(
            """insert into journal (id, kind, idem, idem_hash, phase, reference, at)
               values ('other', 'payment.captured', 'first', '\\x00', 'posted', 'sub_1', now())"""
        )

    await refused(db, attempt, "duplicate key")


async def test_an_overdraft_is_refused(db: Database, books: dict[str, int]) -> None:
    async def attempt(tx: Tx) -> None:
        await journal(tx, "j")
        await entries(tx, "j", (books["available"], 51), (books["bank"], -51))

    await refused(db, attempt, "no_overdraft")


async def test_an_overdraft_that_counts_pending_debits_is_refused(
    db: Database, books: dict[str, int]
) -> None:
    async def attempt(tx: Tx) -> None:
        await journal(tx, "j")
        await entries(tx, "j", (books["available"], 21), (books["bank"], -21))

    await refused(db, attempt, "no_overdraft")


async def test_an_entry_added_to_a_committed_journal_is_refused(
    db: Database, books: dict[str, int]
) -> None:
    async def attempt(tx: Tx) -> None:
        await entries(tx, "first", (books["bank"], 5), (books["creator"], -5))

    await refused(db, attempt, "journal first is closed")


async def test_an_entry_added_in_a_savepoint_of_another_transaction_is_refused(
    db: Database, books: dict[str, int]
) -> None:
    async def attempt(tx: Tx) -> None:
        async with tx.savepoint():
            await entries(tx, "first", (books["bank"], 5), (books["creator"], -5))

    await refused(db, attempt, "journal first is closed")


@pytest.mark.parametrize("table", ["entry", "journal"])
@pytest.mark.parametrize(
    "act",
    ["update {} set {}", "delete from {}", "truncate {} cascade"],
    ids=["update", "delete", "truncate"],
)
async def test_entries_and_journals_are_append_only(
    db: Database, books: dict[str, int], table: str, act: str
) -> None:
    column = "amount = amount + 1" if table == "entry" else "kind = 'other'"
    await refused(db, lambda tx: tx.execute(act.format(table, column)), "append-only")


async def test_a_direct_change_of_a_counter_is_refused(db: Database, books: dict[str, int]) -> None:
    await refused(
        db,
        lambda tx: tx.execute("update ledger_account set credits_posted = 1000000"),
        "counters move only through entries",
    )


async def test_an_account_cannot_be_deleted(db: Database, books: dict[str, int]) -> None:
    await refused(db, lambda tx: tx.execute("delete from ledger_account"), "append-only")


async def test_a_void_that_does_not_mirror_its_pending_legs_is_refused(
    db: Database, books: dict[str, int]
) -> None:
    async def attempt(tx: Tx) -> None:
        await journal(tx, "j", phase="void", resolves="held")
        await entries(tx, "j", (books["available"], -29), (books["bank"], 29))

    await refused(db, attempt, "does not mirror")


async def test_a_posted_journal_cannot_be_resolved(db: Database, books: dict[str, int]) -> None:
    async def attempt(tx: Tx) -> None:
        await journal(tx, "j", phase="post", resolves="first")
        await entries(tx, "j", (books["bank"], 0 + 1), (books["creator"], -1))

    await refused(db, attempt, r"is not pending|violates check")


async def test_a_pending_journal_is_resolved_once(db: Database, books: dict[str, int]) -> None:
    async def post_it(tx: Tx, name: str) -> None:
        await journal(tx, name, phase="post", resolves="held")
        await entries(tx, name, (books["available"], 30), (books["bank"], -30))

    async with db.transaction() as tx:
        await post_it(tx, "post")
    await refused(db, lambda tx: post_it(tx, "again"), "journal_resolved_once")
    async with db.transaction() as tx:
        left = await tx.one("select * from ledger_account where code = 'available'")
    assert (left["debits_pending"], left["debits_posted"]) == (0, 30)
