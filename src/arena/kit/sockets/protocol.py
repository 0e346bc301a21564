"""The server's WebSocket protocol, which lets hubs write whole frames past the ASGI send path.

`await send_text` costs 18 µs a message and stops for everybody when one reader is slow; writing one
ready-made frame to the transport costs a third. It leans on private parts of uvicorn (`transport`, `conn`,
`queue`, `close_sent`, `disconnected`, `handle_connect`), which tests hold in place; where another server
runs the app, `outlet.py` falls back to the ASGI way. Frames are whole, unfragmented and uncompressed, as
are pings, pongs and closes on the same transport, so nothing can interleave.
"""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

SCOPE_KEY = "arena.protocol"
GOING_AWAY = 1001


class DirectProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own protocol, found in the connection's scope, with `push` and a last word on shutdown."""

    congested = False  # the transport holds more than its high-water mark

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        if scope is not None and not self.conn.extensions:
            scope[SCOPE_KEY] = self

    def push(self, frames: bytes) -> bool:
        """Hands whole frames to the transport, never waits; False where the stream is closed."""
        if self.close_sent or self.disconnected:
            return False
        self.transport.write(frames)
        return True

    def queued_bytes(self) -> int:
        return self.transport.get_write_buffer_size()

    async def drained(self) -> None:
        """Waits until the transport is below its high-water mark again, or lost."""
        await self.writable.wait()

    def abort(self) -> None:
        """Ends the connection at once, with whatever was still queued."""
        self.transport.abort()

    def wait_for_pong(self, seconds: int) -> None:
        """From the next ping on its answer may take this long."""
        self.ping_timeout = seconds

    def pause_writing(self) -> None:
        self.congested = True
        super().pause_writing()

    def resume_writing(self) -> None:
        self.congested = False
        super().resume_writing()

    def shutdown(self) -> None:
        """The server is stopping: says 1001 (going away) rather than uvicorn's 1012."""
        if not self.handshake_complete or self.close_sent or self.disconnected:
            super().shutdown()
            return
        self.stop_keepalive()
        code, reason = GOING_AWAY, "the arena is stopping; connect again in a moment"
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()
