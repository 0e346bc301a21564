"""GET /signals: the hot path. A known caller with a known page costs two look-ups and no question.

It is a bare ASGI application under a Starlette route, because FastAPI's own machinery would cost more than
the work. API keys take the quick way through `passes`; signed requests and sessions are asked about each time.
"""

import hashlib
from functools import partial

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from arena.kit.clock import monotonic_s
from arena.kit.db import Database
from arena.kit.errors import ArenaError
from arena.kit.settings import Settings
from arena.marketplace.delivery import admit, counters
from arena.marketplace.delivery.ask import pull_ask
from arena.marketplace.delivery.meter import Headers, Meter
from arena.marketplace.delivery.model import Ask, Grant
from arena.marketplace.delivery.pages import Page, Pages
from arena.marketplace.delivery.passes import FRESH_S, Pass, Passes
from arena.people import access
from arena.people.access import ANONYMOUS, Actor
from arena.people.access import public as public_gate

_SIGNED = (b"signature", b"signature-input")


class Pull:
    """The ASGI application of the route."""

    # Read by whoever checks that every route names its gate: anonymous callers are answered 402 here.
    __arena__ = (
        public_gate("decides itself: refuses with 402 and a pointer to the listing"),
        False,
        False,
    )

    def __init__(self, db: Database, settings: Settings, passes: Passes, pages: Pages) -> None:
        self._db = db
        self._settings = settings
        self._passes = passes
        self._pages = pages
        self._callers = Meter(settings.rate_caller_per_min, "signals")
        self._strangers = Meter(settings.rate_anonymous_per_min, "anonymous")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        now = monotonic_s()
        try:
            ask = pull_ask(scope["query_string"])
            bearer, seen_etag = _headers(scope)
            if bearer is not None:
                held = await self._pass(bearer, ask, scope, now)
                actor, grant = held.actor, held.grant
            else:
                actor, grant = await self._ask_stranger(scope, receive, ask)
            rate = self._callers.spend(actor.id, now)
            key = self._pages.key(grant.feed_id, grant.basic, ask)
            page = self._pages.get(key, now) or await self._pages.load(key)
        except ArenaError:
            counters.PULLS_REFUSED.inc()
            raise
        await _answer(send, page, rate, seen_etag)

    async def _pass(self, bearer: bytes, ask: Ask, scope: Scope, now: float) -> Pass:
        key = (hashlib.sha256(bearer).digest(), ask.model_id)
        held = self._passes.get(key, now)
        if held is None or not held.grant.holds_at(self._db.clock.now()):
            load = partial(self._ask_stranger, scope, None, ask)
            return await self._passes.load(key, load)
        if now - held.made_at > FRESH_S:
            self._passes.renew(key, held, partial(self._ask, scope, None, ask))
        return held

    async def _ask_stranger(
        self, scope: Scope, receive: Receive | None, ask: Ask
    ) -> tuple[Actor, Grant]:
        """Asks for somebody we do not know yet; those who are refused are counted by their address."""
        client = scope.get("client")
        address = client[0] if client else "unknown"
        if self._strangers.exhausted(address):
            self._strangers.spend(address, monotonic_s())
        try:
            return await self._ask(scope, receive, ask)
        except ArenaError:
            self._strangers.spend(address, monotonic_s())
            raise

    async def _ask(self, scope: Scope, receive: Receive | None, ask: Ask) -> tuple[Actor, Grant]:
        request = Request(scope, receive) if receive is not None else Request(scope)
        actor = await access.authenticate(self._db, self._settings, request)
        if actor != ANONYMOUS:
            admit.GATE.admit(actor)
        async with self._db.transaction(readonly=True) as tx:
            return actor, await admit.grant(tx, actor, await admit.feed_of(tx, ask.model_id))


def _headers(scope: Scope) -> tuple[bytes | None, bytes | None]:
    """The Authorization header, unless the request is signed as well, and If-None-Match."""
    bearer = seen_etag = None
    signed = False
    for name, value in scope["headers"]:
        if name == b"authorization":
            bearer = value
        elif name == b"if-none-match":
            seen_etag = value
        elif name in _SIGNED:
            signed = True
    return None if signed else bearer, seen_etag


async def _answer(send: Send, page: Page, rate: Headers, seen_etag: bytes | None) -> None:
    if seen_etag is not None and (page.etag in seen_etag or seen_etag == b"*"):
        counters.PULLS_UNCHANGED.inc()
        await send(
            {"type": "http.response.start", "status": 304, "headers": page.headers[2:] + rate}
        )
        await send({"type": "http.response.body"})
        return
    counters.PULLS_FRESH.inc()
    await send({"type": "http.response.start", "status": 200, "headers": page.headers + rate})
    await send({"type": "http.response.body", "body": page.body})
