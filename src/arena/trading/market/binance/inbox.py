"""What the stream brought and nobody took yet: bounded, newest first to stay.

Closed bars are kept until taken; of trades only the latest few thousand (the oldest are dropped: prices may be, money
never). Events of books cannot be dropped one by one: where too many wait they all go, and books begin anew.
"""

import asyncio
from collections import deque
from collections.abc import Iterable

from arena.kit.clock import to_ms
from arena.trading.market.depth import MarketEvent
from arena.trading.market.model import Candle, Print

PRINTS_MAX = 5_000
BARS_MAX = 10_000
EVENTS_MAX = 50_000


class Inbox:
    def __init__(self) -> None:
        self.bars: dict[int, dict[str, Candle]] = {}  # by open in ms, then symbol
        self.first_seen_s: dict[int, float] = {}  # when the first bar of that open arrived
        self.connected_again = False
        self.failure: BaseException | None = None
        self.dropped = 0
        self._events: list[MarketEvent] = []
        self._prints: deque[Print] = deque(maxlen=PRINTS_MAX)
        self._changed = asyncio.Event()

    def put_bar(self, candle: Candle, now_s: float) -> None:
        open_ms = to_ms(candle.open_at)
        self.bars.setdefault(open_ms, {})[candle.symbol] = candle
        self.first_seen_s.setdefault(open_ms, now_s)
        while len(self.bars) > BARS_MAX:  # nobody takes them; the gap is repaired by REST
            self.forget(min(self.bars))
        self._changed.set()

    def put_print(self, made: Print) -> None:
        self._prints.append(made)
        self.put_events([made])

    def put_events(self, events: Iterable[MarketEvent]) -> bool:
        """False where nobody takes them: then all that waited are gone, these too."""
        self._events += events
        self._changed.set()
        if len(self._events) <= EVENTS_MAX:
            return True
        self.dropped += len(self._events)
        self._events.clear()
        return False

    def connected(self) -> None:
        """A connection stands anew: bars may have been missed."""
        self.connected_again = True
        self._changed.set()

    def fail(self, failure: BaseException | None) -> None:
        """The reader has ended; `wait` raises why."""
        self.failure = failure
        self._changed.set()

    def poke(self) -> None:
        """Whoever waits shall look again."""
        self._changed.set()

    def forget(self, open_ms: int) -> None:
        self.bars.pop(open_ms, None)
        self.first_seen_s.pop(open_ms, None)

    @property
    def has_events(self) -> bool:
        return bool(self._events)

    def take_events(self) -> tuple[MarketEvent, ...]:
        events = tuple(self._events)
        self._events.clear()
        return events

    def take_prints(self) -> tuple[Print, ...]:
        prints = tuple(self._prints)
        self._prints.clear()
        return prints

    async def wait(self, seconds: float) -> None:
        """Until there is news, at most that long."""
        # Not `wait_for`, which on Python 3.11 may swallow a cancellation that comes with the event.
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return
        self._changed.clear()
        if self.failure is not None:
            raise self.failure
