"""An arena of two processes: whichever is called, the exchange answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
import websockets

from arena.app import build_app
from arena.kit.settings import Settings
from arena.kit.tasks import background
from arena.web.serve import listen, make_server
from arena.wire import Arena, open_arena
from tests.trading.floor.stage import Hand, lay_tape


class Process(NamedTuple):
    arena: Arena
    url: str


@asynccontextmanager
async def process(url: str, home: Path, *, port: int = 0) -> AsyncIterator[Process]:
    settings = Settings(home=home, seed="test", port=port)
    listening = listen(settings)
    settings.port = listening.getsockname()[1]
    async with open_arena(settings, url) as arena:
        server = make_server(build_app(arena))
        async with background(server.serve(sockets=[listening])):
            while not server.started:
                await asyncio.sleep(0.01)
            yield Process(arena, settings.origin)
            server.should_exit = True
            await asyncio.sleep(0.05)


@pytest.fixture
async def two(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Process, Process]]:
    async with (
        process(database_url, tmp_path / "one") as one,
        process(database_url, tmp_path / "two") as two,
    ):
        await lay_tape(one.arena.db)
        async with one.arena.floor.at_work():
            Hand(one.arena.floor).quiet()
            yield one, two


async def test_a_call_to_the_other_process_is_answered_by_the_exchange(
    two: tuple[Process, Process],
) -> None:
    seat, other = two
    async with httpx.AsyncClient(trust_env=False) as client:
        for path in ("/api/v3/depth?symbol=BTCUSDT&limit=5", "/api/v3/ticker/price?symbol=BTCUSDT"):
            here, there = [await client.get(process.url + path) for process in (seat, other)]
            assert there.status_code == 200
            assert there.json() == here.json()
        unknown = await client.get(other.url + "/api/v3/depth?symbol=NONE")
        assert (unknown.status_code, unknown.json()["code"]) == (400, -1121)


async def test_a_stream_of_the_other_process_carries_the_exchange_s_news(
    two: tuple[Process, Process],
) -> None:
    seat, other = two
    async with websockets.connect(
        other.url.replace("http", "ws") + "/ws/btcusdt@trade", proxy=None
    ) as stream:
        hand = Hand(seat.arena.floor, ms=1_000, ids={"BTCUSDT": 101}, trades=1)
        for _ in range(50):
            hand.trade("BTCUSDT", 50_001, "0.5")
            try:
                async with asyncio.timeout(0.2):
                    heard = json.loads(await stream.recv())
                break
            except TimeoutError:
                continue
        assert (heard["e"], heard["p"]) == ("trade", "50001.00000000")


async def test_while_nobody_is_the_exchange_the_caller_is_told_to_try_again(
    database_url: str, tmp_path: Path
) -> None:
    async with (
        process(database_url, tmp_path / "one") as one,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        await lay_tape(one.arena.db)
        answer = await client.get(one.url + "/api/v3/ping")
        assert answer.status_code in (200, 503)
        answer = await client.get(one.url + "/api/v3/depth?symbol=BTCUSDT")
        assert answer.status_code in (400, 503)
