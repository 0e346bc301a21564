"""Server-sent events as HTML's living standard has them (section 9.2): the frame of one, and the answer.

The events come from an asynchronous generator that holds what it needs by `with`: it is run up to its first
event before anything is sent, so that what refuses it is answered like any other refusal, and it is closed the
moment its reader is gone.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing, suppress
from typing import Any, cast

import structlog
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from arena.kit.db import DATABASE_AWAY
from arena.kit.errors import ArenaError
from arena.web.live.ear import ear_of
from arena.web.page.answer import HEADERS
from arena.web.page.refusal import refuse

HEARTBEAT_S = 15.0
HEARTBEAT = b": still here\n\n"
RETRY_MS = 2_000
STALLED_S = 30.0  # who takes nothing for so long has lost the stream
GOODBYE_S = 0.2
Events = AsyncGenerator[bytes, None]
log = structlog.get_logger()


class EventStream(StreamingResponse):
    """Never kept, never compressed, never held back by a proxy."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[bytes]) -> None:
        headers = {**HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(events, 200, headers)
        self._events = cast(Events, events)  # made by `async def … yield`, whatever it is called

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._events) as events:
            try:
                first = await anext(events, b"")
            except ArenaError as refused:
                await refuse(Request(scope, receive), refused)(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            if scope["method"] == "HEAD":
                await send({"type": "http.response.body", "body": b""})
                return
            await _while_read(_send_all(first, events, send), scope, receive, send)


def event(data: str, *, name: str | None = None, id: str | None = None) -> bytes:
    """One message; unnamed ones are HTML that htmx puts in place, named ones are for islands."""
    lines = [f"retry: {RETRY_MS}"]
    if name is not None:
        lines.append(f"event: {name}")
    if id is not None:
        lines.append(f"id: {id}")
    lines += [f"data: {line}" for line in data.splitlines() or [""]]
    return ("\n".join(lines) + "\n\n").encode()


async def _send_all(first: bytes, events: Events, send: Send) -> None:
    """A slow reader is waited for, with nothing read ahead; one that takes nothing at all is let go."""
    chunk: bytes | None = first
    try:
        while chunk is not None:
            async with asyncio.timeout(STALLED_S):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            chunk = await anext(events, None)
    except TimeoutError:
        return
    except (ArenaError, *DATABASE_AWAY) as broken:
        log.warning("a live page ends early; its reader comes again", error=str(broken))
    await send({"type": "http.response.body", "body": b""})


async def _while_read(
    sending: Coroutine[Any, Any, None], scope: Scope, receive: Receive, send: Send
) -> None:
    """Sends until there is nothing more, the reader has gone, or the server stops, which is no fault of the
    stream's: it ends like others do, and its reader comes again."""
    closing = ear_of(Request(scope)).closing
    tasks = [asyncio.ensure_future(each) for each in (sending, _gone(receive), closing.wait())]
    canceled = False
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        canceled = True
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for fault in ended:
        if isinstance(fault, Exception):
            raise fault
    cut_short = isinstance(ended[0], asyncio.CancelledError)
    if cut_short and (canceled or closing.is_set()):
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
