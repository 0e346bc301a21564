"""What many ask at the same moment is asked once: all who wait for one thing get the same answer."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from starlette.requests import Request

T = TypeVar("T")


class Shared:
    """Nothing is kept beyond the answer: who asks later asks anew."""

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Future[Any]] = {}

    async def ask(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """The answer of `make`, shared with all who ask for the same key meanwhile; and so is what it raises."""
        running = self._running.get(key)
        if running is None:
            running = asyncio.ensure_future(make())
            self._running[key] = running
            running.add_done_callback(lambda done: self._done(key, done))
        answer: T = await asyncio.shield(running)
        return answer

    def _done(self, key: Hashable, done: asyncio.Future[Any]) -> None:
        del self._running[key]
        if not done.cancelled():
            done.exception()  # seen by whoever waits; if nobody does any more, it need not be logged


def shared_of(request: Request) -> Shared:
    """The one of the app that serves this request; made on first use."""
    state = request.app.state
    if not hasattr(state, "shared"):
        state.shared = Shared()
    shared: Shared = state.shared
    return shared
