"""A reader of server-sent events as plain as the standard: what a browser would hear, without one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from arena.kit.tasks import background
from tests.pages.reader import Reader


@dataclass(slots=True)
class Event:
    name: str
    data: str
    id: str | None


@dataclass(slots=True)
class Live:
    """An open stream. `next` gives the next event of a kind; beats that come before it are passed over."""

    heard: list[Event] = field(default_factory=list)
    waiting: asyncio.Queue[Event | None] = field(default_factory=asyncio.Queue)

    async def pump(self, response: httpx.Response) -> None:
        words: dict[str, list[str]] = {}
        async for line in response.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                words.setdefault(name, []).append(value)
                continue
            if "data" in words:
                name, number = words.get("event", ["message"])[0], words.get("id", [""])[0]
                self.waiting.put_nowait(Event(name, "\n".join(words["data"]), number or None))
            words = {}
        self.waiting.put_nowait(None)

    async def any(self, *, within_s: float = 5) -> Event | None:
        """The next event; None where the stream has ended."""
        async with asyncio.timeout(within_s):
            found = await self.waiting.get()
        if found is not None:
            self.heard.append(found)
        return found

    async def next(self, name: str, *, within_s: float = 5) -> Event:
        async with asyncio.timeout(within_s):
            while True:
                found = await self.any(within_s=within_s)
                assert found is not None, f"ended before any {name}: {self.heard}"
                if found.name == name:
                    return found
                assert found.name == "beat", found

    async def sequences(self, count: int) -> list[int]:
        return [int((await self.next("signal")).id or 0) for _ in range(count)]

    async def over(self, *, within_s: float = 5) -> None:
        assert await self.any(within_s=within_s) is None


@asynccontextmanager
async def live(reader: Reader, path: str, **headers: str) -> AsyncIterator[Live]:
    headers = {"Accept": "text/event-stream", **headers}
    async with reader.client.stream("GET", path, headers=headers) as response:
        assert response.status_code == 200, (response.status_code, await response.aread())
        assert response.headers["content-type"].startswith("text/event-stream")
        stream = Live()
        async with background(stream.pump(response)):
            yield stream
