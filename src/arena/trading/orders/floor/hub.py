"""Who listens on the floor: to an account's events (none is ever skipped), to prices (the oldest are dropped)."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import contextmanager

from arena.trading.market import DepthSnapshot, MarketEvent
from arena.trading.venues import UserEvent

PRICES_MAX = 10_000
EVENTS_MAX = 10_000


class Listener:
    """One reader of one account. Iterates over its events; stops where it was too slow."""

    def __init__(self) -> None:
        self._waiting: deque[UserEvent] = deque()
        self._woken = asyncio.Event()
        self._ended = False
        self.last = 0

    def put(self, event: UserEvent) -> None:
        if event.number <= self.last or self._ended:
            return
        if len(self._waiting) >= EVENTS_MAX:
            self.end()
            return
        self.last = event.number
        self._waiting.append(event)
        self._woken.set()

    def end(self) -> None:
        self._ended = True
        self._woken.set()

    def __aiter__(self) -> AsyncIterator[UserEvent]:
        return self

    async def __anext__(self) -> UserEvent:
        while not self._waiting:
            if self._ended:
                raise StopAsyncIteration
            self._woken.clear()
            await self._woken.wait()
        return self._waiting.popleft()


class Watcher:
    """One reader of prices. Where it was too slow it finds a snapshot of each instrument in place of what it missed."""

    def __init__(self, symbols: Collection[str], snapshot: Callable[[str], DepthSnapshot]) -> None:
        self.symbols = frozenset(symbols)
        self._snapshot = snapshot
        self._waiting: deque[MarketEvent] = deque()
        self._woken = asyncio.Event()

    def put(self, event: MarketEvent) -> None:
        self._waiting.append(event)
        if len(self._waiting) > PRICES_MAX:
            self._waiting.clear()
            self._waiting.extend(self._snapshot(symbol) for symbol in sorted(self.symbols))
        self._woken.set()

    def __aiter__(self) -> AsyncIterator[MarketEvent]:
        return self

    async def __anext__(self) -> MarketEvent:
        while not self._waiting:
            self._woken.clear()
            await self._woken.wait()
        return self._waiting.popleft()


class Hub:
    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}
        self._watchers: dict[str, set[Watcher]] = {}

    @contextmanager
    def listening(self, account_id: str) -> Iterator[Listener]:
        listener = Listener()
        self._listeners.setdefault(account_id, set()).add(listener)
        try:
            yield listener
        finally:
            there = self._listeners[account_id]
            there.discard(listener)
            if not there:
                del self._listeners[account_id]

    @contextmanager
    def watching(
        self, symbols: Collection[str], snapshot: Callable[[str], DepthSnapshot]
    ) -> Iterator[Watcher]:
        watcher = Watcher(symbols, snapshot)
        for symbol in watcher.symbols:
            self._watchers.setdefault(symbol, set()).add(watcher)
        try:
            yield watcher
        finally:
            for symbol in watcher.symbols:
                self._watchers[symbol].discard(watcher)

    def tell(self, events: Iterable[UserEvent]) -> None:
        for event in events:
            for listener in self._listeners.get(event.account_id, ()):
                listener.put(event)

    def show(self, event: MarketEvent) -> None:
        for watcher in self._watchers.get(event.symbol, ()):
            watcher.put(event)

    def end(self) -> None:
        """The floor closes, or begins anew: whoever listens comes back with the number of his last event."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.end()
