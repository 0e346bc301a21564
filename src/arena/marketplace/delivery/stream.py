"""The WebSocket /stream: proves who calls, admits them to their feeds, then leaves the rest to the hub."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from arena.kit.clock import iso_ms, monotonic_s
from arena.kit.errors import ArenaError, Refused
from arena.kit.settings import Settings
from arena.kit.sockets import outlet_of, payloads
from arena.marketplace.delivery import admit, counters, render
from arena.marketplace.delivery.ask import stream_asks
from arena.marketplace.delivery.door import Door
from arena.marketplace.delivery.hub import BROKEN, Hub
from arena.marketplace.delivery.join import join
from arena.marketplace.delivery.line import Connection
from arena.marketplace.delivery.meter import Meter
from arena.marketplace.delivery.model import (
    Ask,
    CloseCode,
    Grant,
    KeyUnproven,
    TooManySockets,
    close_code,
)
from arena.marketplace.delivery.watch import Watch
from arena.people.access import COOKIE, Actor

PROOF_S = 5.0
UNPROVEN_MAX = 500  # streams of one process that have not yet said who they are
log = structlog.get_logger()


class BadMessage(Refused):
    """A stream takes {"type": "auth", "key": "ak_…"} first and {"type": "ping"} later, as text, nothing else."""


class _AuthMessage(msgspec.Struct, forbid_unknown_fields=True, tag_field="type", tag="auth"):
    key: str


class _Ping(msgspec.Struct, forbid_unknown_fields=True, tag_field="type", tag="ping"):
    pass


class Stream:
    """The ASGI application of the route."""

    def __init__(
        self, hub: Hub, watch: Watch, settings: Settings, door: Door, *, callers: Meter
    ) -> None:
        self.door = door
        self.hub = hub
        self.watch = watch
        self.settings = settings
        self._callers = callers
        self._unproven = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        try:
            connection = await self._admit(scope, receive, send)
        except ArenaError as refused:
            await _refuse(send, refused)
            return
        except _Gone:
            return
        try:
            await self._serve(connection, receive)
        finally:
            self.hub.detach(connection)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> Connection:
        """Attached to the hub, with a seat at each feed asked for; or nothing held, and an error raised."""
        asks = stream_asks(scope.get("query_string", b""))
        actor, grants = await self._let_in(asks, scope, receive)
        self._callers.spend(
            actor.id, monotonic_s()
        )  # a stream that is opened may ask for all there is
        connection = Connection(actor, outlet_of(scope, send), send)
        self.hub.attach(connection)
        self.watch.ensure()
        try:
            for ask, grant in zip(asks, grants, strict=True):
                await self.hub.sit(connection, grant, ask.after)
        except BaseException:
            self.hub.detach(connection)
            raise
        return connection

    async def _let_in(
        self, asks: Sequence[Ask], scope: Scope, receive: Receive
    ) -> tuple[Actor, list[Grant]]:
        """By API key or signature; by session where our own pages opened the stream; else by first message."""
        headers = Headers(scope=scope)
        if "signature" in headers or "signature-input" in headers:
            return await self._signed(asks, scope)
        if "authorization" in headers:
            return await self._keyed(asks, scope, headers["authorization"].encode("latin-1"))
        if (
            headers.get("origin") == self.settings.origin
            and COOKIE in HTTPConnection(scope).cookies
        ):
            return await self._signed(asks, scope)
        bearer = await self._proof(receive)
        bare = {
            "type": "http", "method": "GET", "path": scope["path"], "client": scope.get("client"),
            "headers": [(b"authorization", bearer)],
        }  # fmt: skip
        return await self._keyed(asks, bare, bearer)

    async def _keyed(
        self, asks: Sequence[Ask], scope: Scope, bearer: bytes
    ) -> tuple[Actor, list[Grant]]:
        now = monotonic_s()
        passes = [await self.door.by_key(bearer, ask.model_id, scope, now) for ask in asks]
        return passes[0].actor, [held.grant for held in passes]

    async def _signed(self, asks: Sequence[Ask], scope: Scope) -> tuple[Actor, list[Grant]]:
        """A signature holds once, so who calls is asked with the first model, and only then of the others."""
        actor, first = await self.door.ask(scope, None, asks[0].model_id)
        async with self.hub.db.transaction(readonly=True) as tx:
            others = [
                await admit.grant(tx, actor, await admit.feed_of(tx, ask.model_id))
                for ask in asks[1:]
            ]
        return actor, [first, *others]

    async def _proof(self, receive: Receive) -> bytes:
        """The Authorization header that the first message stands for. Raises KeyUnproven, BadMessage."""
        if self._unproven >= UNPROVEN_MAX:
            raise TooManySockets(held=self._unproven)
        self._unproven += 1
        try:
            async with asyncio.timeout(PROOF_S):
                said = await receive()
        except TimeoutError:
            raise KeyUnproven from None
        finally:
            self._unproven -= 1
        proof = _read(said, _AuthMessage)
        if not proof.key.isascii():
            raise KeyUnproven
        return f"Bearer {proof.key}".encode()

    async def _serve(self, connection: Connection, receive: Receive) -> None:
        outlet = connection.outlet
        outlet.push(
            render.message(
                "hello",
                at=iso_ms(self.hub.db.clock.now()),
                heartbeat_s=self.settings.stream_heartbeat_s,
                feeds=[
                    {"feed": seat.grant.feed_id, "tier": seat.grant.tier, "after": seat.last}
                    for seat in connection.seats
                ],
            )
        )
        try:
            for seat in list(connection.seats):
                if await join(self.hub, seat):
                    outlet.push(
                        render.message("caught_up", feed=seat.grant.feed_id, sequence=seat.last)
                    )
            while not connection.closing:
                _read(await receive(), _Ping)
                outlet.push(render.message("pong", at=iso_ms(self.hub.db.clock.now())))
                if outlet.congested:  # who asks without reading the answers waits for himself
                    await outlet.drained()
        except _Gone:
            return
        except BadMessage as refused:
            self.hub.close(connection, CloseCode.BAD_ASK, refused.detail)
        except BROKEN as broken:
            log.warning("stream ends early", error=str(broken))
            self.hub.close(
                connection, CloseCode.GOING_AWAY, "the arena is busy; resume in a second"
            )
        while (await receive())["type"] != "websocket.disconnect":
            continue


class _Gone(Exception):
    """The caller closed the stream."""


def _read(said: Message, kind: type[Any]) -> Any:
    """Raises _Gone on a disconnect, BadMessage for anything but that kind of message."""
    if said["type"] == "websocket.disconnect":
        raise _Gone
    try:
        return msgspec.json.decode((said.get("text") or "").encode(), type=kind)
    except msgspec.MsgspecError:
        raise BadMessage from None


async def _refuse(send: Send, refused: ArenaError) -> None:
    """Says why as a message, then closes with the code that fits."""
    counters.DROPPED.labels("refused").inc()
    code = close_code(refused)
    facts = {k: v for k, v in refused.facts.items() if k != "headers"}
    frame = render.message(
        "error",
        **{**facts, "code": refused.code(), "status": refused.status, "detail": refused.detail},
    )
    try:
        for payload in payloads(frame):
            await send({"type": "websocket.send", "text": payload.decode()})
        reason = f"{refused.code()}: {refused.detail}".encode()[:120].decode(errors="ignore")
        await send({"type": "websocket.close", "code": int(code), "reason": reason})
    except (OSError, RuntimeError):  # how servers tell that the other side has gone
        return
