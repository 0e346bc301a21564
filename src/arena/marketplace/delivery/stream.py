"""The WebSocket /stream: proves who calls, admits them to their feeds, then leaves the rest to the hub."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from arena.kit.clock import iso_ms
from arena.kit.errors import ArenaError, Refused
from arena.kit.settings import Settings
from arena.marketplace.delivery import admit, counters, render
from arena.marketplace.delivery.ask import stream_asks
from arena.marketplace.delivery.framing import payloads
from arena.marketplace.delivery.hub import BROKEN, Hub
from arena.marketplace.delivery.join import join
from arena.marketplace.delivery.line import Connection
from arena.marketplace.delivery.model import (
    Ask,
    CloseCode,
    Grant,
    KeyUnproven,
    TooManySockets,
    close_code,
)
from arena.marketplace.delivery.outlet import outlet_of
from arena.marketplace.delivery.watch import Watch
from arena.people import access
from arena.people.access import ANONYMOUS, COOKIE, Actor

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

    def __init__(self, hub: Hub, watch: Watch, settings: Settings) -> None:
        self.hub = hub
        self.watch = watch
        self.settings = settings
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
        actor = await self._who(scope, receive)
        grants = await self._grants(actor, asks)
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

    async def _who(self, scope: Scope, receive: Receive) -> Actor:
        """By header or signature; by session where our own pages opened the stream; else by first message."""
        conn = HTTPConnection(scope)
        headers = conn.headers
        if {"authorization", "signature", "signature-input"} & set(headers.keys()):
            return await access.authenticate(self.hub.db, self.settings, conn)
        if COOKIE in conn.cookies and headers.get("origin") == self.settings.origin:
            actor = await access.authenticate(self.hub.db, self.settings, conn)
            if actor != ANONYMOUS:
                return actor
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
        bare = {"type": "http", "headers": [], "path": scope["path"], "method": "GET"}
        MutableHeaders(scope=bare)["authorization"] = f"Bearer {proof.key}"
        return await access.authenticate(self.hub.db, self.settings, HTTPConnection(bare))

    async def _grants(self, actor: Actor, asks: Sequence[Ask]) -> list[Grant]:
        async with self.hub.db.transaction(readonly=True) as tx:
            found: dict[str, Grant] = {}
            for ask in asks:
                feed_id = await admit.feed_of(tx, ask.model_id)
                found[ask.model_id] = await admit.grant(tx, actor, feed_id)
        return [found[ask.model_id] for ask in asks]

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
