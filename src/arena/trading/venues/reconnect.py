"""A WebSocket to an exchange that is opened again whenever it ends, with a pause that doubles up to half a minute."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from arena.kit.clock import monotonic_s
from arena.kit.errors import ArenaError
from arena.kit.http import guard
from arena.trading.venues.counters import RECONNECTS

FRAME_BYTES_MAX = 1_000_000
OPEN_S = 10
SILENCE_S = 180
"""Exchanges ping every twenty seconds or every few minutes; the library pings, too, so a dead line shows sooner."""
PAUSE_S_MIN, PAUSE_S_MAX = 0.1, 30.0
log = structlog.get_logger()


async def connections(
    url: str, *, venue: str, stream: str, ended: Callable[[str], None] = lambda _why: None
) -> AsyncGenerator[ClientConnection, None]:
    """One open connection after another, for ever; the reader leaves each with whatever ended it.

    Whoever reads says by `frames` that it has ended. Only operators name these addresses, so `url` itself is allowed.
    """
    pause_s = PAUSE_S_MIN
    first = True
    while True:
        began_s = monotonic_s()
        try:
            await asyncio.to_thread(guard, url, allow=[url])
            async with connect(
                url, open_timeout=OPEN_S, ping_interval=20, ping_timeout=20, close_timeout=1,
                max_size=FRAME_BYTES_MAX, max_queue=1_024, compression=None, proxy=None,
            ) as socket:  # fmt: skip
                if not first:
                    RECONNECTS.labels(venue, stream).inc()
                first = False
                yield socket
            why = "it ended"
        except (OSError, WebSocketException, TimeoutError, ArenaError) as broken:
            why = f"{type(broken).__name__} {broken}".partition("?")[0][:200]
        if monotonic_s() - began_s > 1 + pause_s:  # it held for a while: begin with short pauses
            pause_s = PAUSE_S_MIN
        ended(why)
        log.warning(
            "stream of an exchange lost", venue=venue, stream=stream, why=why, again_in_s=pause_s
        )
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, PAUSE_S_MAX)


async def frames(socket: ClientConnection) -> AsyncGenerator[str | bytes, None]:
    """What comes, until the connection ends or falls silent."""
    while True:
        try:
            async with asyncio.timeout(SILENCE_S):
                frame = await socket.recv()
        except (OSError, WebSocketException, TimeoutError):
            return
        yield frame
