"""What stands before every route: a request id for each call, and a bound on each body. Pure ASGI."""

import re
from collections.abc import Mapping

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arena.kit.ids import fresh

BODY_BYTES_MAX = 256 * 1024
_SAFE_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")


class RequestId:
    """Takes the caller's X-Request-Id where it is harmless, else makes one; notes and returns it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = next((v for k, v in scope["headers"] if k == b"x-request-id"), b"")
        request_id = given.decode() if _SAFE_ID.fullmatch(given) else fresh("req")
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)

        async def send_with_id(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                pair = (b"x-request-id", request_id.encode())
                message["headers"] = [*message.get("headers", ()), pair]
            await send(message)

        await self._app(scope, receive, send_with_id)


class BodyLimit:
    """Stops reading a body that is longer than the limit, announced or not; the answer is 413. `larger` are limits of
    paths that take files."""

    def __init__(
        self, app: ASGIApp, bytes_max: int = BODY_BYTES_MAX, *, larger: Mapping[str, int] | None = None
    ) -> None:  # fmt: skip
        self._app = app
        self._bytes_max = bytes_max
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        stated = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")
        announced = int(stated) if stated.isdigit() and len(stated) < 19 else 0
        came, most = 0, self._larger.get(scope["path"], self._bytes_max)

        async def receive_within() -> Message:
            nonlocal came
            if announced > most:
                raise self._too_large(most)
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise self._too_large(most)
            return message

        await self._app(scope, receive_within, send)

    def _too_large(self, most: int) -> HTTPException:
        # The rest of the body is not read, therefore the connection cannot be used again.
        return HTTPException(413, f"A body may have {most} bytes", headers={"Connection": "close"})
