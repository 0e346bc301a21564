"""What the stream brought and nobody took yet: bounded, newest first to stay.

Closed bars are kept until taken; of books only the latest of each symbol; of trades the latest few thousand
(the oldest are dropped: prices may be, money never).
"""

import asyncio
from collections import deque

from arena.kit.clock import to_ms
from arena.trading.market.model import Book, Candle, Print

PRINTS_MAX = 5_000
BARS_MAX = 10_000


class Inbox:
    def __init__(self) -> None:
        self.bars: dict[int, dict[str, Candle]] = {}  # by open in ms, then symbol
        self.first_seen_s: dict[int, float] = {}  # when the first bar of that open arrived
        self.connected_again = False
        self.failure: BaseException | None = None
        self._books: dict[str, Book] = {}
        self._prints: deque[Print] = deque(maxlen=PRINTS_MAX)
        self._changed = asyncio.Event()

    def put_bar(self, candle: Candle, now_s: float) -> None:
        open_ms = to_ms(candle.open_at)
        self.bars.setdefault(open_ms, {})[candle.symbol] = candle
        self.first_seen_s.setdefault(open_ms, now_s)
        while len(self.bars) > BARS_MAX:  # nobody takes them; the gap is repaired by REST
            self.forget(min(self.bars))
        self._changed.set()

    def put_book(self, book: Book) -> None:
        self._books[book.symbol] = book

    def put_print(self, made: Print) -> None:
        self._prints.append(made)

    def connected(self) -> None:
        """A connection stands anew: bars may have been missed."""
        self.connected_again = True
        self._changed.set()

    def fail(self, failure: BaseException | None) -> None:
        """The reader has ended; `wait` raises why."""
        self.failure = failure
        self._changed.set()

    def forget(self, open_ms: int) -> None:
        self.bars.pop(open_ms, None)
        self.first_seen_s.pop(open_ms, None)

    def take_quotes(self) -> tuple[tuple[Book, ...], tuple[Print, ...]]:
        books, prints = tuple(self._books.values()), tuple(self._prints)
        self._books.clear()
        self._prints.clear()
        return books, prints

    async def wait(self, seconds: float) -> None:
        """Until a bar or a connection comes, at most that long."""
        # Not `wait_for`, which on Python 3.11 may swallow a cancellation that comes with the event.
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return
        self._changed.clear()
        if self.failure is not None:
            raise self.failure
