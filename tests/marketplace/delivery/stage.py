"""A stage for delivery tests: a feed that publishes, people of every tier, an app on a real socket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from arena.kit import ids
from arena.kit.bus import Bus
from arena.kit.clock import TapeClock
from arena.kit.db import Database, open_pool
from arena.kit.facts import Routing
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.kit.signing import SigningKey
from arena.marketplace.delivery import Delivery
from arena.marketplace.listings import DEFAULT_PRICES, Tier, Words, draft
from arena.people.access import SYSTEM, Actor
from arena.people.identity import Registration, key_id_of, register_collective
from arena.signals.feeds import (
    Lineage,
    NewFeed,
    Signal,
    Terms,
    feed,
    open_feed,
    publish,
    sign,
    signal_id,
)
from arena.web.serve import listen, make_server
from tests.conftest import START
from tests.http import make_app, person

SYMBOL = "BTC-USD"
LINEAGE = Lineage("1" * 64, "2" * 64, "3" * 64, "4" * 64)


@dataclass(slots=True)
class Parts:
    """What delivery stands on, over one connection pool and one bus."""

    db: Database
    settings: Settings
    bus: Bus
    url: str

    @property
    def clock(self) -> TapeClock:
        assert isinstance(self.db.clock, TapeClock)
        return self.db.clock


@contextlib.asynccontextmanager
async def open_parts(url: str, settings: Settings) -> AsyncIterator[Parts]:
    pool = await open_pool(url, size_min=1)
    bus = Bus(url)
    running = asyncio.create_task(bus.run())
    try:
        yield Parts(Database(pool, TapeClock(START), Routing(), bus.publish), settings, bus, url)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        pool.terminate()


class Publisher:
    """A collective with one feed and its key. Each collective of a stage has a name of its own."""

    def __init__(self, parts: Parts, name: str = "Northwind") -> None:
        self.parts = parts
        self.name = name
        self.secret = name.encode().ljust(32, b".")
        self.key = SigningKey(self.secret)
        self.feed_id = ""
        self.collective_id = ""

    async def open(self, owner_id: str | None = None) -> "Publisher":
        async with self.parts.db.transaction() as tx:
            await tx.execute(
                """insert into instrument (symbol, base, quote, tick, step, notional_min, source)
                   values ($1, 'BTC', 'USD', 0.01, 0.00001, 10, 'test') on conflict do nothing""",
                SYMBOL,
            )
            made = await register_collective(
                tx, Registration(self.name, "about", self.key.public, owner_id)
            )
            self.collective_id = made.id
            opened = await open_feed(
                tx, NewFeed(made.id, "crossing", SYMBOL, LINEAGE), settings=self.parts.settings,
                actor=SYSTEM,
            )  # fmt: skip
            self.feed_id = opened.id
        return self

    async def publish(self, count: int = 1) -> list[Signal]:
        """Publishes that many signals at the product clock, each in its own transaction."""
        made = []
        for _ in range(count):
            async with self.parts.db.transaction() as tx:
                now = await feed(tx, self.feed_id)
                made.append(
                    await publish(
                        tx, sign(self._terms(now.last_sequence + 1, now.last_hash, tx.now), self.key),
                        actor=SYSTEM, settings=self.parts.settings,
                    )
                )  # fmt: skip
        return made

    def _terms(self, sequence: int, previous: str, at: Any) -> Terms:
        return Terms(
            id=signal_id(self.feed_id, sequence),
            feed_id=self.feed_id,
            sequence=sequence,
            issued_at=at,
            valid_until=at + timedelta(hours=1),
            instrument=SYMBOL,
            action="hold",
            target_weight=Decimal("0.5"),
            limit_price=None,
            stop_price=None,
            take_profit_price=None,
            confidence=Decimal("0.62"),
            rationale=f"because of {sequence}",
            lineage=LINEAGE,
            previous_hash=previous,
            key_id=key_id_of(self.key.public),
        )


async def list_feed(parts: Parts, publisher: Publisher) -> str:
    """A listing of the feed with its three tiers, put on offer without a review; its id."""
    words = Words("Crossing", "about", "paper trading", "two averages", "all may be lost")
    tiers = [Tier(name, Money(cents, "USD")) for name, cents in DEFAULT_PRICES.items()]
    actor = Actor("collective", publisher.collective_id)
    async with parts.db.transaction() as tx:
        made = await draft(tx, feed_id=publisher.feed_id, words=words, tiers=tiers, actor=actor)
        await tx.execute(
            "update listing set status = 'listed', listed_at = $2 where id = $1", made.id, tx.now
        )
    return made.id


async def subscriber(
    parts: Parts, publisher: Publisher, tier: str, *, days: float = 30
) -> tuple[str, dict[str, str]]:
    """A person with a running subscription; id, and headers with an API key."""
    person_id, headers = await person(parts.db)
    await entitle(parts, publisher, person_id, tier, days=days)
    return person_id, headers


async def entitle(
    parts: Parts, publisher: Publisher, person_id: str, tier: str, *, days: float = 30
) -> None:
    """Writes the subscription's row as `subscriptions` would, and tells the news it would tell."""
    async with parts.db.transaction() as tx:
        listing_id = await tx.fetchval(
            "select id from listing where feed_id = $1", publisher.feed_id
        )
        method = ids.fresh("pm")
        await tx.execute(
            "insert into payment_method (id, person_id, gateway, token, label, at)"
            " values ($1, $2, 'fake', 'tok', 'card', $3)",
            method, person_id, tx.now,
        )  # fmt: skip
        until = tx.now + timedelta(days=days)
        await tx.execute(
            """insert into subscription (id, listing_id, feed_id, person_id, tier, amount, currency, platform_bps,
                 payment_method_id, status, anchor_day, period_start, period_end, access_until, created_at,
                 updated_at, agreed_at)
               values ($1, $2, $3, $4, $5, 9900, 'USD', 1500, $6, 'active', 1, $7, $8, $8, $7, $7, $7)""",
            ids.fresh("sub"), listing_id, publisher.feed_id, person_id, tier, method, tx.now, until,
        )  # fmt: skip
        tx.tell(f"entitlement:{person_id}:{publisher.feed_id}")


async def end_subscription(parts: Parts, publisher: Publisher, person_id: str) -> None:
    async with parts.db.transaction() as tx:
        await tx.execute(
            "update subscription set status = 'ended', ended_at = $3 where person_id = $1 and feed_id = $2",
            person_id, publisher.feed_id, tx.now,
        )  # fmt: skip
        tx.tell(f"entitlement:{person_id}:{publisher.feed_id}")


@dataclass(slots=True)
class Served:
    """An app on a loopback port."""

    parts: Parts
    delivery: Delivery
    port: int
    server: Any

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.origin, trust_env=False) as client:
            return await client.get(path, headers=headers)

    def stream(
        self, query: str, headers: dict[str, str] | None = None, **how: Any
    ) -> "contextlib.AbstractAsyncContextManager[ClientConnection]":
        uri = f"ws://127.0.0.1:{self.port}/stream?{query}"
        return connect(uri, additional_headers=headers, proxy=None, compression=None, **how)


@contextlib.asynccontextmanager
async def serve_parts(parts: Parts) -> AsyncIterator[Served]:
    """The delivery routes of a real app, by the real server, until the block ends."""
    delivery = Delivery(parts)
    app = make_app(parts.db, parts.settings)
    app.router.routes.extend(delivery.routes())
    parts.settings.port = 0
    listening = listen(parts.settings)
    parts.settings.port = listening.getsockname()[1]
    server = make_server(app)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await until(lambda: server.started, within_s=60)  # the first one imports and compiles
        yield Served(parts, delivery, parts.settings.port, server)
    finally:
        server.should_exit = True
        await running


async def until(
    holds: Callable[[], bool] | Callable[[], Awaitable[bool]], *, within_s: float = 5
) -> None:
    """Looks again and again until it holds; raises TimeoutError where it does not in time."""
    async with asyncio.timeout(within_s):
        while True:
            answer = holds()
            if await answer if isinstance(answer, Awaitable) else answer:
                return
            await asyncio.sleep(0.01)


async def closed(socket: ClientConnection, *, within_s: float = 5) -> tuple[int, str]:
    """Code and reason of the close that comes, whatever is said before it."""
    async with asyncio.timeout(within_s):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.recv()
    return socket.close_code or 0, socket.close_reason or ""


async def hear(socket: ClientConnection, kind: str, *, within_s: float = 5) -> dict[str, Any]:
    """The next message of this kind; hello and heartbeats are passed over, anything else is wrong."""
    async with asyncio.timeout(within_s):
        while True:
            said: dict[str, Any] = msgspec.json.decode(await socket.recv())
            if said["type"] == kind:
                return said
            assert said["type"] in ("hello", "heartbeat"), said


async def sequences(socket: ClientConnection, count: int, *, within_s: float = 10) -> list[int]:
    """The sequences of the next `count` signals, whatever else is said between."""
    heard: list[int] = []
    async with asyncio.timeout(within_s):
        while len(heard) < count:
            said = msgspec.json.decode(await socket.recv())
            if said["type"] == "signal":
                heard.append(said["sequence"])
    return heard
