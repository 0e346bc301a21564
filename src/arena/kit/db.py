"""The database. One request or one job is one transaction, and only this file commits."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import asyncpg
import msgspec
import structlog

from arena.kit.clock import Clock
from arena.kit.errors import Unavailable
from arena.kit.facts import Fact, Routing

Row = asyncpg.Record
log = structlog.get_logger()
# The server is away, starting or stopping; or it undid the transaction in favour of another one.
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,  # its own state went astray as the line broke
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
)
_UNDONE = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)


class DatabaseBusy(Unavailable):
    """The database does not answer right now. Try again in a second, with the same Idempotency-Key."""


# What a loop that lives longer than the server must survive: wait a little, then begin again.
DATABASE_AWAY = (DatabaseBusy, OSError, asyncpg.InterfaceError, *_AWAY)


class Tx:
    """An open transaction, the product's time in it, and the facts and news that leave with its commit."""

    __slots__ = ("_connection", "_news", "_routing", "now")

    def __init__(self, connection: Any, now: datetime, routing: Routing) -> None:
        self._connection = connection
        self._routing = routing
        self._news: list[str] = []
        self.now = now

    async def fetch(self, sql: str, *values: object) -> list[Row]:
        return list(await self._connection.fetch(sql, *values))

    async def fetchrow(self, sql: str, *values: object) -> Row | None:
        row: Row | None = await self._connection.fetchrow(sql, *values)
        return row

    async def one(self, sql: str, *values: object) -> Row:
        """The row that must be there."""
        row = await self.fetchrow(sql, *values)
        assert row is not None, f"no row for: {sql}"
        return row

    async def fetchval(self, sql: str, *values: object) -> Any:
        return await self._connection.fetchval(sql, *values)

    async def execute(self, sql: str, *values: object) -> int:
        """Runs the statement; returns how many rows it touched."""
        status: str = await self._connection.execute(sql, *values)
        count = status.rsplit(" ", 1)[-1]
        return int(count) if count.isdigit() else 0

    async def executemany(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        await self._connection.executemany(sql, rows)

    async def copy(self, table: str, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
        await self._connection.copy_records_to_table(table, columns=columns, records=rows)

    async def copy_lines(self, table: str, columns: list[str], lines: Iterable[str]) -> None:
        """The same from lines of COPY's text format, which cost half as much; spell what is not ours by `copy_text`."""
        await self._connection.copy_to_table(table, columns=columns, source=_portions(lines))

    async def record(self, fact: Fact) -> int:
        """Writes the fact with its reactions; they run after the commit, or never."""
        fact_id: int = await self._connection.fetchval(
            """with f as (insert into fact (kind, key, body, at) values ($1, $2, $3, $4) returning id),
                    r as (insert into reaction (fact_id, handler, position, key)
                          select f.id, h.name, h.position, $2 from f,
                          unnest($5::text[]) with ordinality as h(name, position))
               select id from f""",
            type(fact).__name__, fact.key, msgspec.to_builtins(fact), self.now,
            self._routing.names_for(type(fact)),
        )  # fmt: skip
        self.tell("fact")
        return fact_id

    def tell(self, news: str) -> None:
        """News for every process, sent after the commit: `topic` or `topic:words`, under 500 bytes."""
        if news not in self._news:
            self._news.append(news)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What fails inside is undone; the transaction goes on."""
        async with self._connection.transaction():
            yield


class Database:
    """The pool, the product clock, and who reacts to which fact."""

    def __init__(
        self,
        pool: Any,
        clock: Clock,
        routing: Routing,
        publish: Callable[[list[str]], None] = lambda _news: None,
    ) -> None:
        self.pool = pool
        self.clock = clock
        self.routing = routing
        self.publish = publish
        self.acquire_timeout_s = 5.0

    @asynccontextmanager
    async def transaction(self, *, readonly: bool = False) -> AsyncIterator[Tx]:
        """Commits where the block ends well, rolls back where it raises; then sends the news.

        Raises DatabaseBusy where no connection can be had in `acquire_timeout_s`, where the connection breaks, or
        where the transaction lost against another one.
        """
        async with self._connected() as connection:
            # Who only reads sees one moment, however many questions he asks of it.
            isolation = "repeatable_read" if readonly else None
            async with connection.transaction(readonly=readonly, isolation=isolation):
                tx = Tx(connection, self.clock.now(), self.routing)
                yield tx
        if tx._news:
            self.publish(tx._news)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        """A connection of the pool; what breaks it, or undoes what was done on it, becomes DatabaseBusy."""
        connection = await self._take()
        try:
            with _told_as_busy(connection):
                yield connection
        finally:
            await self._give_back(connection)

    async def _take(self) -> Any:
        try:
            async with asyncio.timeout(self.acquire_timeout_s):
                return await self.pool.acquire()
        except (TimeoutError, OSError, asyncpg.InterfaceError, *_AWAY) as broken:
            raise DatabaseBusy from broken

    async def _give_back(self, connection: Any) -> None:
        """What breaks here is the connection, which the pool throws away; the transaction has ended before."""
        try:
            await self.pool.release(connection)
        except (OSError, asyncpg.InterfaceError, *_AWAY) as broken:
            log.warning("a database connection broke as it was given back", error=str(broken))


class Line:
    """Statements that are a transaction each, on one connection: one trip to the server instead of three, and no wait
    for a connection between them. Not for two at once."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._connection: Any = None

    async def statement(self, sql: str, *values: object) -> Any:
        """Committed when this returns; its first value. Raises DatabaseBusy as `Database.transaction` does."""
        if self._connection is not None and _is_gone(self._connection):
            await self.drop()
        if self._connection is None:
            self._connection = await self._db._take()
        try:
            with _told_as_busy(self._connection):
                return await self._connection.fetchval(sql, *values)
        except (
            BaseException
        ):  # whatever it was, the next statement begins on a connection that is whole
            await self.drop()
            raise

    async def drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._db._give_back(connection)


@contextmanager
def _told_as_busy(connection: Any) -> Iterator[None]:
    try:
        yield
    except (*_AWAY, *_UNDONE) as broken:
        raise DatabaseBusy from broken
    except (OSError, asyncpg.InterfaceError) as broken:
        if not _is_gone(connection):  # then it is a fault of ours, not of the line
            raise
        raise DatabaseBusy from broken


class _Connection(asyncpg.Connection):
    """Transactions leave nothing behind on it (no session settings, locks or cursors), so that giving it
    back needs no round trip."""

    def get_reset_query(self) -> str:
        return ""


def _is_gone(connection: Any) -> bool:
    """A connection that breaks is taken back by the pool, which then refuses even this question."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


# The pool retries by itself, with a traceback each time; whoever needs a connection says so anyway.
logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)


APPLICATION = "arena_app"
"""The role that owns nothing, made by the schema."""


async def open_pool(
    url: str, *, size_min: int = 2, size_max: int = 10, as_application: bool = False
) -> Any:
    """A pool of asyncpg connections with jsonb as Python values and numeric as Decimal.

    `url` is postgresql://…; a unix socket folder goes into its `host` query parameter. `as_application` works as a role
    that cannot change what is only ever added to, where the server let the schema make one.
    """
    prepare = _prepare_application if as_application else _prepare
    return await asyncpg.create_pool(
        **connect_options(url), min_size=size_min, max_size=size_max, init=prepare,
        connection_class=_Connection, command_timeout=60, max_inactive_connection_lifetime=60,
    )  # fmt: skip


async def application_login(url: str) -> str:
    """The URL by which the application logs in as its own role, which no `reset role` leads out of. For a server whose
    socket only we can reach: the role has no password. The schema must be there."""
    connection = await asyncpg.connect(**connect_options(url), timeout=30)
    try:
        await connection.execute(f"alter role {APPLICATION} login")
    finally:
        await connection.close()
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{APPLICATION}@{parts.netloc.rpartition('@')[2]}"))


def connect_options(url: str) -> dict[str, Any]:
    """What asyncpg wants to be told, from a postgresql:// URL (escaped spaces and quotes in paths survive).

    Raises ValueError where it is no such URL.
    """
    parts = urlsplit(url)
    if parts.scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise ValueError("a database URL looks like postgresql://user:password@host:5432/database")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    options: dict[str, Any] = {
        "host": query.get("host", parts.hostname), "port": int(query.get("port", parts.port or 5432)),
        "user": _decoded(parts.username), "password": _decoded(parts.password),
        "database": _decoded(parts.path.removeprefix("/")),
    }  # fmt: skip
    if sslmode := query.get("sslmode"):
        options["ssl"] = sslmode
    return options


def _decoded(text: str | None) -> str | None:
    return unquote(text) if text else None


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb", encoder=_to_json, decoder=json.loads, schema="pg_catalog"
    )


async def _prepare_application(connection: Any) -> None:
    await _prepare(connection)
    there = await connection.fetchval(
        "select case when exists (select from pg_roles where rolname = $1) then pg_has_role($1, 'member') end",
        APPLICATION,
    )
    if there:
        await connection.execute(f"set role {APPLICATION}")


_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_PORTION = 500


def copy_text(value: str) -> str:
    """Any text as a value of a line for `copy_lines`: it ends neither the value nor the line."""
    return value.translate(_ESCAPED)


async def _portions(lines: Iterable[str]) -> AsyncIterator[bytes]:
    """While one is under way, the lines of the next are made."""
    lines = iter(lines)
    while portion := "\n".join(islice(lines, _PORTION)):
        yield (portion + "\n").encode()


def _to_json(value: object) -> str:
    return json.dumps(value, default=_plain, separators=(",", ":"))


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} does not go into jsonb")
