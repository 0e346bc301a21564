"""Fixtures for all tests: one PostgreSQL a run, one fresh database a test, no mocks."""

import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import hypothesis
import pytest

from arena.kit import clock, migrations
from arena.kit.clock import TapeClock, wall_now
from arena.kit.db import Database, connect_options, open_pool
from arena.kit.facts import Routing
from arena.kit.postgres import EmbeddedPostgres
from arena.kit.settings import Settings

START = datetime(2021, 9, 27, 14, tzinfo=UTC)
TEMPLATE = "template_arena"
LENT_MAX = 40
"""So often a database is used; what was deleted in it stays on its pages."""
SEEDED = ("alembic_version", "log_head")
WRITTEN = """select c.oid::regclass::text as name from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and pg_relation_size(c.oid) > 0"""
SCHEMA = """select md5(string_agg(line, E'\\n' order by line)) from (
  select format('%s %s %s', c.oid::regclass, c.relkind, c.relacl) as line from pg_class c
    where c.relnamespace = 'public'::regnamespace
  union all select format('%s %s', conrelid::regclass, conname) from pg_constraint
    where connamespace = 'public'::regnamespace
  union all select format('%s %s %s', tgrelid::regclass, tgname, tgenabled) from pg_trigger where not tgisinternal
  union all select format('%s %s', tgrelid::regclass, tgenabled) from pg_trigger where tgisinternal and tgenabled <> 'O'
  union all select format('%s %s %s', attrelid::regclass, attname, atttypid) from pg_attribute a join pg_class c
    on c.oid = a.attrelid where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and attnum > 0
  union all select format('%s %s', proname, md5(prosrc)) from pg_proc where pronamespace = 'public'::regnamespace
  union all select version_num from alembic_version) lines"""
_numbers = itertools.count(1)

# How long an example takes says nothing of what it is an example of. A change is judged by the same examples each time;
# `--hypothesis-profile=explore` looks for others.
for _name, _same in (("arena", True), ("explore", False)):
    hypothesis.settings.register_profile(
        _name, deadline=None, derandomize=_same, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )  # fmt: skip
hypothesis.settings.load_profile("arena")


class Server:
    """The run's own PostgreSQL, with a migrated template from which each test gets a copy."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._spare: list[str] = []
        self._lent: dict[str, int] = {}
        self._fingerprint: str | None = None
        self._seeds = ""

    def url_of(self, database: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path="/" + database))

    async def administer(self, sql: str) -> None:
        connection = await asyncpg.connect(**connect_options(self.url_of("postgres")))
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    async def create(self, template: str = TEMPLATE) -> str:
        """A fresh database; its name."""
        name = f"t{next(_numbers)}"
        await self.administer(f"create database {name} template {template} strategy wal_log")
        return name

    async def drop(self, name: str) -> None:
        await self.administer(f"drop database if exists {name} with (force)")

    async def lend(self) -> str:
        """A fresh database, or one that was made as new again, which takes a tenth of the time; its name."""
        return self._spare.pop() if self._spare else await self.create()

    async def take_back(self, name: str) -> None:
        """Empties it for the next one; where the schema was changed, or it has grown old, it goes."""
        times = self._lent.pop(name, 0) + 1
        if times == LENT_MAX or not await self._emptied(name):
            await self.drop(name)
            return
        renamed = f"t{next(_numbers)}"  # what processes remember of databases they remember by name
        await self.administer(f"alter database {name} rename to {renamed}")
        self._lent[renamed] = times
        self._spare.append(renamed)

    async def _emptied(self, name: str) -> bool:
        """Whether it is as the template again."""
        connection = await asyncpg.connect(**connect_options(self.url_of(name)))
        try:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()",
                name,
            )  # fmt: skip
            if await connection.fetchval(SCHEMA) != await self._schema():
                return False
            tables = [
                row["name"] for row in await connection.fetch(WRITTEN) if row["name"] not in SEEDED
            ]
            # As a replica: no trigger and no foreign key looks on.
            await connection.execute(
                "set session_replication_role = replica;"
                + "".join(f"delete from {table};" for table in tables)
                + f"delete from log_head; {self._seeds}"
            )
            await connection.execute(
                "select setval(format('%I', sequencename)::regclass, 1, false) from pg_sequences"
                " where schemaname = 'public' and last_value is not null"
            )
        finally:
            await connection.close()
        return True

    async def _schema(self) -> str:
        """What tables, columns, triggers and rules the template has; and its seeds are read."""
        if self._fingerprint is None:
            connection = await asyncpg.connect(**connect_options(self.url_of(TEMPLATE)))
            try:
                self._fingerprint = await connection.fetchval(SCHEMA)
                self._seeds = await connection.fetchval(
                    "select format('insert into log_head select * from jsonb_populate_record(null::log_head, %L);',"
                    " to_jsonb(h)) from log_head h"
                )
            finally:
                await connection.close()
        return str(self._fingerprint)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of this run alone (of this worker, under pytest-xdist), gone with it."""
    with tempfile.TemporaryDirectory(prefix="arena-test-", ignore_cleanup_errors=True) as home:
        server = EmbeddedPostgres(Path(home), durable=False)
        try:
            yield server.start()
        finally:
            server.stop()


@pytest.fixture(scope="session")
async def server(postgres_url: str) -> Server:
    made = Server(postgres_url)
    await made.administer(f"create database {TEMPLATE}")
    await migrations.upgrade(made.url_of(TEMPLATE))
    return made


@pytest.fixture
async def database_url(server: Server) -> AsyncIterator[str]:
    """The URL of a fresh database with the whole schema."""
    name = await server.lend()
    try:
        yield server.url_of(name)
    finally:
        await server.take_back(name)


@pytest.fixture
async def empty_database_url(server: Server) -> AsyncIterator[str]:
    """The URL of a database without any table."""
    name = await server.create("template0")
    try:
        yield server.url_of(name)
    finally:
        await server.drop(name)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """A Database on a fresh schema; its clock stands at START until a test moves it, no fact has reactions."""
    pool = await open_pool(database_url, size_min=1)
    try:
        yield Database(pool, TapeClock(START), Routing())
    finally:
        pool.terminate()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a test: its own home, repeatable keys, nothing from the caller's environment."""
    for name in os.environ:
        if name.startswith("ARENA_") and not name.startswith("ARENA_TEST_"):
            monkeypatch.delenv(name)
    return Settings(home=tmp_path / "home", seed="test")


@pytest.fixture
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day on the wall, by which budgets are kept, stays the one on which the test began."""
    noon = wall_now().replace(hour=12)
    monkeypatch.setattr(clock, "wall_now", lambda: noon)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of large candle packs; tests that need it are skipped where it is absent."""
    folder = Path(
        os.environ.get("ARENA_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data"
    )
    if not folder.is_dir():
        pytest.skip("no large candle packs here: set ARENA_TEST_DATA to a folder that has them")
    return folder
