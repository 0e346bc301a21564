"""Delivery in the whole app: behind its middleware, beside the other routes, in its OpenAPI document."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from websockets.asyncio.client import connect

from arena.app import build_app
from arena.kit.settings import Settings
from arena.marketplace.delivery import delivery_health
from arena.web.serve import listen, make_server
from arena.wire import open_arena
from tests.marketplace.delivery.stage import (
    Parts,
    Publisher,
    hear,
    list_feed,
    sequences,
    subscriber,
    until,
)

App = tuple[FastAPI, Parts, int]


@pytest.fixture
async def whole(database_url: str, settings: Settings) -> AsyncIterator[App]:
    settings.port = 0
    listening = listen(settings)
    settings.port = listening.getsockname()[1]
    async with open_arena(settings, database_url) as arena:
        app = build_app(arena)
        server = make_server(app)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        await until(lambda: server.started)
        yield app, Parts(arena.db, settings, arena.bus, database_url), settings.port
        server.should_exit = True
        await running


async def test_pull_and_stream_work_behind_the_middleware(whole: App) -> None:
    _, parts, port = whole
    publisher = await Publisher(parts).open()
    await list_feed(parts, publisher)
    _, key = await subscriber(parts, publisher, "pro")
    uri = f"ws://127.0.0.1:{port}/stream?model_id={publisher.feed_id}"
    async with connect(uri, additional_headers=key, proxy=None) as socket:
        await hear(socket, "caught_up")
        assert delivery_health().sockets == 1
        await publisher.publish(3)
        assert await sequences(socket, 3) == [1, 2, 3]
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", trust_env=False, headers=key
    ) as client:
        page = await client.get(f"/signals?model_id={publisher.feed_id}")
        assert len(page.json()["data"]) == 3
        assert page.headers["x-request-id"]
        refused = await client.get("/signals")
        assert refused.json()["request_id"] == refused.headers["x-request-id"]
        assert (await client.post("/signals", json={})).status_code in (400, 403, 422)


async def test_the_openapi_document_tells_of_both_halves_of_signals(whole: App) -> None:
    app, _, _ = whole
    paths = app.openapi()["paths"]
    assert {"get", "post"} <= set(paths["/signals"])
    assert "/stream" in paths["/signals"]["get"]["description"]
    assert {"402", "403", "404", "304"} <= set(paths["/signals"]["get"]["responses"])
