"""The database a command works on: the operator's own by URL, else the embedded one, up to date."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from arena.cli.trouble import Trouble
from arena.kit.db import Database, Tx, open_pool
from arena.kit.facts import Routing
from arena.kit.postgres import EmbeddedPostgres, running_url
from arena.kit.settings import Settings
from arena.wire import stored_clock


@dataclass(frozen=True, slots=True)
class OpenDatabase:
    """`embedded` is None where the database is somebody else's to watch."""

    url: str
    embedded: EmbeddedPostgres | None


def make_home(settings: Settings) -> None:
    """Makes ARENA_HOME where it is missing. Raises Trouble where it cannot be a folder, OSError where this
    user may not make it."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, FileNotFoundError) as wrong:
        raise Trouble(
            f"{settings.home} cannot be made a folder ({wrong.strerror}): choose another with ARENA_HOME"
        ) from wrong


@contextmanager
def database(settings: Settings, console: Console) -> Iterator[OpenDatabase]:
    """Call it from the main thread: the embedded server ends with the thread that started it.

    Raises PostgresFailed and its kin with advice.
    """
    if settings.database_url:
        yield OpenDatabase(settings.database_url, None)
        return
    make_home(settings)
    server = EmbeddedPostgres(settings.home)
    with console.status("starting PostgreSQL"):
        url = server.start()
    try:
        yield OpenDatabase(url, server)
    finally:
        server.stop()


def url_in_use(settings: Settings) -> str | None:
    """The URL of the database where a running arena holds it, or the operator's own; None if neither."""
    return settings.database_url or running_url(settings.home)


def in_transaction(
    settings: Settings, act: Callable[[Tx], Awaitable[None]], *, routing: Routing | None = None
) -> None:
    """Lets `act` work in one transaction on the database of a running arena, by the product clock, which on a replay is
    not the wall's. What follows from its facts is done by the arena that runs, as `routing` says.

    Raises Trouble where there is no database to work on.
    """
    url = url_in_use(settings)
    if url is None:
        raise Trouble(
            "the embedded database is not running: start `arena up` in another terminal first"
        )

    async def run() -> None:
        pool = await open_pool(url, size_min=1, size_max=1)
        try:
            db = Database(pool, await stored_clock(pool), routing or Routing())
            async with db.transaction() as tx:
                await act(tx)
        finally:
            await pool.close()

    asyncio.run(run())
