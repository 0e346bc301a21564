"""A call over HTTP: authenticated, admitted by its route's gate, in one transaction, answered once.

Every JSON route is made by `Routes`, which takes a gate with each; so nothing is open by oversight.
A mutating call carries an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): the answer is
kept in the transaction of the change and given again to whoever repeats the call.
"""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from arena.kit.canonical import sha256_hex
from arena.kit.db import Database, Tx
from arena.kit.errors import ArenaError, Conflict, Refused, Unauthenticated
from arena.kit.problems import problem
from arena.kit.settings import Settings
from arena.people.access.authenticate import authenticate
from arena.people.access.model import SAFE, Actor, Gate


class IdempotencyKeyMissing(Refused):
    """Send an Idempotency-Key header (any unique string up to 255 characters) with every call that
    changes something; repeat the same key when you retry."""

    status = 400


class IdempotencyKeyReused(Refused):
    """This Idempotency-Key was used before with another request; use a new key for a new intent."""


class CallStillRunning(Conflict):
    """The first call with this Idempotency-Key is still running; ask again in a second."""


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
    """Runs gate, transaction and idempotency around the endpoint."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        gate, conducts, keyed = self.endpoint.__arena__  # type: ignore[attr-defined]  # set by Routes
        template = self.path_format

        async def handle(request: Request) -> Response:
            arena = request.app.state.arena
            actor = await authenticate(arena.db, arena.settings, request)
            gate.admit(actor)
            call = Call(actor, arena.db, arena.settings, request.state.request_id, "")
            request.state.call = call
            if request.method in SAFE:
                async with arena.db.transaction(readonly=True) as call._tx:
                    return await inner(request)
            if not keyed:
                async with arena.db.transaction() as call._tx:
                    return await inner(request)
            key = request.headers.get("idempotency-key", "")
            if not 0 < len(key) <= 255:
                raise IdempotencyKeyMissing
            scope = f"{actor.id}:{request.method}:{template}"
            call.intent = sha256_hex(f"{scope}:{key}".encode())
            if conducts:
                return await inner(request)
            return await _once(request, call, scope, key, inner)

        return handle


async def _once(
    request: Request,
    call: Call,
    scope: str,
    key: str,
    inner: Callable[[Request], Awaitable[Response]],
) -> Response:
    body_sha = bytes.fromhex(
        sha256_hex(
            str(request.url.path + "?" + request.url.query).encode() + b"\n" + await request.body()
        )
    )
    vault = call.settings.vault
    async with call.db.transaction() as call._tx:
        tx = call._tx
        if not await tx.fetchval(
            "select pg_try_advisory_xact_lock(hashtextextended($1, 0))", scope + key
        ):
            raise CallStillRunning(retry_after_s=1)
        kept = await tx.fetchrow(
            "select body_sha, status, answer from idempotency where scope = $1 and key = $2",
            scope,
            key,
        )
        if kept is not None:
            if kept["body_sha"] != body_sha:
                raise IdempotencyKeyReused
            kind, _, body = vault.open(kept["answer"], "idempotency").partition(b"\n")
            return Response(
                body, kept["status"], {"Idempotency-Replayed": "true"}, media_type=kind.decode()
            )
        try:
            async with tx.savepoint():
                response = await inner(request)
        except ArenaError as refused:
            if (
                isinstance(refused, Unauthenticated)
                or refused.status in (429,)
                or refused.status >= 500
            ):
                raise
            response = problem(refused, request)
        media = response.headers.get("content-type", "application/json")
        await tx.execute(
            "insert into idempotency (scope, key, body_sha, status, answer) values ($1, $2, $3, $4, $5)",
            scope, key, body_sha, response.status_code,
            vault.seal(media.encode() + b"\n" + bytes(response.body), "idempotency"),
        )  # fmt: skip
        return response


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
            self.add_api_route(path, endpoint, methods=[method], **how)
            return endpoint

        return register
