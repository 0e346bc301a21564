"""GET /signals: the hot path. A known caller with a known page costs two look-ups and no question.

It is a bare ASGI application under a Starlette route, because FastAPI's own machinery would cost more than
the work. API keys take the quick way through the door; signed requests and sessions are asked about each time.
"""

from starlette.types import Receive, Scope, Send

from arena.kit.clock import monotonic_s
from arena.kit.errors import ArenaError
from arena.marketplace.delivery import counters
from arena.marketplace.delivery.ask import pull_ask
from arena.marketplace.delivery.door import Door
from arena.marketplace.delivery.meter import Headers, Meter
from arena.marketplace.delivery.pages import Page, Pages
from arena.marketplace.entitlements import Given
from arena.money.usage import Meter as UsageMeter
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

    def __init__(
        self,
        door: Door,
        pages: Pages,
        callers: Meter,
        given: Given,
        usage: UsageMeter | None = None,
    ) -> None:
        self._door = door
        self._given = given
        self._pages = pages
        self._callers = callers
        self._usage = usage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        now = monotonic_s()
        try:
            ask = pull_ask(scope["query_string"])
            bearer, seen_etag = _headers(scope)
            if bearer is not None:
                held = await self._door.by_key(bearer, ask.model_id, scope, now)
                actor, grant = held.actor, held.grant
            else:
                actor, grant = await self._door.ask(scope, receive, ask.model_id)
            rate = self._callers.spend(actor.id, now)
            key = self._pages.key(grant, ask)
            page = self._pages.get(key, now) or await self._pages.load(key)
            paid = await self._usage.admit(actor) if self._usage is not None else None
        except ArenaError:
            counters.PULLS_REFUSED.inc()
            raise
        fresh = False
        try:
            fresh = await _answer(send, page, rate, seen_etag)
            if fresh and grant.live and page.newest is not None:
                self._given.note(grant.right_id, page.newest, "pull")
        finally:  # whoever went away before he was answered does not pay
            if paid is not None:
                if fresh:
                    paid.count(actor.key_id or "")
                else:
                    paid.give_back()


def _headers(scope: Scope) -> tuple[bytes | None, bytes | None]:
    """The Authorization header, unless the request is signed as well, and If-None-Match."""
    bearer = seen_etag = None
    signed = False
    for name, value in scope["headers"]:
        if name == b"authorization":
            bearer = bearer or value  # the first one, which is the one that is authenticated
        elif name == b"if-none-match":
            seen_etag = value
        elif name in _SIGNED:
            signed = True
    return None if signed else bearer, seen_etag


async def _answer(send: Send, page: Page, rate: Headers, seen_etag: bytes | None) -> bool:
    """Whether the page was sent, or the caller had it already."""
    if seen_etag is not None and (page.etag in seen_etag or seen_etag == b"*"):
        counters.PULLS_UNCHANGED.inc()
        headers = page.headers[2:] + rate
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body"})
        return False
    counters.PULLS_FRESH.inc()
    await send({"type": "http.response.start", "status": 200, "headers": page.headers + rate})
    await send({"type": "http.response.body", "body": page.body})
    return True
