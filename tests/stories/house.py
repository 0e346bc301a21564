"""A whole arena for a story: real server on a loopback port, the tape under the story's own hand."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx

from arena import demo
from arena.app import build_app
from arena.cli.up import prepare
from arena.kit import ids
from arena.kit.settings import Settings
from arena.kit.tasks import background
from arena.trading import market
from arena.web.serve import listen, make_server
from arena.wire import Arena, open_arena
from arena.worker import Player, Reactor
from arena.worker.jobs import STANDING


@dataclass(slots=True)
class House:
    """An arena at work. `play_until` moves the tape; the server answers meanwhile at `url`."""

    arena: Arena
    source: market.Source
    player: Player
    reactor: Reactor
    url: str

    async def play_until(self, at: datetime) -> None:
        while self.arena.db.clock.now() < at:
            assert await self.player.step(), "the tape ended before the story did"

    async def settle(self) -> None:
        async with self.reactor.quiet:
            await self.reactor.settle()

    def caller(self, **headers: str) -> httpx.AsyncClient:
        """A client of its own connection, which gives each mutating call a fresh Idempotency-Key."""

        async def keyed(request: httpx.Request) -> None:
            if request.method not in ("GET", "HEAD"):
                request.headers.setdefault("Idempotency-Key", ids.fresh("idem"))

        return httpx.AsyncClient(
            base_url=self.url,
            headers=headers,
            timeout=30,
            trust_env=False,
            event_hooks={"request": [keyed]},
        )


@asynccontextmanager
async def open_house(url: str, settings: Settings) -> AsyncIterator[House]:
    """The product as `arena up` wires it, on the sample pack, but for the board and the tape's pace."""
    listening = _free_port(settings)
    source = await prepare(settings, url)
    async with open_arena(settings, url) as arena:
        await demo.prepare(arena)
        reactor = Reactor(arena.db)
        arena.bus.listen("fact", reactor.wake)
        player = Player(arena, source, reactor, STANDING)
        server = make_server(build_app(arena))
        async with background(server.serve(sockets=[listening])):
            while not server.started:
                await asyncio.sleep(0.01)
            await player.catch_up()
            async with arena.floor.at_work(), background(reactor.run()):
                yield House(arena, source, player, reactor, settings.origin)
            server.should_exit = True
            await asyncio.sleep(0)


def _free_port(settings: Settings) -> socket.socket:
    settings.port = 0
    listening = listen(settings)
    settings.port = listening.getsockname()[1]
    return listening
