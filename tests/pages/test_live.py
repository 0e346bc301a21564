"""Streams under load and at the end: they leave nothing behind, hold no connection, and stop with the server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from arena.app import build_app
from arena.kit.tasks import background
from arena.people import access
from arena.web.live import Ear, events
from arena.web.serve import listen, make_server
from tests.pages.own_feed import OwnFeed, own_feed
from tests.pages.reader import Reader
from tests.stories.house import House


@pytest.fixture
async def feed(house: House) -> OwnFeed:
    return await own_feed(house)


def stream_of(feed: OwnFeed, after: int = 0) -> str:
    return f"/live/feeds/{feed.feed_id}?after={after}"


@dataclass(slots=True)
class Second:
    """A second app over the arena of the house, with an ear of its own, that a test may stop."""

    app: FastAPI
    server: uvicorn.Server
    client: httpx.AsyncClient
    stopped: asyncio.Event

    @property
    def ear(self) -> Ear:
        ear: Ear = self.app.state.ear
        return ear


@asynccontextmanager
async def second_app(house: House, reader: Reader) -> AsyncIterator[Second]:
    """Called with the reader's session."""
    app = build_app(house.arena)
    settings = house.arena.settings.model_copy(update={"port": 0})
    listening = listen(settings)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)  # a slow reader shows soon
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server, stopped = make_server(app), asyncio.Event()

    async def serve() -> None:
        await server.serve(sockets=[listening])
        stopped.set()

    cookie = f"{access.COOKIE}={reader.client.cookies[access.COOKIE]}"
    async with background(serve()):
        while not server.started:
            await asyncio.sleep(0.01)
        async with httpx.AsyncClient(
            base_url=url, headers={"Cookie": cookie}, trust_env=False, timeout=10
        ) as client:
            yield Second(app, server, client, stopped)
        server.should_exit = True
        await stopped.wait()


async def test_a_hundred_streams_opened_and_dropped_leave_nothing_behind(
    house: House, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    await feed.subscribe(reader)
    async with second_app(house, reader) as second:
        for _ in range(10):
            await asyncio.gather(*(_glance(second, feed) for _ in range(10)))
            await _until(lambda: second.ear.empty)
        assert not second.app.state.shared._running


async def test_a_reader_who_takes_nothing_is_waited_for_without_a_connection_to_the_database(
    house: House, reader: Reader, feed: OwnFeed
) -> None:
    await reader.sign_in()
    await feed.subscribe(reader)
    await feed.publish(*["0.5"] * 200, rationale="long " * 390)
    async with second_app(house, reader) as second:
        readers = [
            _takes_nothing(second, feed) for _ in range(12)
        ]  # more than there are connections
        await asyncio.sleep(1)
        async with asyncio.timeout(10):
            while await _transactions_open(house):
                await asyncio.sleep(0.1)
        assert not second.ear.empty
        for small in readers:
            small.close()
        await _until(lambda: second.ear.empty)


async def test_a_reader_who_takes_nothing_for_long_loses_the_stream(
    house: House, reader: Reader, feed: OwnFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "STALLED_S", 3)
    await reader.sign_in()
    await feed.subscribe(reader)
    await feed.publish(*["0.5"] * 150, rationale="ラ" * 1_900)
    async with second_app(house, reader) as second:
        held = _takes_nothing(second, feed)
        await _until(lambda: hasattr(second.app.state, "ear") and not second.ear.empty)
        await _until(lambda: second.ear.empty)
        held.close()


async def test_a_server_with_open_streams_stops_quickly_and_quietly(
    house: House, reader: Reader, feed: OwnFeed, caplog: pytest.LogCaptureFixture
) -> None:
    await reader.sign_in()
    await feed.subscribe(reader)
    async with second_app(house, reader) as second, AsyncExitStack() as opened:
        responses = []
        for _ in range(10):
            stream = second.client.stream("GET", stream_of(feed))
            response = await opened.enter_async_context(stream)
            assert response.status_code == 200
            responses.append(response)
        # Were streams not ended, the server would wait for them as long as this.
        second.server.config.timeout_graceful_shutdown = 60
        second.server.should_exit = True
        async with asyncio.timeout(20):
            await second.stopped.wait()
        for response in responses:
            assert b"event: beat" in await response.aread(), "ended, not broken off"
        await _until(lambda: second.ear.empty)
    said = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said == [], "and nobody has to read of it"


def _takes_nothing(second: Second, feed: OwnFeed) -> socket.socket:
    """Asks for all there is and never reads the answer."""
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.connect(("127.0.0.1", second.client.base_url.port))
    cookie = second.client.headers["cookie"]
    small.send(f"GET {stream_of(feed)} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())
    return small


async def _transactions_open(house: House) -> int:
    async with house.arena.db.transaction(readonly=True) as tx:
        count: int = await tx.fetchval(
            """select count(*) from pg_stat_activity
               where state = 'idle in transaction' and datname = current_database()"""
        )
    return count


async def _glance(second: Second, feed: OwnFeed) -> None:
    async with second.client.stream("GET", stream_of(feed)) as response:
        assert response.status_code == 200
        async for line in response.aiter_lines():
            assert line
            break


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.02)
