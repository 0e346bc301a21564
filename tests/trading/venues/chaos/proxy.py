"""A bad line: an HTTP proxy before a server that loses, delays, doubles, reorders and cuts what goes through it.

It speaks just enough HTTP/1.1 to know where a message ends, and passes WebSockets through until it cuts them.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

HEAD_BYTES_MAX = 65_536
Trouble = Literal[
    "none", "request_lost", "answer_lost", "answer_cut", "delayed", "doubled", "held_back"
]


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to one request. `seconds`: how long it is delayed or held back (others pass it meanwhile)."""

    trouble: Trouble = "none"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Message:
    head: bytes
    body: bytes

    @property
    def first_line(self) -> str:
        return self.head.partition(b"\r\n")[0].decode("latin-1")

    @property
    def upgrades(self) -> bool:
        return b"\r\nupgrade: websocket" in self.head.lower()

    @property
    def raw(self) -> bytes:
        return self.head + self.body


class BadLine:
    """`decide` gives the fate of each request from its method and path; `counted` says how often which trouble was."""

    def __init__(self, port: int, decide: Callable[[str, str], Fate] | None = None) -> None:
        self._upstream = port
        self.decide = decide or (lambda _method, _path: Fate())
        self.counted: Counter[Trouble] = Counter()
        self.port = 0
        self.down = False
        self.misprint: tuple[bytes, bytes] | None = None
        """Words in answers that are replaced by others of the same length."""
        self._sockets: set[asyncio.StreamWriter] = set()
        self._calls: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["BadLine"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=4_000_000)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut_sockets()
            for task in list(self._calls):
                task.cancel()
            await asyncio.gather(*self._calls, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def once(self, trouble: Trouble, method: str, path: str, seconds: float = 0.0) -> None:
        """The next request of this kind has trouble, all others have none."""
        used = False

        def decide(asked: str, target: str) -> Fate:
            nonlocal used
            if not used and asked == method and target.startswith(path):
                used = True
                return Fate(trouble, seconds)
            return Fate()

        self.decide = decide

    def cut_sockets(self) -> int:
        """Cuts all WebSockets that are open now; how many there were."""
        open_ = list(self._sockets)
        for writer in open_:
            writer.transport.abort()
        self._sockets.clear()
        return len(open_)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        try:
            if not self.down:
                await self._calls_of(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        except asyncio.CancelledError:
            return  # the line is taken down; asyncio would log it as a fault
        finally:
            self._calls.discard(task)
            with contextlib.suppress(OSError):
                writer.close()

    async def _calls_of(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream = _Upstream(self._upstream)
        try:
            while (request := await _read(reader)) is not None:
                if request.upgrades:
                    await self._pass_through(request, reader, writer)
                    return
                method, path, _ = request.first_line.split(" ", 2)
                fate = self.decide(method, path)
                self.counted[fate.trouble] += 1
                if fate.trouble == "request_lost" or self.down:
                    writer.transport.abort()
                    return
                if fate.trouble in ("delayed", "held_back"):
                    await asyncio.sleep(fate.seconds)
                answer = await upstream.call(request)
                if fate.trouble == "doubled":  # the second copy's answer goes nowhere
                    await upstream.call(request)
                if not await self._give(answer, fate, writer):
                    return
        finally:
            upstream.close()

    async def _give(self, answer: Message | None, fate: Fate, writer: asyncio.StreamWriter) -> bool:
        """Whether the line still stands afterwards."""
        if fate.trouble == "answer_lost" or answer is None:
            writer.transport.abort()
            return False
        if self.misprint is not None:
            answer = Message(answer.head, answer.body.replace(*self.misprint))
        if fate.trouble == "answer_cut":
            writer.write(answer.raw[: len(answer.raw) * 2 // 3])
            await writer.drain()
            writer.transport.abort()
            return False
        writer.write(answer.raw)
        await writer.drain()
        return True

    async def _pass_through(
        self, request: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._upstream)
        back.write(request.raw)
        self._sockets |= {writer, back}

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while data := await source.read(65_536):
                    sink.write(data)
                    await sink.drain()

        pumps = [asyncio.create_task(pump(reader, back)), asyncio.create_task(pump(there, writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in pumps:
                task.cancel()
            self._sockets -= {writer, back}
            back.close()


class _Upstream:
    """A kept connection to the server; one that the server has closed meanwhile is opened again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, request: Message) -> Message | None:
        kept = self._open is not None
        answer = await self._once(request)
        return await self._once(request) if answer is None and kept else answer

    async def _once(self, request: Message) -> Message | None:
        if self._open is None:
            self._open = await asyncio.open_connection("127.0.0.1", self._port, limit=4_000_000)
        reader, writer = self._open
        try:
            writer.write(request.raw)
            await writer.drain()
            answer = await _read(reader)
        except (OSError, asyncio.IncompleteReadError):
            answer = None
        if answer is None:
            self.close()
        return answer

    def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None


async def _read(reader: asyncio.StreamReader) -> Message | None:
    """One message; None where the other side has closed before it began."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as ended:
        if not ended.partial:
            return None
        raise
    length, chunked = 0, False
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            length = int(value)
        elif name == b"transfer-encoding" and b"chunked" in value:
            chunked = True
    if not chunked:
        return Message(head, await reader.readexactly(length) if length else b"")
    body = b""
    while True:
        size_line = await reader.readuntil(b"\r\n")
        size = int(size_line.split(b";")[0], 16)
        chunk = await reader.readexactly(size + 2)
        body += size_line + chunk
        if size == 0:
            return Message(head, body)
