"""Arenas of their own for pages that need many listings, or none: served as the product is, but without a tape."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from benchmarks.market_stage import populate

from arena.app import build_app
from arena.kit.db import connect_options
from arena.kit.settings import Settings
from arena.kit.tasks import background
from arena.trading.market.sample import sample
from arena.web.serve import listen, make_server
from arena.wire import open_arena
from arena.worker import Player, Reactor
from tests.conftest import Server
from tests.stories.house import House


@asynccontextmanager
async def open_crowd(server: Server, home: Path, *, listings: int) -> AsyncIterator[House]:
    """A market of as many listings as are wanted, written straight into the database."""
    name = await server.create()
    url = server.url_of(name)
    if listings:
        connection = await asyncpg.connect(**connect_options(url))
        await populate(connection, listings)
        await connection.close()
    settings = Settings(
        home=home, seed="crowd", port=0, demo=False, rate_anonymous_per_min=0, rate_caller_per_min=0
    )
    listening = listen(settings)
    settings.port = listening.getsockname()[1]
    async with open_arena(settings, url) as arena:
        serving = make_server(build_app(arena))
        async with background(serving.serve(sockets=[listening])):
            while not serving.started:
                await asyncio.sleep(0.01)
            reactor = Reactor(arena.db)
            source = sample("never played here")
            yield House(arena, source, Player(arena, source, reactor, ()), reactor, settings.origin)
            serving.should_exit = True
            await asyncio.sleep(0)
    await server.drop(name)
