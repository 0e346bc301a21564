"""Transactions: all or nothing, news after the commit only, and plain words when the database is away."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import asyncpg
import pytest

from arena.kit.clock import TapeClock
from arena.kit.db import Database, DatabaseBusy, Line, connect_options, copy_text, open_pool
from arena.kit.facts import Routing
from tests.conftest import START


@dataclass(frozen=True, slots=True)
class Happened:
    key: str


@pytest.fixture
async def told(db: Database) -> list[str]:
    """The news of the test's transactions, on a database with a table to play with."""
    news: list[str] = []
    db.publish = news.extend
    async with db.transaction() as tx:
        await tx.execute(
            "create table toy (name text primary key, price numeric, doc jsonb, at timestamptz)"
        )
    return news


async def names(db: Database) -> list[str]:
    async with db.transaction(readonly=True) as tx:
        return [row["name"] for row in await tx.fetch("select name from toy order by name")]


async def test_a_block_that_ends_well_is_committed_and_then_its_news_leave(
    db: Database, told: list[str]
) -> None:
    async with db.transaction() as tx:
        await tx.execute("insert into toy (name) values ('car')")
        tx.tell("toy:car")
        tx.tell("toy:car")
        assert told == []
    assert told == ["toy:car"]
    assert await names(db) == ["car"]


async def test_a_block_that_raises_leaves_neither_rows_nor_facts_nor_news(
    db: Database, told: list[str]
) -> None:
    with pytest.raises(RuntimeError, match="no toys"):
        async with db.transaction() as tx:
            await tx.execute("insert into toy (name) values ('car')")
            await tx.record(Happened("x"))
            raise RuntimeError("no toys")
    assert told == []
    assert await names(db) == []
    async with db.transaction() as tx:
        assert await tx.fetchval("select count(*) from fact") == 0


async def test_what_fails_in_a_savepoint_is_undone_alone(db: Database, told: list[str]) -> None:
    async with db.transaction() as tx:
        await tx.execute("insert into toy (name) values ('car')")
        with pytest.raises(asyncpg.UniqueViolationError):
            async with tx.savepoint():
                await tx.execute("insert into toy (name) values ('doll')")
                await tx.execute("insert into toy (name) values ('car')")
    assert await names(db) == ["car"]


async def test_a_canceled_block_is_rolled_back_and_the_pool_stays_whole(
    db: Database, told: list[str]
) -> None:
    async def dawdle() -> None:
        async with db.transaction() as tx:
            await tx.execute("insert into toy (name) values ('car')")
            await asyncio.sleep(60)

    tasks = [asyncio.create_task(dawdle()) for _ in range(5)]
    await asyncio.sleep(0.2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await names(db) == []
    assert db.pool.get_size() - db.pool.get_idle_size() == 0


async def test_values_come_back_exactly_as_they_went(db: Database, told: list[str]) -> None:
    price, doc = Decimal("0.10000000000000000001"), {"é": [1, "2", None], "d": Decimal("1.50")}
    at = datetime(2021, 9, 27, 14, 0, 0, 123_456, tzinfo=UTC)
    async with db.transaction() as tx:
        await tx.execute("insert into toy values ($1, $2, $3, $4)", "car", price, doc, at)
        row = await tx.one("select * from toy")
        assert (row["price"], row["at"]) == (price, at)
        assert row["at"].utcoffset() == timedelta(0)
        assert row["doc"] == {"é": [1, "2", None], "d": "1.50"}
        with pytest.raises(asyncpg.DataError, match="does not go into jsonb"):
            await tx.execute("update toy set doc = $1", {"x": object()})


async def test_the_small_verbs_count_copy_and_insist(db: Database, told: list[str]) -> None:
    async with db.transaction() as tx:
        await tx.copy("toy", ["name", "price"], [("a", Decimal(1)), ("b", Decimal(2))])
        await tx.executemany("insert into toy (name, price) values ($1, $2)", [("c", Decimal(3))])
        assert await tx.execute("update toy set price = 0 where price > 1") == 2
        assert await tx.execute("delete from toy where name = 'z'") == 0
        assert await tx.fetchrow("select * from toy where name = 'z'") is None
        with pytest.raises(AssertionError, match="no row for: select"):
            await tx.one("select * from toy where name = 'z'")


async def test_any_text_is_copied_as_it_is(db: Database, told: list[str]) -> None:
    names = [
        "plain",
        "",
        "\\N",
        "\\.",
        "tab\tand\nline\r\n",
        "\\\\x00 é 漢 🙂",
        *(f"n{n}" for n in range(1200)),
    ]
    async with db.transaction() as tx:
        lines = (f"{copy_text(name)}\t{place}" for place, name in enumerate(names))
        await tx.copy_lines("toy", ["name", "price"], lines)
        rows = await tx.fetch("select name from toy order by price")
        assert [row["name"] for row in rows] == names
        await tx.copy_lines("toy", ["name", "price"], [])
        assert await tx.fetchval("select count(*) from toy") == len(names)


async def test_what_fails_among_the_lines_copies_nothing(db: Database, told: list[str]) -> None:
    def lines() -> Iterator[str]:
        yield from (f"n{n}\t{n}" for n in range(700))
        raise LookupError("no more")

    async with db.transaction() as tx:
        with pytest.raises(LookupError, match="no more"):
            async with tx.savepoint():
                await tx.copy_lines("toy", ["name", "price"], lines())
        assert await tx.fetchval("select count(*) from toy") == 0


async def test_a_transaction_stands_at_one_moment_of_the_product_clock(db: Database) -> None:
    assert isinstance(db.clock, TapeClock)
    async with db.transaction() as tx:
        db.clock.move_to(START + timedelta(days=1))
        assert tx.now == START
    async with db.transaction() as tx:
        assert tx.now == START + timedelta(days=1)


async def test_a_reader_cannot_write(db: Database, told: list[str]) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with db.transaction(readonly=True) as tx:
            await tx.execute("insert into toy (name) values ('car')")


async def test_facts_and_audit_are_append_only(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.record(Happened("x"))
    for sql in ("update fact set key = 'y'", "delete from fact"):
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="append-only"):
            async with db.transaction() as tx:
                await tx.execute(sql)


async def test_a_killed_connection_is_said_to_be_busy_and_the_next_works(
    db: Database, told: list[str]
) -> None:
    with pytest.raises(DatabaseBusy, match="same Idempotency-Key"):
        async with db.transaction() as tx:
            await tx.execute("insert into toy (name) values ('car')")
            pid = await tx.fetchval("select pg_backend_pid()")
            async with db.transaction() as other:
                await other.execute("select pg_terminate_backend($1)", pid)
            await tx.execute("insert into toy (name) values ('doll')")
    assert await names(db) == []


async def test_of_two_that_wait_for_each_other_one_is_told_to_try_again(
    db: Database, told: list[str]
) -> None:
    async with db.transaction() as tx:
        await tx.executemany("insert into toy (name) values ($1)", [("a",), ("b",)])
    both_hold = asyncio.Barrier(2)

    async def lock(first: str, second: str) -> None:
        async with db.transaction() as tx:
            await tx.execute("update toy set price = 1 where name = $1", first)
            await both_hold.wait()
            await tx.execute("update toy set price = 1 where name = $1", second)

    ended = await asyncio.gather(lock("a", "b"), lock("b", "a"), return_exceptions=True)
    assert [type(each) for each in ended if each] == [DatabaseBusy]


async def test_statements_of_a_line_are_committed_each_on_one_connection(
    db: Database, told: list[str]
) -> None:
    line = Line(db)
    pids = {await line.statement("select pg_backend_pid()") for _ in range(3)}
    assert await line.statement("insert into toy (name) values ('car') returning name") == "car"
    assert await names(db) == ["car"]
    assert len(pids) == 1
    await line.drop()
    assert db.pool.get_idle_size() == db.pool.get_size()


async def test_a_line_that_was_cut_is_said_to_be_busy_and_the_next_statement_works(
    db: Database, told: list[str]
) -> None:
    line = Line(db)
    pid = await line.statement("select pg_backend_pid()")
    cut = asyncio.ensure_future(line.statement("select pg_sleep(30)"))
    await asyncio.sleep(0.05)
    async with db.transaction() as other:
        await other.execute("select pg_terminate_backend($1)", pid)
    with pytest.raises(DatabaseBusy):
        await cut
    assert await line.statement("select pg_backend_pid()") not in (None, pid)
    with pytest.raises(asyncpg.UniqueViolationError):
        await line.statement("insert into toy (name) values ('car'), ('car')")
    assert await line.statement("select 1") == 1
    await line.drop()


async def test_a_database_that_cannot_be_had_is_busy(database_url: str) -> None:
    pool = await open_pool(database_url, size_min=1, size_max=1)
    db = Database(pool, TapeClock(START), Routing())
    db.acquire_timeout_s = 0.2
    try:
        async with db.transaction():
            with pytest.raises(DatabaseBusy):
                async with db.transaction():
                    pass
    finally:
        pool.terminate()
    with pytest.raises(DatabaseBusy):
        async with db.transaction():
            pass


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p%40ss@h:6000/d?sslmode=require",
         {"host": "h", "port": 6000, "user": "u", "password": "p@ss", "database": "d", "ssl": "require"}),
        ("postgresql://u@/d?host=/a%20b/c'd",
         {"host": "/a b/c'd", "port": 5432, "user": "u", "password": None, "database": "d"}),
        ("postgres://h", {"host": "h", "port": 5432, "user": None, "password": None, "database": None}),
        ("postgresql+asyncpg://u@[::1]/d",
         {"host": "::1", "port": 5432, "user": "u", "password": None, "database": "d"}),
    ],
)  # fmt: skip
def test_urls_are_read_as_postgresql_reads_them(url: str, expected: dict[str, object]) -> None:
    assert connect_options(url) == expected


@pytest.mark.parametrize("url", ["mysql://h/d", "", "localhost:5432"])
def test_an_url_of_something_else_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ValueError, match="looks like postgresql://"):
        connect_options(url)
