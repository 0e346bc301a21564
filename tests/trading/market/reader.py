"""Takes the steps of a source that streams and keeps what they brought."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from arena.trading import market


class Reader:
    """Reads while its block runs; `mirrors` are the books as the events tell them."""

    def __init__(self, source: market.Source, since: Any = None) -> None:
        self._steps: AsyncIterator[market.Step] = source.stream(since)
        self.instruments = {one.symbol: one for one in source.instruments}
        self.first: market.Step | None = None
        self.bars: list[market.Bars] = []
        self.books: list[market.Book] = []
        self.prints: list[market.Print] = []
        self.events: list[market.MarketEvent] = []
        self.history: list[market.Bars] = []
        self.states: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.mirrors = {one.symbol: market.Mirror(one.symbol) for one in source.instruments}

    async def __aenter__(self) -> "Reader":
        self.first = await asyncio.wait_for(anext(self._steps), 10)
        self._keep(self.first)
        self.books, self.prints = [], []
        self._task = asyncio.create_task(self._take())
        return self

    async def __aexit__(self, *_reason: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._steps.aclose()  # type: ignore[attr-defined]  # it is an async generator

    async def _take(self) -> None:
        async for step in self._steps:
            self._keep(step)

    def _keep(self, step: market.Step) -> None:
        if step.bars:
            self.bars.append(step.bars)
        self.history += step.history
        self.books += step.books
        self.prints += step.prints
        self.events += step.events
        if step.state:
            self.states.append(dict(step.state))
        if step.note:
            self.notes.append(step.note)
        for event in step.events:
            if not isinstance(event, market.Print):
                self.mirrors[event.symbol].apply(event)

    async def until(self, so: Callable[[], bool]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(60):
                while not so():
                    assert not self._task.done(), f"the stream ended: {self._task}"
                    await asyncio.sleep(0.02)
                return
        raise AssertionError(f"waited in vain: {len(self.bars)} bars, {len(self.events)} events")
