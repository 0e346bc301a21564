"""News between processes: told here at once, to the others by one coalesced NOTIFY connection.

News is a hint, never the truth: it may be lost while a connection is down, so whoever listens also
looks at the database now and then, and catches up by sequence.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from typing import Any

import asyncpg
import structlog

from arena.kit.db import connect_options

CHANNEL = "arena"
BATCH_BYTES_MAX = 7_000  # PostgreSQL refuses 8,000
WAITING_MAX = 10_000  # while the connection is down; then the oldest news are dropped
log = structlog.get_logger()
Listener = Callable[[str], None]


class Bus:
    """`publish` is handed to the Database; `listen` hears `topic` news of this and all other processes."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._origin = secrets.token_hex(4)
        self._listeners: dict[str, list[Listener]] = {}
        self._waiting: dict[str, None] = {}  # news folded, in order
        self._wake = asyncio.Event()
        self.connected = False

    def listen(self, topic: str, listener: Listener) -> None:
        """`listener` gets the words after the topic; with topic `*` it is called after every reconnect."""
        self._listeners.setdefault(topic, []).append(listener)

    def publish(self, news: list[str]) -> None:
        for item in news:
            self._dispatch(item)
            self._waiting[item] = None
        while len(self._waiting) > WAITING_MAX:
            del self._waiting[next(iter(self._waiting))]
        self._wake.set()

    async def run(self) -> None:
        """Keeps one connection that listens and notifies; reconnects for ever with a growing pause."""
        pause_s = 0.1
        while True:
            try:
                connection = await asyncpg.connect(**connect_options(self._url), timeout=10)
            except (OSError, asyncpg.PostgresError, TimeoutError) as broken:
                log.warning("bus cannot connect", error=str(broken), again_in_s=pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, 5)
                continue
            pause_s = 0.1
            try:
                await self._serve(connection)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as broken:
                log.warning("bus lost its connection", error=str(broken))
            finally:
                self.connected = False
                with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await connection.close(timeout=1)

    async def _serve(self, connection: Any) -> None:
        connection.add_termination_listener(lambda _connection: self._wake.set())
        await connection.add_listener(CHANNEL, self._heard)
        self.connected = True
        self._dispatch("*")
        while not connection.is_closed():
            self._wake.clear()
            while self._waiting and not connection.is_closed():
                await connection.execute("select pg_notify($1, $2)", CHANNEL, self._batch())
            await self._wake.wait()
        raise ConnectionError("the server closed the connection")

    def _batch(self) -> str:
        lines = [self._origin]
        size = 0
        for item in list(self._waiting):
            size += len(item.encode()) + 1
            if size > BATCH_BYTES_MAX and len(lines) > 1:
                break
            del self._waiting[item]
            lines.append(item)
        return "\n".join(lines)

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        origin, *news = str(payload).split("\n")
        if origin != self._origin:
            for item in news:
                self._dispatch(item)

    def _dispatch(self, item: str) -> None:
        topic, _, words = item.partition(":")
        for listener in self._listeners.get(topic, []):
            try:
                listener(words)
            except Exception:  # the edge to a listener: its fault is not the teller's
                log.exception("a listener to news failed", topic=topic)
