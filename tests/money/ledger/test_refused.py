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


async def journal(
    tx: Tx,
    name: str,
    *legs: tuple[int, int],
    phase: str = "posted",
    resolves: str | None = None,
    currency: str = "USD",
) -> None:
    await tx.execute(
        """insert into journal
             (id, kind, idem, idem_hash, phase, resolves, reference, at, currency, accounts, amounts)
           values ($1, 'payment.captured', $1, '\\x00', $2, $3, 'sub_1', now(), $4, $5, $6)""",
        name, phase, resolves, currency, [account for account, _ in legs], [amount for _, amount in legs],
    )  # fmt: skip


async def entry(tx: Tx, name: str, account_id: int, amount: int) -> None:
    await tx.execute(
        "insert into entry (journal_id, account_id, currency, amount, phase) values ($1, $2, 'USD', $3, 'posted')",
        name, account_id, amount,
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
        await journal(tx, "first", (ids["bank"], 100), (ids["creator"], -100))
        await journal(tx, "funded", (ids["bank"], 50), (ids["available"], -50))
        await journal(tx, "held", (ids["available"], 30), (ids["bank"], -30), phase="pending")
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


BROKEN: dict[str, tuple[list[int], str]] = {
    "does not balance": ([100, -99], "journal j does not balance"),
    "is empty": ([], "journal_legs"),
    "has one leg": ([100], "journal_legs"),
    "has a leg of nothing": ([100, -100, 0], "journal_legs"),
    "balances only beyond 64 bits": ([2**62, 2**62, -(2**62)], "does not balance"),
}


@pytest.mark.parametrize("how", sorted(BROKEN))
async def test_a_journal_that_is_none_is_refused(
    db: Database, books: dict[str, int], how: str
) -> None:
    amounts, words = BROKEN[how]
    accounts = [books["bank"], books["creator"], books["bank"]]
    legs = list(zip(accounts, amounts, strict=False))
    await refused(db, lambda tx: journal(tx, "j", *legs), words)


async def test_a_leg_that_names_no_amount_or_no_account_is_refused(
    db: Database, books: dict[str, int]
) -> None:
    legs = [(books["bank"], 100), (books["creator"], -100)]
    await refused(db, lambda tx: journal(tx, "j", *legs, (books["bank"], None)), "journal_legs")  # type: ignore[arg-type]  # that is what the test is about
    await refused(db, lambda tx: journal(tx, "j", (999_999, 100), legs[1]), "or there is none")


@pytest.mark.parametrize("currency", ["EUR", "USD"])
async def test_a_journal_moves_money_of_one_currency_only(
    db: Database, books: dict[str, int], currency: str
) -> None:
    legs = [(books["bank"], 100), (books["euro"], -100)]
    await refused(db, lambda tx: journal(tx, "j", *legs, currency=currency), "another currency")


async def test_a_second_journal_with_the_same_idempotency_key_is_refused(
    db: Database, books: dict[str, int]
) -> None:
    legs = [(books["bank"], 100), (books["creator"], -100)]
    await refused(db, lambda tx: journal(tx, "first", *legs), "duplicate key")


async def test_an_overdraft_is_refused(db: Database, books: dict[str, int]) -> None:
    legs = [(books["available"], 51), (books["bank"], -51)]
    await refused(db, lambda tx: journal(tx, "j", *legs), "no_overdraft")


async def test_an_overdraft_that_counts_pending_debits_is_refused(
    db: Database, books: dict[str, int]
) -> None:
    legs = [(books["available"], 21), (books["bank"], -21)]
    await refused(db, lambda tx: journal(tx, "j", *legs), "no_overdraft")


async def test_an_overdraft_by_many_find_journals_one_statement_is_refused(
    db: Database, books: dict[str, int]
) -> None:
    async def attempt(tx: Tx) -> None:
        await tx.execute(
            """insert into journal (id, kind, idem, idem_hash, phase, reference, at, currency, accounts, amounts)
               select n::text, 'payment.captured', n::text, '\\x00', 'posted', 'sub_1', now(), 'USD',
                 array[$1, $2]::bigint[], array[7, -7]::bigint[] from generate_series(1, 3) n""",
            books["available"], books["bank"],
        )  # fmt: skip

    await refused(db, attempt, "no_overdraft")


async def test_an_entry_without_a_journal_of_its_own_is_refused(
    db: Database, books: dict[str, int]
) -> None:
    await refused(
        db, lambda tx: entry(tx, "first", books["bank"], 5), "entries follow from journals"
    )


async def test_an_entry_added_in_a_savepoint_is_refused(
    db: Database, books: dict[str, int]
) -> None:
    async def attempt(tx: Tx) -> None:
        async with tx.savepoint():
            await entry(tx, "first", books["bank"], 5)

    await refused(db, attempt, "entries follow from journals")


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


@pytest.mark.parametrize("phase", ["post", "void"])
async def test_what_resolves_a_journal_has_its_legs(
    db: Database, books: dict[str, int], phase: str
) -> None:
    legs = [(books["available"], 29), (books["bank"], -29)]
    await refused(
        db, lambda tx: journal(tx, "j", *legs, phase=phase, resolves="held"), "does not mirror"
    )


async def test_a_posted_journal_cannot_be_resolved(db: Database, books: dict[str, int]) -> None:
    legs = [(books["bank"], 100), (books["creator"], -100)]
    await refused(
        db, lambda tx: journal(tx, "j", *legs, phase="post", resolves="first"), "is not pending"
    )
    await refused(db, lambda tx: journal(tx, "j", *legs, phase="post"), "violates check")
    await refused(db, lambda tx: journal(tx, "j", *legs, resolves="held"), "violates check|mirror")


@pytest.mark.parametrize(("phase", "left"), [("post", (0, 30)), ("void", (0, 0))])
async def test_a_pending_journal_is_resolved_once(
    db: Database, books: dict[str, int], phase: str, left: tuple[int, int]
) -> None:
    legs = [(books["available"], 30), (books["bank"], -30)]
    async with db.transaction() as tx:
        await journal(tx, "done", *legs, phase=phase, resolves="held")
    for again in ("post", "void"):
        await refused(
            db,
            lambda tx, again=again: journal(tx, "more", *legs, phase=again, resolves="held"),
            "journal_resolved_once",
        )
    async with db.transaction() as tx:
        stands = await tx.one("select * from ledger_account where code = 'available'")
    assert (stands["debits_pending"], stands["debits_posted"]) == left
