"""One open socket of market streams: what it hears, and what waits for it while it reads too slowly."""

from collections import deque
from collections.abc import Iterator
from typing import Protocol

from starlette.types import Send

from arena.kit.sockets import Outlet, text_frame
from arena.trading.venues.dialects.binance import stream_counters as counters
from arena.trading.venues.dialects.binance.stream_book import Difference
from arena.trading.venues.dialects.binance.stream_names import StreamName

TRADES_HELD_MAX = 1000  # a stream; then the oldest are dropped
LEVELS_HELD_MAX = 20_000  # of all differences together; then the socket is closed
Key = tuple[StreamName, bool]
"""A stream, in microseconds or not."""


class Message(Protocol):
    """A message in both envelopes, each made when first asked for."""

    def frame(self, *, combined: bool) -> bytes: ...


class Told:
    """A message of a stream as bytes."""

    __slots__ = ("_combined", "_raw", "data", "name")

    def __init__(self, name: StreamName, data: bytes) -> None:
        self.name = name
        self.data = data
        self._raw: bytes | None = None
        self._combined: bytes | None = None

    def frame(self, *, combined: bool) -> bytes:
        if not combined:
            if self._raw is None:
                self._raw = text_frame(self.data)
            return self._raw
        if self._combined is None:
            self._combined = text_frame(in_envelope(self.name.text, self.data))
        return self._combined


def in_envelope(stream: str, data: bytes) -> bytes:
    """As combined streams send it. The name is one that `parse_stream` has spelled, so it needs no escapes."""
    return b'{"stream":"%s","data":%s}' % (stream.encode(), data)


class Backlog:
    """What a reader has missed: of prices the newest, of trades the last ones, of books all differences in one."""

    __slots__ = ("differences", "latest", "trades")

    def __init__(self) -> None:
        self.latest: dict[Key, Message] = {}
        self.trades: dict[Key, deque[Message]] = {}
        self.differences: dict[Key, Difference] = {}

    def keep_latest(self, key: Key, message: Message) -> None:
        self.latest[key] = message

    def keep_in_order(self, key: Key, message: Message) -> None:
        waiting = self.trades.get(key)
        if waiting is None:
            waiting = self.trades[key] = deque(maxlen=TRADES_HELD_MAX)
        if len(waiting) == TRADES_HELD_MAX:
            counters.DROPPED.inc()
        waiting.append(message)

    def keep_difference(self, key: Key, difference: Difference) -> None:
        held = self.differences.get(key)
        if held is None:
            self.differences[key] = difference.copy()
        else:
            held.add(difference)

    def forget(self, key: Key) -> None:
        self.latest.pop(key, None)
        self.trades.pop(key, None)
        self.differences.pop(key, None)

    @property
    def levels(self) -> int:
        return sum(difference.levels for difference in self.differences.values())

    def messages(self) -> Iterator[Message]:
        for waiting in self.trades.values():
            yield from waiting
        yield from self.latest.values()


class Connection:
    """`combined`: messages come in an envelope that names their stream. `micro`: times are in microseconds."""

    __slots__ = (
        "backlog", "closing", "combined", "micro", "opened_at_s", "outlet", "send", "streams",
    )  # fmt: skip

    def __init__(
        self, outlet: Outlet, send: Send, *, combined: bool, micro: bool, opened_at_s: float
    ) -> None:
        self.outlet = outlet
        self.send = send
        self.combined = combined
        self.micro = micro
        self.opened_at_s = opened_at_s
        self.streams: dict[str, StreamName] = {}
        self.backlog: Backlog | None = None
        self.closing = False

    def held(self) -> Backlog | None:
        """The backlog that must be added to, where this reader is behind."""
        if self.backlog is None and self.outlet.congested:
            self.backlog = Backlog()
            counters.BEHIND.inc()
        return self.backlog

    def say(self, data: bytes) -> None:
        """An answer or an event of this socket alone, never held back: whoever asks waits for himself."""
        self.outlet.push(text_frame(data))
