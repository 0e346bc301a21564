"""A part of a page that is drawn anew whenever something has happened, however fast the tape plays."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request

from arena.web.live.ear import ear_of
from arena.web.live.events import HEARTBEAT, event

PAUSE_S = 1.0  # between two pictures


async def pictures(
    request: Request,
    draw: Callable[[], Awaitable[str | None]],
    *,
    caller: str,
    look_s: float,
    **news: str,
) -> AsyncIterator[bytes]:
    """Events of what `draw` answers, where it differs from the one before; it ends with None.

    Drawn at news of the topics (see Ear.listening), and every `look_s` anyway. Raises TooManyStreams.
    """
    ear, woken, last = ear_of(request), asyncio.Event(), ""
    with ear.stream_of(caller), ear.listening(woken, **news):
        while (html := await draw()) is not None:
            if html != last:
                last = html
                yield event(html)
            await asyncio.sleep(PAUSE_S)
            try:
                async with asyncio.timeout(look_s):
                    await woken.wait()
            except TimeoutError:
                yield HEARTBEAT
            woken.clear()
