"""A call over HTTP: authenticated, admitted by its route's gate, in one transaction, answered once.

Every JSON route is made by `Routes`, which takes a gate with each; so nothing is open by oversight.
A mutating call carries an Idempotency-Key; see `once`.
"""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from arena.kit.db import Database, Tx
from arena.kit.errors import Conflict, Unauthenticated
from arena.kit.problems import problem
from arena.kit.settings import Settings
from arena.people.access.authenticate import authenticate
from arena.people.access.describe import described
from arena.people.access.model import ANONYMOUS, SAFE, Actor, Gate
from arena.people.access.once import Intent, Refuse, answer_once, conduct_once
from arena.people.access.rate import address_of, rates_of

_Inner = Callable[[Request], Awaitable[Response]]
# Whoever asks what he owes does not pay for the question, and can pay while his other calls are refused.
UNMETERED = ("/usage", "/bills", "/invoices", "/billing/")
# What only takes risk away is neither refused nor counted: a cap must not keep anybody in a position, or a key alive.
REDUCING = frozenset({
    ("DELETE", "/orders/{order_id}"),
    ("DELETE", "/live-trading/orders/{order_id}"),
    ("POST", "/risk/halt"),
    ("POST", "/live-trading/halt"),
    ("POST", "/live-trading/keys/{key_id}/revoke"),
    ("DELETE", "/api-keys/{api_key_id}"),
    ("POST", "/collectives/{collective_id}/keys/rotate"),
    ("POST", "/collectives/{collective_id}/keys/{key_id}/revoke"),
    ("DELETE", "/collectives/{collective_id}/exchange-keys/{exchange_key_id}"),
    ("POST", "/feeds/{feed_id}/close"),
    ("POST", "/feeds/{feed_id}/hosting/stop"),
    ("POST", "/market/cancel"),
    ("POST", "/market/subscriptions/{subscription_id}/cooling-off"),
    ("POST", "/market/listings/{listing_id}/unfollow"),
    ("POST", "/performance-fees/contracts/{contract_id}/leave"),
})  # fmt: skip


class Metered(Protocol):
    """Counts calls that end well, of those who pay by the call; may refuse before."""

    async def gathered(
        self, actor: Actor, intent: str, answer: Callable[[], Awaitable[Response]]
    ) -> Response: ...

    async def within(
        self, tx: Tx, actor: Actor, intent: str, answer: Callable[[], Awaitable[Response]]
    ) -> Response: ...


@dataclass(slots=True)
class Call:
    """What a route works with. `tx` is the call's transaction; it commits when the route returns.

    Routes made with `conducts=True` have no `tx`: their verb runs several transactions of its own and is
    idempotent by `intent`, a digest of caller, route and Idempotency-Key.
    """

    actor: Actor
    db: Database
    settings: Settings
    request_id: str
    intent: str
    conducts: bool = False
    _tx: Tx | None = None

    @property
    def tx(self) -> Tx:
        assert self._tx is not None, "this route conducts its own transactions"
        return self._tx


def _call(request: Request) -> Call:
    call: Call = request.state.call
    return call


CallDep = Annotated[Call, Depends(_call)]


class GatedRoute(APIRoute):
    """Runs rate limit, gate, transaction and idempotency around the endpoint."""

    refuse: Refuse | None = staticmethod(problem)

    async def idempotency_key(self, _request: Request) -> str | None:
        """None: the header's."""
        return None

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        gate, conducts, keyed = self.endpoint.__arena__  # type: ignore[attr-defined]  # set by Routes
        template = self.path_format

        async def handle(request: Request) -> Response:
            arena = request.app.state.arena
            # The body is read before a connection is taken: a slow sender must not hold one.
            body = await request.body()
            actor = await _admit(request, arena.db, arena.settings, gate=gate)
            call = Call(actor, arena.db, arena.settings, request.state.request_id, "", conducts)
            request.state.call = call
            meter = _meter_of(arena, actor, request.method, template)
            if keyed and request.method not in SAFE:
                caller = actor.id
                if actor.kind == "anonymous":
                    caller += "@" + address_of(request)
                whole = f"{caller}:{request.method}:{template}"
                key = await self.idempotency_key(request)
                intent = Intent(request, body, vault=arena.settings.vault, scope=whole, key=key)
                call.intent = intent.digest
                if conducts:
                    return await conduct_once(
                        arena.db, arena.settings.vault, intent, request=request,
                        inner=_gathered(meter, call, inner),
                    )  # fmt: skip
                async with arena.db.transaction() as call._tx:
                    return await answer_once(
                        call._tx, arena.settings.vault, intent, request=request,
                        inner=_within(meter, call, inner), refuse=self.refuse,
                    )  # fmt: skip
            return await _gathered(meter, call, partial(_answered, call, inner))(request)

        return handle

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the rate limit's headers to whatever is answered, refusals included."""

        async def send_with_rate(message: Message) -> None:
            if message["type"] == "http.response.start":
                rate: dict[str, str] = scope.get("state", {}).get("rate_headers", {})
                extra = [(name.lower().encode(), value.encode()) for name, value in rate.items()]
                message["headers"] = [*message.get("headers", ()), *extra]
            await send(message)

        await super().handle(scope, receive, send_with_rate)


async def _answered(call: Call, inner: _Inner, request: Request) -> Response:
    if call.conducts:
        return await inner(request)
    async with call.db.transaction(readonly=request.method in SAFE) as call._tx:
        return await inner(request)


def _meter_of(arena: Any, actor: Actor, method: str, template: str) -> Metered | None:
    """None where nothing of the call is counted: only those who call by key may pay by the call."""
    if actor.key_id is None or template.startswith(UNMETERED) or (method, template) in REDUCING:
        return None
    meter: Metered | None = getattr(arena, "meter", None)
    return meter


def _gathered(meter: Metered | None, call: Call, inner: _Inner) -> _Inner:
    if meter is None:
        return inner
    return lambda request: meter.gathered(call.actor, call.intent, partial(inner, request))


def _within(meter: Metered | None, call: Call, inner: _Inner) -> _Inner:
    if meter is None:
        return inner
    return lambda request: meter.within(call.tx, call.actor, call.intent, partial(inner, request))


async def _admit(request: Request, db: Database, settings: Settings, *, gate: Gate) -> Actor:
    rates, address = rates_of(request, settings), address_of(request)
    try:
        actor = await authenticate(db, settings, request)
    except (Unauthenticated, Conflict):
        # Guessing counts like calling without a name.
        request.state.rate_headers = rates.spend(ANONYMOUS, address)
        raise
    request.state.rate_headers = rates.spend(actor, address)
    gate.admit(actor)
    return actor


class Routes(APIRouter):
    """A router on which each route names its gate: `@routes.add("GET", "/time", gate=public("…"))`."""

    def __init__(self, tag: str, prefix: str = "") -> None:
        super().__init__(prefix=prefix, tags=[tag], route_class=GatedRoute)

    def add(
        self,
        method: str,
        path: str,
        *,
        gate: Gate,
        conducts: bool = False,
        keyed: bool = True,
        **how: Any,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """`keyed=False` exempts a mutating route from the Idempotency-Key; say why beside it."""

        def register(endpoint: Callable[..., Any]) -> Callable[..., Any]:
            endpoint.__arena__ = (gate, conducts, keyed)  # type: ignore[attr-defined]  # read by GatedRoute
            needs_key = keyed and method not in SAFE
            self.add_api_route(
                path, endpoint, methods=[method], **described(gate, keyed=needs_key, how=how)
            )
            return endpoint

        return register
