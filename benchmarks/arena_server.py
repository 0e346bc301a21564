"""The product's own app on a database, with a constant answer beside it, and the hub driven from outside."""

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import structlog
import uvloop
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from arena.app import build_app
from arena.kit.settings import Settings
from arena.marketplace.delivery.hub import Hub
from arena.marketplace.delivery.render import signal_frame
from arena.marketplace.delivery.stream import Stream
from arena.money import usage
from arena.people.access import SYSTEM
from arena.signals.feeds import Signal, signals
from arena.web.serve import listen, make_server
from arena.wire import open_arena
from benchmarks.child import obey, spent
from benchmarks.stage import Author

SIGNALS = 10


class Driver:
    """What the parent may tell this server."""

    def __init__(self, author: Author, feed_id: str, port: int, hub: Hub) -> None:
        self._author = author
        self._feed_id = feed_id
        self._port = port
        self._hub = hub

    async def about(self) -> dict[str, Any]:
        """Where to pull and stream, with which keys, and what a signal's message looks like."""
        return {
            "port": self._port, "keys": self._author.keys, "pull": f"/signals?model_id={self._feed_id}&limit=10",
            "constant": "/constant", "stream": f"/stream?model_id={self._feed_id}",
            "payload": await self._sample(),
        }  # fmt: skip

    async def metered(self, on: bool) -> None:
        """The author's calls are paid by the call from now on, below a cap; or not any more."""
        async with self._author.db.transaction() as tx:
            if on:
                new = usage.NewPlan(self._author.owner_id, cap=10**9)
                await usage.open_plan(tx, new, actor=SYSTEM)
            else:
                await usage.end_plan(tx, self._author.owner_id, reason="measured", actor=SYSTEM)
        await asyncio.sleep(0.2)  # the news of it goes round

    async def counted(self) -> int:
        """Units of all calls so far, those of the last second included."""
        await asyncio.sleep(1.0)
        async with self._author.db.transaction() as tx:
            units: int = await tx.fetchval(
                "select coalesce(sum(units), 0)::bigint from usage_event"
            )
            return units

    async def ready(self, sockets: int) -> int:
        """Waits until that many streams have joined; how many have."""
        line = self._hub.lines[self._feed_id]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(30):
                while len(line.live) < sockets:  # noqa: ASYNC110 - as below
                    await asyncio.sleep(0.05)
        return len(line.live)

    async def paced(self, events: int, hertz: float) -> dict[str, Any]:
        """Publishes for real; when each fan-out began is noted as it happens, and how long the frames are."""
        noted: list[tuple[float, int]] = []
        with _noting(self._hub, noted):
            for number in range(events):
                began = time.monotonic()
                await self._author.publish(self._feed_id)
                if number < events - 1:
                    await asyncio.sleep(max(0.0, 1 / hertz - (time.monotonic() - began)))
            async with asyncio.timeout(10):
                while len(noted) < events:  # noqa: ASYNC110 - the hub is not made to tell a benchmark
                    await asyncio.sleep(0.01)
        return {"starts": [start for start, _ in noted], "sizes": [size for _, size in noted]}

    async def saturate(self, seconds: float, joined: int) -> dict[str, Any]:
        """Fans out as fast as the sockets take it, `joined` signals at a time, through the hub's own code."""
        hub = self._hub
        line = hub.lines[self._feed_id]
        [sample, *_] = await hub.read(self._feed_id, 0)
        began, size, events = time.monotonic(), 0, 0
        while time.monotonic() - began < seconds:
            batch = [_numbered(sample, line.last + 1 + n) for n in range(joined)]
            hub.fan_out(line, batch)
            size += sum(len(frame) for _, frame in list(line.recent)[-joined:])
            events += joined
            await asyncio.sleep(0)
            while any(c.outlet.congested for c in hub.connections):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.001)
        return {
            "began": began,
            "events": events,
            "sockets": len(hub.connections),
            "bytes_each": size,
        }

    async def flood(self, events: int, hertz: float) -> dict[str, Any]:
        """Fans out numbered copies of one signal at a pace too quick for publishing, through the hub's own code."""
        line = self._hub.lines[self._feed_id]
        [sample, *_] = await self._hub.read(self._feed_id, 0)
        starts, sizes, began = [], [], time.monotonic()
        for number in range(events):
            starts.append(time.monotonic())
            self._hub.fan_out(line, [_numbered(sample, line.last + 1)])
            sizes.append(len(line.recent[-1][1]))
            await asyncio.sleep(max(0.0, began + (number + 1) / hertz - time.monotonic()))
        return {"starts": starts, "sizes": sizes}

    async def _sample(self) -> str:
        async with self._author.db.transaction(readonly=True) as tx:
            [signal, *_] = await signals(tx, self._feed_id, limit=1)
        frame = signal_frame(signal)
        return frame[4:].decode()


def _numbered(signal: Signal, sequence: int) -> Signal:
    return replace(signal, terms=msgspec.structs.replace(signal.terms, sequence=sequence))


@contextlib.contextmanager
def _noting(hub: Hub, noted: list[tuple[float, int]]) -> Any:
    """Notes when each fan-out begins; what it does is untouched."""
    real = hub.fan_out

    def fan_out(line: Any, fresh: Any) -> None:
        at = time.monotonic()
        real(line, fresh)
        noted.extend((at, len(frame)) for _, frame in list(line.recent)[-len(fresh) :])

    hub.fan_out = fan_out  # type: ignore[method-assign]  # it is the watching that is wanted
    try:
        yield
    finally:
        hub.fan_out = real  # type: ignore[method-assign]  # it is the watching that is wanted


async def main(url: str) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory(prefix="arena-bench-home-") as home:
        settings = Settings(
            home=Path(home), seed="benchmark", port=0, rate_caller_per_min=100_000_000,
            stream_sockets_max=100_000, stream_heartbeat_s=300, demo=False, database_connections_max=8,
        )  # fmt: skip
        listening = listen(settings)
        settings.port = listening.getsockname()[1]
        async with open_arena(settings, url) as arena:
            author = await Author(arena.db, settings, f"Benchmark {settings.port}").arrive(keys=32)
            feed = await author.open("crossing")
            for _ in range(SIGNALS):
                await author.publish(feed.id)
            app = build_app(arena)
            [hub] = [
                r.app.hub for r in app.router.routes if isinstance(getattr(r, "app", None), Stream)
            ]
            driver = Driver(author, feed.id, settings.port, hub)
            constant = json.dumps(
                {"data": [json.loads((await driver.about())["payload"])] * SIGNALS}
            ).encode()

            async def answer(_request: Request) -> Response:
                return Response(constant, media_type="application/json")

            app.router.routes.insert(0, Route("/constant", answer))
            server = make_server(app)
            server.config.ws_ping_interval = None  # pings would be counted as bytes of signals
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            handlers = {
                "about": driver.about, "spent": spent, "flood": driver.flood, "paced": driver.paced,
                "saturate": driver.saturate, "ready": driver.ready, "metered": driver.metered,
                "counted": driver.counted,
            }  # fmt: skip
            await obey(handlers)
            server.should_exit = True
            await serving


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
