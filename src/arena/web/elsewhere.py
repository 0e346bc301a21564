"""Hands calls for the exchange on to the process that is the exchange, where that is another one.

So a caller may speak to any process of an arena on several machines. What is handed on is the call as it came,
signature and all; who calls is decided there. Pure ASGI.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any

import httpx
import structlog
import websockets
from starlette.types import ASGIApp, Receive, Scope, Send

from arena.kit.clock import monotonic_s
from arena.kit.db import DATABASE_AWAY, Database
from arena.trading.orders import Floor

PATHS = (
    "/api/", "/sapi/", "/fapi/", "/dapi/", "/ws", "/stream", "/ws-api/", "/orders", "/risk", "/accounts/",
    "/studio/trading", "/operator/trading",
)  # fmt: skip
MARK = b"x-arena-handed-on"
LOOK_EVERY_S = 1.0
ANSWER_S = 30.0
# They belong to one connection, RFC 9110 section 7.6.1, or are made anew.
_OF_THE_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
        b"transfer-encoding", b"upgrade", b"sec-websocket-key", b"sec-websocket-version",
        b"sec-websocket-extensions",
    }
)  # fmt: skip
log = structlog.get_logger()


class Elsewhere:
    """While this process is the exchange, or nobody is, calls go on to the app."""

    def __init__(self, app: ASGIApp, db: Database, floor: Floor, *, own_url: str) -> None:
        self._app = app
        self._db = db
        self._floor = floor
        self._own_url = own_url
        self._client: httpx.AsyncClient | None = None
        self._url: str | None = None
        self._looked_s = -LOOK_EVERY_S

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] not in ("http", "websocket")
            or self._floor.seat.held
            or not _of_the_exchange(scope)
            or any(name == MARK for name, _ in scope["headers"])
            or (url := await self._where()) is None
        ):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._hand_on(url, scope, receive, send)
        else:
            await self._join(url, scope, receive, send)

    async def _where(self) -> str | None:
        """The URL of the exchange, None where nobody or this process is it; looked up once a second."""
        if monotonic_s() - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = monotonic_s()
            with contextlib.suppress(*DATABASE_AWAY):
                async with self._db.transaction(readonly=True) as tx:
                    self._url = await tx.fetchval("select url from exchange_seat")
        return None if self._url == self._own_url else self._url

    async def _hand_on(self, url: str, scope: Scope, receive: Receive, send: Send) -> None:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=ANSWER_S, trust_env=False)
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        try:
            answer = await self._client.request(
                scope["method"], _target(url, scope), content=bytes(body), headers=_headers(scope)
            )
        except httpx.HTTPError as broken:
            log.warning("the exchange does not answer", url=url, why=str(broken))
            await self._app(scope, _again(bytes(body)), send)
            return
        headers = [
            (name.lower(), value)
            for name, value in answer.headers.raw
            if name.lower()
            not in _OF_THE_HOP | {b"content-encoding", b"content-length", b"x-request-id"}
        ]
        await send(
            {"type": "http.response.start", "status": answer.status_code, "headers": headers}
        )
        await send({"type": "http.response.body", "body": answer.content})

    async def _join(self, url: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Two sockets, each message of one sent on to the other until one of them ends."""
        target = _target(url.replace("http", "ws", 1), scope)
        headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in _headers(scope)
        ]
        await receive()  # websocket.connect
        try:
            async with websockets.connect(
                target, additional_headers=headers, compression=None, proxy=None, user_agent_header=None,
            ) as there:  # fmt: skip
                await send({"type": "websocket.accept"})
                done, rest = await asyncio.wait(
                    [asyncio.ensure_future(_up(receive, there)), asyncio.ensure_future(_down(there, send))],
                    return_when=asyncio.FIRST_COMPLETED,
                )  # fmt: skip
                for task in rest:
                    task.cancel()
                await asyncio.gather(*done, *rest, return_exceptions=True)
        except (OSError, websockets.WebSocketException) as broken:
            log.warning("the exchange does not answer", url=url, why=str(broken))
        with contextlib.suppress(RuntimeError):  # it is closed already
            await send({"type": "websocket.close", "code": 1012})


def _of_the_exchange(scope: Scope) -> bool:
    """Signals stream from /stream, too, and any process has them."""
    path: str = scope["path"]
    signals = path == "/stream" and b"model_id=" in scope["query_string"]
    return path.startswith(PATHS) and not signals


async def _up(receive: Receive, there: Any) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        text = message.get("text")
        await there.send(text if text is not None else message["bytes"])


async def _down(there: Any, send: Send) -> None:
    async for message in there:
        kind = "text" if isinstance(message, str) else "bytes"
        await send({"type": "websocket.send", kind: message})


def _target(url: str, scope: Scope) -> str:
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return url.rstrip("/") + (path + b"?" + query if query else path).decode("latin-1")


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    kept: Iterable[tuple[bytes, bytes]] = (
        (name, value) for name, value in scope["headers"] if name not in _OF_THE_HOP
    )
    return [*kept, (MARK, b"1")]


def _again(body: bytes) -> Receive:
    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
