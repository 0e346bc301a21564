"""`arena up`: starts the whole product and shows it at work until it is interrupted."""

import asyncio
import contextlib
import errno
import signal
import socket
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import structlog
import typer
import uvloop
from rich.console import Console

from arena import demo
from arena.app import build_app
from arena.cli.board import show_board
from arena.cli.database import OpenDatabase, database, make_home
from arena.cli.logs import set_up_logs
from arena.cli.trouble import Trouble
from arena.kit import migrations
from arena.kit.clock import TapeClock, from_ms
from arena.kit.db import Database, application_login, open_pool
from arena.kit.errors import ArenaError
from arena.kit.facts import Routing
from arena.kit.settings import Settings
from arena.kit.tasks import background
from arena.trading import market, venues
from arena.web.serve import listen, serve
from arena.wire import open_arena
from arena.worker import work

console = Console()
log = structlog.get_logger()
_OPENING = 7_291_530_018


class Part(StrEnum):
    """What a process of the arena may be: everything, or one of its parts on a machine of its own."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


def up(
    source: Annotated[
        str | None, typer.Option(help="auto, live, folder, sample or recorded")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of Parquet candles, or of recorded messages")
    ] = None,
    speed: Annotated[str | None, typer.Option(help="1x, 900x …, max, pause or auto")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on")] = None,
    part: Annotated[Part, typer.Option(help="What this process shall be")] = Part.ALL,
    with_demo: Annotated[
        bool, typer.Option("--demo/--no-demo", help="Demo accounts, feeds, listings")
    ] = True,
) -> None:
    """Start the arena: database, prices, feeds, market, API. Stop it with Ctrl-C; it goes on where it stopped."""
    asked: dict[str, Any] = {
        "source": source,
        "data": data,
        "speed": speed,
        "host": host,
        "port": port,
    }
    settings = Settings(**{name: value for name, value in asked.items() if value is not None})
    if not with_demo:
        settings.demo = False
    make_home(settings)
    set_up_logs(settings, to_file=console.is_terminal)
    # A shell starts what it puts in the background with interrupts ignored; ours must be heard all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _as_interrupt)
    with (
        contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError),
        database(settings, console) as opened,
    ):
        uvloop.run(_up(settings, opened, part))
    console.print("stopped; everything is kept, the next `arena up` goes on from here")


def demo_accounts() -> None:
    """Print the demo accounts of this installation and their passwords."""
    for account in demo.accounts(Settings()):
        console.print(f"{account.role:<11} {account.email:<28} {account.password}")


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


async def _up(settings: Settings, opened: OpenDatabase, part: Part) -> None:
    if part is Part.WORKER and "port" not in settings.model_fields_set:
        settings.port = (
            0  # it answers for the exchange only; any port will do where none is asked for
        )
    listening = open_port(settings)
    for revision in await migrations.upgrade_apart(opened.url):
        console.print(f"database brought to revision {revision}")
    source = await (_await_tape(opened.url) if part is Part.WEB else prepare(settings, opened.url))
    async with contextlib.AsyncExitStack() as stack:
        if opened.embedded:
            await stack.enter_async_context(background(opened.embedded.watch()))
            login = await application_login(opened.url)
        else:
            login = settings.database_application_url or opened.url
        arena = await stack.enter_async_context(open_arena(settings, login))
        player = None
        if source is not None:
            await demo.prepare(arena)
            player = await stack.enter_async_context(work(arena, source))
        await stack.enter_async_context(background(show_board(arena, source, player, console)))
        await serve(build_app(arena), settings, listening)


def open_port(settings: Settings) -> socket.socket:
    """Listens before anything else is begun. Raises Trouble where the address is taken or none of ours."""
    try:
        listening = listen(settings)
    except OSError as refused:
        where = f"port {settings.port} of {settings.host}"
        if refused.errno == errno.EADDRINUSE:
            words = f"{where} is taken: stop what listens there, or choose another with --port or ARENA_PORT"
        elif refused.errno == errno.EACCES:
            words = f"{where} is not for this user: choose one above 1023 with --port or ARENA_PORT"
        else:
            words = f"cannot listen at {where} ({refused.strerror}): choose another with --host or ARENA_HOST"
        raise Trouble(words) from refused
    settings.port = listening.getsockname()[1]  # 0 asks for any that is free
    return listening


async def prepare(settings: Settings, url: str) -> market.Source:
    """Chooses the source and opens (or finds) its tape. Raises NoPrices, PackChanged,
    RulesChanged with advice."""
    pool = await open_pool(url, size_min=1, size_max=1)
    try:
        db = Database(pool, TapeClock(from_ms(0)), Routing())
        stored = await _stored_tape(db)
        source = await asyncio.to_thread(market.choose_source, settings, stored)
        async with db.transaction() as tx:
            await tx.execute("select pg_advisory_xact_lock($1)", _OPENING)  # two may start at once
            await market.open_tape(tx, source, settings.speed)
            await venues.keep_rules(tx, venues.Rules.from_settings(settings))
            if stored and stored.speed != settings.speed and settings.speed != "auto":
                await market.set_speed(tx, settings.speed)
        log.info("prices", source=source.name, reason=source.reason)
        return source
    finally:
        await pool.close()


async def _await_tape(url: str) -> None:
    """A web process plays nothing; it needs the tape that a worker has opened, and waits for it."""
    pool = await open_pool(url, size_min=1, size_max=1)
    try:
        db = Database(pool, TapeClock(from_ms(0)), Routing())
        while await _stored_tape(db) is None:
            console.print("waiting for a worker to open the tape: arena up --part worker")
            await asyncio.sleep(2)
    finally:
        await pool.close()


async def _stored_tape(db: Database) -> market.Tape | None:
    try:
        async with db.transaction(readonly=True) as tx:
            return await market.tape(tx)
    except ArenaError:
        return None
