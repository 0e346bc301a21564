"""Where a connection's frames go: straight to the transport, or by ASGI messages on any other server."""

import asyncio
import contextlib
from collections import deque
from typing import Protocol

from starlette.types import Scope, Send

from arena.kit.sockets.framing import payloads
from arena.kit.sockets.protocol import SCOPE_KEY, DirectProtocol


class Outlet(Protocol):
    """Takes frames without ever waiting. `congested` says that more than a little is queued."""

    congested: bool

    def push(self, frames: bytes) -> bool: ...

    def queued_bytes(self) -> int: ...

    async def drained(self) -> None: ...

    def abort(self) -> None: ...

    def wait_for_pong(self, seconds: int) -> None: ...


def outlet_of(scope: Scope, send: Send) -> Outlet:
    direct = scope.get(SCOPE_KEY)
    return direct if isinstance(direct, DirectProtocol) else AsgiOutlet(send)


class AsgiOutlet:
    """Sends by `websocket.send` from a task of its own, so that a slow reader keeps nobody waiting."""

    def __init__(self, send: Send) -> None:
        self.congested = False
        self._send = send
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._open = True
        self._free = asyncio.Event()
        self._free.set()
        self._task: asyncio.Task[None] | None = None

    def push(self, frames: bytes) -> bool:
        if not self._open:
            return False
        self._waiting.append(frames)
        self._size += len(frames)
        if self._size > 65_536:
            self.congested = True
            self._free.clear()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._pump())
        return True

    def queued_bytes(self) -> int:
        return self._size

    async def drained(self) -> None:
        await self._free.wait()

    def abort(self) -> None:
        self._open = False
        self._waiting.clear()
        self._free.set()
        if self._task is not None:
            self._task.cancel()

    def wait_for_pong(self, seconds: int) -> None:
        """Another server pings as it was told to when it was started."""

    async def _pump(self) -> None:
        # OSError and RuntimeError are how servers tell that the other side has gone.
        with contextlib.suppress(OSError, RuntimeError):
            while self._waiting:
                frames = self._waiting[0]
                for payload in payloads(frames):
                    await self._send({"type": "websocket.send", "text": payload.decode()})
                self._waiting.popleft()
                self._size -= len(frames)
                if self._size <= 16_384:
                    self.congested = False
                    self._free.set()
            return
        self.abort()
