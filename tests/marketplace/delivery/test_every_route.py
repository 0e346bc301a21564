"""Every route of the whole app, JSON and pages: a signal shows itself to whoever may have it, and to nobody else.

A signal has a rationale and a signature that stand nowhere else. Whoever has the right finds them on routes that are
known to give signals, and on no others; so a route that is added tomorrow is asked as well. Whoever has none is given
nothing by any of those, whatever the reason.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Route
from websockets.asyncio.client import connect

from arena.app import ROUTERS, build_app
from arena.kit.settings import Settings
from arena.kit.signing import to_base64
from arena.marketplace.subscriptions import free, seats
from arena.people.access import Actor, NewApiKey, create_api_key, revoke_api_key, scopes_of
from arena.web.pages import PAGES
from arena.web.serve import listen, make_server
from arena.wire import open_arena
from tests.http import person
from tests.marketplace.delivery.stage import (
    Parts,
    Publisher,
    entitle,
    hear,
    list_feed,
    subscriber,
    until,
)
from tests.marketplace.delivery.test_complimentary_stream import given

pytestmark = pytest.mark.slow  # every route there is, a dozen times
# What gives the newest signals of a feed. The stream stands beside them: it is a WebSocket.
GIVES = {
    "/signals",
    "/market/listings/{listing_id}/evidence",
    "/subscriptions/{subscription_id}",
    "/access/{listing_id}",
}
# Streams of events, which do not end: tests/pages/test_live.py and test_watch.py hold them to the same.
ENDLESS = re.compile(r"/live/|/stream")


@dataclass
class Asked:
    """An app, a feed with one signal of this moment, and what fills the paths of routes."""

    app: FastAPI
    parts: Parts
    port: int
    publisher: Publisher
    listing_id: str
    words: tuple[str, str]
    fills: dict[str, str]

    def paths(self) -> list[tuple[str, str]]:
        """Every route that can be read: its template, and an address with our ids in it."""
        found = [("/signals", f"/signals?model_id={self.publisher.feed_id}&after=0")]
        for route in (route for router in (*ROUTERS, *PAGES) for route in router.routes):
            assert isinstance(route, Route)
            if "GET" in (route.methods or ()) and not ENDLESS.match(route.path):
                path = re.sub(r"\{(\w+)(:\w+)?\}", lambda m: self.fills.get(m[1], "1"), route.path)
                found.append((route.path, path))
        return found

    async def gives(self, headers: dict[str, str], known: bool = False) -> set[str]:
        """The templates whose answers hold one of the words; `known`: of those that give signals."""
        found = set()
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}", trust_env=False, headers=headers, timeout=60
        ) as client:
            for template, path in self.paths():
                if known and template not in GIVES:
                    continue
                answer = await client.get(path)
                if any(word in answer.text for word in self.words):
                    found.add(template)
        return found

    async def streams(self, headers: dict[str, str]) -> bool:
        """Whether the WebSocket lets in at all."""
        uri = f"ws://127.0.0.1:{self.port}/stream?model_id={self.publisher.feed_id}&after=0"
        async with connect(uri, additional_headers=headers, proxy=None) as socket:
            said = await socket.recv()
        return '"hello"' in str(said)


@pytest.fixture
async def asked(database_url: str, settings: Settings) -> AsyncIterator[Asked]:
    settings.port = 0
    settings.rate_anonymous_per_min = settings.rate_caller_per_min = 0
    listening = listen(settings)
    settings.port = listening.getsockname()[1]
    async with open_arena(settings, database_url) as arena:
        app = build_app(arena)
        server = make_server(app)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        await until(lambda: server.started, within_s=60)
        parts = Parts(arena.db, settings, arena.bus, database_url)
        publisher = await Publisher(parts).open()
        listing_id = await list_feed(parts, publisher)
        [signal] = await publisher.publish()
        fills = {
            "listing_id": listing_id, "feed_id": publisher.feed_id, "model_id": publisher.feed_id,
            "collective_id": publisher.collective_id, "signal_id": signal.id,
            "index": str(signal.log_index), "slug": "market", "tier": "pro", "period": "month",
        }  # fmt: skip
        yield Asked(
            app, parts, settings.port, publisher, listing_id,
            (str(signal.body["rationale"]), to_base64(signal.signature)), fills,
        )  # fmt: skip
        server.should_exit = True
        await running


async def outsiders(asked: Asked) -> dict[str, dict[str, str]]:
    """Everybody who has no right to the signal now, by why."""
    parts, publisher = asked.parts, asked.publisher
    found: dict[str, dict[str, str]] = {"anonymous": {}, "unpaid": (await person(parts.db))[1]}
    other = await Publisher(parts, "Turtle Bay").open()
    await list_feed(parts, other)
    found["other listing"] = (await subscriber(parts, other, "enterprise"))[1]
    found["lower tier"] = (await subscriber(parts, publisher, "basic"))[1]
    found["revoked key"] = await revoked_key(parts, (await subscriber(parts, publisher, "pro"))[0])
    for why, change in (
        ("paused", "status = 'paused', pause_months = 1"),
        ("past due", "status = 'past_due', access_until = updated_at"),
        ("disputed", "disputed_since = updated_at"),
        ("ended", "status = 'ended', end_reason = 'canceled'"),
        ("incomplete", "status = 'incomplete'"),
    ):
        person_id, found[why] = await subscriber(parts, publisher, "pro")
        async with parts.db.transaction() as tx:
            await tx.execute(f"update subscription set {change} where person_id = $1", person_id)
    found["seat revoked"] = (await seated(asked, revoke=True))[1]
    found["complimentary revoked"] = await complimentary(asked, revoke=True)
    person_id, found["free follower"] = await person(parts.db)
    owner = Actor("collective", publisher.collective_id)
    async with parts.db.transaction() as tx:
        await free.open_offer(
            tx,
            asked.listing_id,
            timedelta(hours=24),
            bounds=free.Bounds.of(parts.settings),
            actor=owner,
        )
        await free.follow(tx, asked.listing_id, actor=Actor("person", person_id, scopes_of(())))
    return found


async def revoked_key(parts: Parts, person_id: str) -> dict[str, str]:
    async with parts.db.transaction() as tx:
        new = NewApiKey(person_id, "lost", set(scopes_of(())))
        made, secret = await create_api_key(tx, parts.settings.vault, new)
        await revoke_api_key(tx, person_id, made.id)
    return {"Authorization": f"Bearer {secret}"}


async def seated(asked: Asked, *, revoke: bool = False) -> tuple[str, dict[str, str]]:
    """Somebody with a seat of an Enterprise subscriber's, which may be revoked again."""
    parts = asked.parts
    owner_id, _ = await person(parts.db)
    await entitle(parts, asked.publisher, owner_id, "enterprise")
    guest_id, headers = await person(parts.db)
    owner = Actor("person", owner_id, scopes_of(()))
    async with parts.db.transaction() as tx:
        subscription_id = await tx.fetchval(
            "update subscription set team_seats = 1 where person_id = $1 returning id", owner_id
        )
        seat = await seats.invite(tx, subscription_id, "guest@example.org", actor=owner)
        token = seats.seat_token(parts.settings.vault, seat.id)
        guest = Actor("person", guest_id, scopes_of(()))
        await seats.claim(tx, parts.settings.vault, token, actor=guest)
        if revoke:
            await seats.revoke(tx, (subscription_id, seat.id), actor=owner)
    return guest_id, headers


async def complimentary(asked: Asked, *, revoke: bool = False) -> dict[str, str]:
    """Somebody who was given Pro for nothing, which may be revoked again."""
    _, headers = await given(asked.parts, asked.publisher, revoke=revoke)
    return headers


async def test_whoever_has_no_right_is_given_it_by_no_route_that_gives_signals(
    asked: Asked,
) -> None:
    leaks: dict[str, Any] = {}
    streams = []
    for why, headers in (await outsiders(asked)).items():
        leaks[why] = await asked.gives(headers, known=True)
        if why not in ("lower tier", "free follower") and await asked.streams(headers):
            streams.append(why)  # those two are let in, and given what is old enough
    assert len(leaks) == 13
    assert {why: found for why, found in leaks.items() if found} == {}
    assert streams == []


@pytest.mark.parametrize("why", ["anonymous", "unpaid", "lower tier", "free follower"])
async def test_no_route_at_all_gives_it_to_strangers_and_those_who_wait(
    asked: Asked, why: str
) -> None:
    assert len(asked.paths()) > 150
    assert await asked.gives((await outsiders(asked))[why]) == set()


async def test_whoever_has_it_finds_it_where_signals_are_given_and_nowhere_else(
    asked: Asked,
) -> None:
    person_id, headers = await subscriber(asked.parts, asked.publisher, "pro")
    async with asked.parts.db.transaction() as tx:
        found = await tx.fetchval("select id from subscription where person_id = $1", person_id)
    asked.fills["subscription_id"] = found
    gives = await asked.gives(headers)
    # A record has its first mark with the first bar, and this feed has seen none.
    assert gives == GIVES - {"/market/listings/{listing_id}/evidence"}
    assert await asked.streams(headers)
    _, guest = await seated(asked)
    assert await asked.gives(guest) == {"/signals", "/access/{listing_id}"}
    assert await asked.streams(guest)
    guest = await complimentary(asked)
    assert await asked.gives(guest) == {"/signals", "/access/{listing_id}"}
    assert await asked.streams(guest)


async def test_revoked_the_stream_of_a_seat_closes_and_the_next_pull_is_refused(
    asked: Asked,
) -> None:
    guest_id, headers = await seated(asked)
    uri = f"ws://127.0.0.1:{asked.port}/stream?model_id={asked.publisher.feed_id}"
    path = f"/signals?model_id={asked.publisher.feed_id}"
    async with (
        connect(uri, additional_headers=headers, proxy=None) as socket,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{asked.port}", trust_env=False, headers=headers
        ) as client,
    ):
        await hear(socket, "caught_up")
        assert (await client.get(path)).status_code == 200
        async with asked.parts.db.transaction() as tx:
            [seat] = await seats.held_by(tx, guest_id)
            await seats.leave(tx, seat.id, actor=Actor("person", guest_id, scopes_of(())))
        said = await hear(socket, "ended")
        assert said["feed"] == asked.publisher.feed_id

        async def refused() -> bool:
            return (await client.get(path)).status_code == 402

        await until(refused, within_s=5)
