"""The peers in Python: a FastAPI route with one SQLAlchemy query, and the broadcast everybody writes first."""

import asyncio
import sys
import time
from typing import Annotated, Any

import uvicorn
import uvloop
from fastapi import (
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Response,
    WebSocket,
    WebSocketDisconnect,
)
from sqlalchemy import String
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from arena.kit.db import connect_options
from benchmarks.child import obey, resident_kb, spent


class Base(DeclarativeBase):
    pass


class Feed(Base):
    __tablename__ = "feed"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    name: Mapped[str] = mapped_column(String)
    instrument: Mapped[str] = mapped_column(String)
    status: Mapped[str] = mapped_column(String)


class Naive:
    """The app and what the parent may tell it."""

    def __init__(self, url: str) -> None:
        options = connect_options(url)
        engine = create_async_engine(
            "postgresql+asyncpg://", pool_size=8, max_overflow=0,
            connect_args={k: v for k, v in options.items() if v is not None},
        )  # fmt: skip
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._sockets: list[WebSocket] = []
        self._body = b""
        self._payload = ""
        self.port = 0
        self.app = FastAPI()
        self.app.get("/pull")(self._pull())
        self.app.websocket("/stream")(self._stream)

    def _pull(self) -> Any:
        async def session() -> Any:
            async with self._sessions() as opened:
                yield opened

        async def pull(
            model_id: str,
            db: Annotated[AsyncSession, Depends(session)],
            authorization: Annotated[str, Header()],
        ) -> Response:
            feed = await db.get(Feed, model_id)
            if feed is None or not authorization:
                raise HTTPException(403)
            return Response(self._body, media_type="application/json")

        return pull

    async def _stream(self, socket: WebSocket) -> None:
        await socket.accept()
        self._sockets.append(socket)
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            self._sockets.remove(socket)

    async def about(self) -> dict[str, Any]:
        return {"port": self.port, "stream": "/stream"}

    async def use(self, payload: str, items: int) -> int:
        """What is sent: the same bytes as the product sends."""
        self._payload = payload
        self._body = b'{"data":[' + b",".join([payload.encode()] * items) + b"]}"
        return resident_kb()

    async def ready(self, sockets: int) -> int:
        assert len(self._sockets) >= sockets
        return len(self._sockets)

    async def paced(self, events: int, hertz: float) -> dict[str, Any]:
        starts: list[float] = []
        began = time.monotonic()
        try:
            async with asyncio.timeout(1.5 * events / hertz):
                for number in range(events):
                    starts.append(time.monotonic())
                    for socket in list(self._sockets):
                        await socket.send_text(self._payload)
                    await asyncio.sleep(max(0.0, began + (number + 1) / hertz - time.monotonic()))
        except TimeoutError:
            pass  # a full socket stops the loop for everybody: that is what is being shown
        size = len(self._payload.encode()) + 4
        return {"starts": starts, "sizes": [size] * events}

    async def saturate(self, seconds: float, joined: int) -> dict[str, Any]:
        assert joined == 1
        began, events = time.monotonic(), 0
        while time.monotonic() - began < seconds:
            for socket in self._sockets:
                await socket.send_text(self._payload)
            events += 1
            await asyncio.sleep(0)
        size = (len(self._payload.encode()) + 4) * events
        return {"began": began, "events": events, "sockets": len(self._sockets), "bytes_each": size}


async def main(url: str) -> None:
    naive = Naive(url)
    config = uvicorn.Config(
        naive.app, host="127.0.0.1", port=0, loop="uvloop", http="httptools", ws="websockets-sansio",
        ws_per_message_deflate=False, ws_ping_interval=None, access_log=False, log_level="warning",
        backlog=2048, timeout_graceful_shutdown=3,
    )  # fmt: skip
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers a flag only
        await asyncio.sleep(0.02)
    naive.port = server.servers[0].sockets[0].getsockname()[1]
    await obey(
        {
            "about": naive.about, "use": naive.use, "spent": spent, "ready": naive.ready, "flood": naive.paced,
            "paced": naive.paced,
            "saturate": naive.saturate,
        }
    )  # fmt: skip
    server.should_exit = True
    await serving


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
