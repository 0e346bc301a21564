"""Server-sent events as HTML's living standard has them (section 9.2): the frame of one, and the answer."""

from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

from arena.web.page.answer import HEADERS

HEARTBEAT_S = 15.0
HEARTBEAT = b": still here\n\n"
RETRY_MS = 2_000


class EventStream(StreamingResponse):
    """Never kept, never compressed, never held back by a proxy."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[bytes]) -> None:
        headers = {**HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(events, 200, headers)


def event(data: str, *, name: str | None = None, id: str | None = None) -> bytes:
    """One message; unnamed ones are HTML that htmx puts in place, named ones are for islands."""
    lines = [f"retry: {RETRY_MS}"]
    if name is not None:
        lines.append(f"event: {name}")
    if id is not None:
        lines.append(f"id: {id}")
    lines += [f"data: {line}" for line in data.splitlines() or [""]]
    return ("\n".join(lines) + "\n\n").encode()
