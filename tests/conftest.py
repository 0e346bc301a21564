"""Fixtures for all tests: one PostgreSQL a run, one fresh database a test, no mocks."""

import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from arena.kit import migrations
from arena.kit.clock import TapeClock
from arena.kit.db import Database, connect_options, open_pool
from arena.kit.facts import Routing
from arena.kit.postgres import EmbeddedPostgres
from arena.kit.settings import Settings

START = datetime(2021, 9, 27, 14, tzinfo=UTC)
TEMPLATE = "template_arena"
_numbers = itertools.count(1)


class Server:
    """The run's own PostgreSQL, with a migrated template from which each test gets a copy."""

    def __init__(self, url: str) -> None:
        self.url = url

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
    name = await server.create()
    try:
        yield server.url_of(name)
    finally:
        await server.drop(name)


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
        if name.startswith("ARENA_") and name != "ARENA_TEST_DATA":
            monkeypatch.delenv(name)
    return Settings(home=tmp_path / "home", seed="test")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of large candle packs; tests that need it are skipped where it is absent."""
    folder = Path(
        os.environ.get("ARENA_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data"
    )
    if not folder.is_dir():
        pytest.skip("no large candle packs here: set ARENA_TEST_DATA to a folder that has them")
    return folder
