"""Arenas of their own for pages that need many listings, or none: served as the product is, but without a tape."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import asyncpg
from benchmarks.market_stage import populate

from arena.app import build_app
from arena.kit.db import connect_options
from arena.kit.settings import Settings
from arena.kit.tasks import background
from arena.marketplace import listings as market
from arena.people.access import Actor
from arena.trading.market.sample import sample
from arena.web.serve import listen, make_server
from arena.wire import open_arena
from arena.worker import Player, Reactor
from tests.conftest import Server
from tests.stories.house import House

SHOWN = 60
HOSTILE = "<script>alert(1)</script>\"'"


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


async def rename_last(crowd: House, title: str) -> None:
    """The last listing of the market gets another title, by the ordinary verb."""
    async with crowd.arena.db.transaction() as tx:
        page = await market.search(tx, market.Search(), after=None, limit=200)
        last = page.data[-1]
        await market.update(
            tx, last.listing.id, words=replace(last.listing.words, title=title), note="Renamed",
            tiers=last.listing.tiers, actor=Actor("collective", last.collective_id),
        )  # fmt: skip


async def sought(house: House, **wanted: Any) -> list[str]:
    """The titles a search finds, the best 200 of them."""
    async with house.arena.db.transaction(readonly=True) as tx:
        page = await market.search(tx, market.Search(**wanted), after=None, limit=200)
    return [found.listing.words.title for found in page.data]


def titles(html: str) -> list[str]:
    """The titles of the listings on a page."""
    found = re.findall(r'<article class="listing-card">.*?<h2><a [^>]*>(.*?)</a>', html, re.DOTALL)
    return [unescape(title) for title in found]
