"""Where a process can die, and how: every statement, both sides of every commit, both sides of every call outside.

dropped      the tasks are dropped there: nothing after that point runs, open transactions are rolled back
line cut     PostgreSQL ends the connection's backend there, as a failing network or server would; the code goes on
answer lost  the commit is done, but the caller hears only that the database went away
killed       the process itself, one of its own, gets SIGKILL there (see `zygote`)
"""

import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import asyncpg

from arena.kit.clock import Clock
from arena.kit.db import Database, DatabaseBusy, Tx, connect_options
from arena.kit.facts import Routing
from arena.money.billing.stripe import StripeConnect, StripeGateway

if TYPE_CHECKING:
    import stripe

Mode = Literal["none", "dropped", "line cut", "answer lost", "killed"]
Place = Literal["statement", "before commit", "after commit", "asked", "answered"]
PLACES: tuple[Place, ...] = ("statement", "before commit", "after commit", "asked", "answered")
_ASKED = ("fetch", "fetchrow", "fetchval", "execute", "executemany", "copy_records_to_table")


class Died(BaseException):
    """What a crash is to the code it hits; no `except Exception` stops it."""


@dataclass
class Fate:
    """When the process dies next: as it comes to `place` for the `number`-th time. `met` counts where it has been."""

    mode: Mode = "none"
    place: Place = "statement"
    number: int = 0
    met: Counter[Place] = field(default_factory=Counter)
    fired: bool = False

    async def at(self, place: Place, connection: Any = None, url: str = "") -> None:
        self.met[place] += 1
        if self.mode == "none" or self.fired or place != self.place:
            return
        if self.met[place] < self.number:
            return
        self.fired = True
        if self.mode == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.mode == "line cut" and connection is not None:
            await _cut(connection, url)
        elif self.mode == "answer lost" and place == "after commit":
            raise DatabaseBusy
        else:
            raise Died


class MortalDatabase(Database):
    """A database whose caller may die at any point of a transaction."""

    def __init__(self, pool: Any, clock: Clock, routing: Routing, url: str) -> None:
        super().__init__(pool, clock, routing)
        self.fate = Fate()
        self.url = url

    @asynccontextmanager
    async def transaction(self, *, readonly: bool = False) -> AsyncIterator[Tx]:
        async with super().transaction(readonly=readonly) as tx:
            yield tx
            await self.fate.at("before commit", tx._connection, self.url)
        await self.fate.at("after commit")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        async with super()._connected() as connection:
            yield _Mortal(connection, self)


class MortalStripe(StripeGateway):
    """The gateway, whose caller may die before Stripe is asked and after it has answered."""

    def __init__(self, key: str, *, url: str, origin: str, db: MortalDatabase) -> None:
        super().__init__(key, url=url, origin=origin)
        self._db = db

    def line(self) -> AbstractAsyncContextManager["stripe.StripeClient"]:
        return _mortal(super().line(), self._db)


@contextmanager
def connect_is_mortal(db: MortalDatabase) -> Iterator[None]:
    """The same for calls about creators' accounts: jobs make lines of their own, so the class is mortal."""
    line = StripeConnect.line
    StripeConnect.line = lambda self: _mortal(line(self), db)  # type: ignore[method-assign]  # until it is closed
    try:
        yield
    finally:
        StripeConnect.line = line  # type: ignore[method-assign]  # as it was


@asynccontextmanager
async def _mortal(
    line: AbstractAsyncContextManager["stripe.StripeClient"], db: MortalDatabase
) -> AsyncIterator["stripe.StripeClient"]:
    async with line as client:
        await db.fate.at("asked")
        try:
            yield client
        finally:
            await db.fate.at("answered")


class _Mortal:
    """A connection; whoever asks it something may have died just before."""

    def __init__(self, connection: Any, db: MortalDatabase) -> None:
        self._connection = connection
        self._db = db

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if name not in _ASKED:
            return found

        async def asked(*values: Any, **named: Any) -> Any:
            await self._db.fate.at("statement", self._connection, self._db.url)
            return await found(*values, **named)

        return asked


async def _cut(connection: Any, url: str) -> None:
    """Ends the backend and waits until it is gone, so that its locks are."""
    pid = connection.get_server_pid()
    admin = await asyncpg.connect(**connect_options(url))
    try:
        await admin.execute("select pg_terminate_backend($1, 5000)", pid)
    finally:
        await admin.close()
