"""First paint: how soon a stranger on a slow machine and line sees the market and a listing, and how much is sent.

A real headless Chromium, cold cache, with its processor slowed down four times and a line of 10 Mbit/s and 60 ms.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg

from arena import demo
from arena.app import build_app
from arena.cli.up import prepare
from arena.kit.db import connect_options
from arena.kit.settings import Settings
from arena.kit.tasks import background
from arena.trading import market
from arena.web.serve import listen, make_server
from arena.wire import Arena, open_arena
from arena.worker import Player, Reactor
from arena.worker.jobs import STANDING
from benchmarks.market_stage import populate
from benchmarks.stage import durable_database
from benchmarks.table import Goal, ratios, show, spread

SLOWER = 4
BITS_A_SECOND, LATENCY_MS = 10_000_000, 60
DAYS = 40
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
BARE = "<!doctype html><html lang=en><title>Bare</title><h1>Bare</h1><p>One paragraph, no style, no script.</p>"


@dataclass(slots=True)
class Seen:
    """Of one page: ms to its first contentful paint, and bytes sent for it, a round each."""

    paint_ms: list[float] = field(default_factory=list)
    sent_bytes: list[float] = field(default_factory=list)


async def paint(*, rounds: int) -> None:
    """Prints the table; without Chromium, says so."""
    browser = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if browser is None:
        print("no Chromium on this machine: first paint is not measured")
        return
    seen = {name: Seen() for name in ("a bare page", "market, 10,000 listings", "listing, 40 days")}
    async with _bare() as bare, _market() as shop, _listing() as listing:
        places = dict(zip(seen, (bare, shop, listing), strict=True))
        for _ in range(rounds):
            for name, address in places.items():
                await _look(browser, address, seen[name])
    plain, market_seen, listing_seen = seen.values()
    show(
        f"First paint in headless Chromium, {SLOWER} times slower, {BITS_A_SECOND // 10**6} Mbit/s, {LATENCY_MS} ms,"
        f" {rounds} rounds",
        ["page", "first contentful paint ms", "KB sent"],
        [
            [name, spread(one.paint_ms), f"{median(one.sent_bytes) / 1000:,.1f}"]
            for name, one in seen.items()
        ],
        [
            Goal("market, ms", market_seen.paint_ms, 600, at_most=True),
            Goal("market, KB", [b / 1000 for b in market_seen.sent_bytes], 60, at_most=True),
            Goal("listing, ms", listing_seen.paint_ms, 900, at_most=True),
            Goal("listing, KB", [b / 1000 for b in listing_seen.sent_bytes], 150, at_most=True),
            Goal("market against a bare page", ratios(market_seen.paint_ms, plain.paint_ms), None),
            Goal("listing against a bare page", ratios(listing_seen.paint_ms, plain.paint_ms), None),
        ],
    )  # fmt: skip


async def _look(browser: str, address: str, seen: Seen) -> None:
    """One visit by a browser that has never been here."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=browser, args=FLAGS)
        page = await opened.new_page()
        line = await page.context.new_cdp_session(page)
        await line.send("Network.enable")
        await line.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": LATENCY_MS, "downloadThroughput": BITS_A_SECOND / 8,
             "uploadThroughput": BITS_A_SECOND / 8},
        )  # fmt: skip
        await line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        sent: list[float] = []
        line.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
        await page.goto(address, wait_until="networkidle")
        first = await page.evaluate(
            "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
        )
        await opened.close()
    seen.paint_ms.append(float(first))
    seen.sent_bytes.append(sum(sent))


@contextlib.asynccontextmanager
async def _bare() -> AsyncIterator[str]:
    """The least a page can be, by the least a server can do."""
    body = BARE.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@contextlib.asynccontextmanager
async def _market() -> AsyncIterator[str]:
    async with durable_database() as url:
        connection: Any = await asyncpg.connect(**connect_options(url))
        await populate(connection)
        await connection.close()
        async with _served(url) as (_, origin):
            yield f"{origin}/market"


@contextlib.asynccontextmanager
async def _listing() -> AsyncIterator[str]:
    """The best listing after forty days of the sample tape."""
    async with durable_database() as url, _served(url, days=DAYS) as (arena, origin):
        async with arena.db.transaction(readonly=True) as tx:
            listing_id = await tx.fetchval(
                "select listing_id from listing_score order by rank desc nulls last, listing_id limit 1"
            )
        yield f"{origin}/listings/{listing_id}"


@contextlib.asynccontextmanager
async def _served(url: str, *, days: int = 0) -> AsyncIterator[tuple[Arena, str]]:
    """The whole product at an address, after so many days of the sample tape."""
    with tempfile.TemporaryDirectory(prefix="arena-bench-home-") as home:
        settings = Settings(
            home=Path(home), seed="benchmark", source="sample", data=None, port=0, rate_anonymous_per_min=0
        )  # fmt: skip
        listening = listen(settings)
        settings.port = listening.getsockname()[1]
        source = await prepare(settings, url) if days else None
        async with open_arena(settings, url) as arena:
            if source is not None:
                await _play(arena, source, days)
            server = make_server(build_app(arena))
            async with background(server.serve(sockets=[listening])):
                yield arena, settings.origin
                server.should_exit = True
                await asyncio.sleep(0)


async def _play(arena: Arena, source: market.Source, days: int) -> None:
    await demo.prepare(arena)
    reactor = Reactor(arena.db)
    arena.bus.listen("fact", reactor.wake)
    player = Player(arena, source, reactor, STANDING)
    await player.catch_up()
    for _ in range(days * 96):
        await player.step()
