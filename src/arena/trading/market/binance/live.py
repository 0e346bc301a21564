"""The live source: bars as they close, none missing and none twice; books and trades at once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import structlog

from arena.kit.clock import from_ms, monotonic_s, to_ms
from arena.kit.errors import ArenaError
from arena.kit.http import CallFailed
from arena.kit.settings import Settings
from arena.trading.market.binance import parse
from arena.trading.market.binance.books import Books
from arena.trading.market.binance.inbox import Inbox
from arena.trading.market.binance.rest import Rest
from arena.trading.market.binance.stream import Stream
from arena.trading.market.model import (
    INTERVALS,
    Bars,
    Candle,
    Instrument,
    Pack,
    grouped,
)
from arena.trading.market.source import Step

HISTORY_BARS = 1_500  # of 1m bars: a day for the statistics, and the first hour of indicators
REPAIR_BARS_MAX = 5_000
FLUSH_S = 0.5
EVENTS_S = 0.02  # what comes within that time goes on together
STATE_S = 5.0
REPAIR_EVERY_S = 1.0
SETTLE_MS = 1_000  # REST may still count trades into a bar that has just closed
GRACE_S = 3.0  # how long the bars of the other symbols are waited for
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an exchange of Binance's dialect answers, and where it streams."""

    rest_url: str
    stream_url: str

    @property
    def host(self) -> str:
        return urlsplit(self.rest_url).netloc


class Live:
    """Public prices of one exchange of Binance's dialect; `Source` with `stream`."""

    name: Literal["live"] = "live"
    live = True

    def __init__(
        self,
        settings: Settings,
        instruments: tuple[Instrument, ...],
        reason: str,
        *,
        at: Place,
    ) -> None:
        self.instruments = instruments
        self.reason = reason
        self._symbols = tuple(i.symbol for i in instruments)
        self._interval_s = INTERVALS[settings.interval or "1m"]
        self.pack = Pack("live", self._symbols, self._interval_s)
        self._rest_url = at.rest_url
        self.venue = at.host
        self.feed = Stream(at.stream_url, instruments, self._interval_s)

    def bars_from(self, open_at: datetime | None) -> Iterator[Bars]:
        """Nothing: live bars come by `stream`."""
        return iter(())

    async def history(self, symbol: str, first: datetime, last: datetime) -> list[Candle]:
        """The exchange's own bars that open from `first` to `last`. Raises CallFailed, WeightSpent."""
        async with Rest(self._rest_url) as rest:
            try:
                return await rest.klines(symbol, self._interval_s, to_ms(first), to_ms(last))
            except parse.Malformed as odd:
                raise CallFailed(host=self._rest_url, why=str(odd)) from odd

    async def stream(self, since: datetime | None) -> AsyncIterator[Step]:
        """Bars that open at or after `since`, missed ones first, in order and each once; events of books and trades
        at once, what is shown of them at most twice a second. Without `since` the first step brings history instead.
        Ends never.
        """
        inbox, rest = Inbox(), Rest(self._rest_url)
        books = Books(self.venue, self.instruments, rest, inbox)
        jobs = [asyncio.create_task(job) for job in (self.feed.run(inbox, books), books.run())]
        for job in jobs:
            job.add_done_callback(
                lambda task: None if task.cancelled() else inbox.fail(task.exception())
            )
        desk = _Desk(self, inbox, rest, books)
        try:
            async for step in desk.steps(since):
                yield step
        finally:
            jobs += desk.jobs()
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            await rest.close()


class _Desk:
    """Puts bars of stream and REST into one line. `_next_ms` is the open of the next bar to hand out."""

    def __init__(self, live: Live, inbox: Inbox, rest: Rest, books: Books) -> None:
        self._live = live
        self._symbols = live.pack.symbols
        self._interval_s = live.pack.interval_s
        self._width = live.pack.interval_s * 1000
        self._inbox = inbox
        self._books = books
        self.rest = rest
        self._next_ms = 0
        self._repair_at_s = 0.0
        self._repairing: asyncio.Task[list[Bars]] | None = None
        self._pause_s = 0.5
        self._state: tuple[float, dict[str, Any]] = (0.0, {})

    def jobs(self) -> list[asyncio.Task[Any]]:
        """What is still under way when nobody reads any more."""
        return [self._repairing] if self._repairing else []

    async def steps(self, since: datetime | None) -> AsyncIterator[Step]:
        yield await self._opening(since)
        flushed_s = events_s = monotonic_s()
        while True:
            await self._inbox.wait(FLUSH_S)
            early_s = EVENTS_S - (monotonic_s() - events_s)
            if self._inbox.has_events and early_s > 0:
                await asyncio.sleep(early_s)
            if events := self._inbox.take_events():
                events_s = monotonic_s()
                yield Step(events=events)
            for bars in self._due():
                yield Step(bars=bars)
            if monotonic_s() - flushed_s >= FLUSH_S:
                flushed_s = monotonic_s()
                shown = Step(
                    books=self._books.changed(),
                    prints=self._inbox.take_prints(),
                    state=self._news(),
                )
                if shown.quotes:
                    yield shown

    def _news(self) -> dict[str, Any] | None:
        """How the source is: now and then, and at once where a book broke or is whole again."""
        told_s, told = self._state
        state = {
            "venue": self._live.venue,
            "ok": self._books.joined,
            "connections": self._live.feed.connections,
            "malformed": self._live.feed.malformed,
            "dropped": self._inbox.dropped,
            **self._books.state(),
        }
        same = state["ok"] == told.get("ok") and monotonic_s() - told_s < STATE_S
        if same or state == told:
            return None
        self._state = monotonic_s(), state
        return state

    async def _opening(self, since: datetime | None) -> Step:
        """Books and trades as they are, and bars from before the tape; tries until the exchange answers."""
        while True:
            try:
                closed_ms = await self._closed_ms()
                books = [await self.rest.depth(symbol) for symbol in self._symbols]
                prints = [p for symbol in self._symbols for p in await self.rest.trades(symbol)]
                history: tuple[Bars, ...] = ()
                if since is None:
                    first_ms = closed_ms - HISTORY_BARS * self._width
                    history = tuple(await self._from_rest(first_ms, closed_ms - self._width))
                    self._next_ms = closed_ms
                else:
                    earliest_ms = closed_ms - REPAIR_BARS_MAX * self._width
                    self._next_ms = max(to_ms(since), earliest_ms)
                    if self._next_ms > to_ms(since):
                        log.warning("too long away: bars stay missing", since=since.isoformat())
            except (ArenaError, parse.Malformed) as broken:
                await self._rest_a_while(str(broken))
                continue
            self._inbox.connected_again = True  # whatever closed meanwhile is fetched
            return Step(books=tuple(books), prints=tuple(prints), history=history)

    def _due(self) -> list[Bars]:
        """Bars to hand out now: repaired ones where some were missed, then those that are complete."""
        made: list[Bars] = []
        if self._repairing is not None:
            if not self._repairing.done():
                return []
            repair, self._repairing = self._repairing, None
            try:
                made = repair.result()
            except (ArenaError, parse.Malformed) as broken:
                self._repair_at_s = monotonic_s() + self._pause_s
                self._pause_s = min(self._pause_s * 2, 30)
                log.warning("missed bars cannot be fetched yet", why=str(broken)[:300])
                return []
            self._pause_s = 0.5
        elif self._missing():
            if monotonic_s() >= self._repair_at_s:
                # Beside the events: these do not wait for an answer of REST.
                self._repairing = asyncio.create_task(self._repair())
                self._repairing.add_done_callback(lambda _: self._inbox.poke())
            return []
        while (held := self._inbox.bars.get(self._next_ms)) and len(held) == len(self._symbols):
            candles = tuple(held[symbol] for symbol in self._symbols)
            made.append(Bars(from_ms(self._next_ms), self._interval_s, candles))
            self._inbox.forget(self._next_ms)
            self._next_ms += self._width
        return made

    def _missing(self) -> bool:
        """Whether REST must be asked: after a new connection, for a jump in time, for a symbol that is late."""
        for open_ms in [ms for ms in self._inbox.bars if ms < self._next_ms]:
            self._inbox.forget(open_ms)
        if self._inbox.connected_again:
            return True
        if not self._inbox.bars:
            return False
        first_ms = min(self._inbox.bars)
        if first_ms > self._next_ms:
            return True
        late = monotonic_s() - self._inbox.first_seen_s[first_ms] > GRACE_S
        return late and len(self._inbox.bars[first_ms]) < len(self._symbols)

    async def _repair(self) -> list[Bars]:
        """All closed bars from the next one on. A bar of which a symbol has no news at all stays partial."""
        self._inbox.connected_again = False
        try:
            closed_ms = await self._closed_ms()
            made = await self._from_rest(self._next_ms, closed_ms - self._width)
        except BaseException:
            self._inbox.connected_again = True
            raise
        self._repair_at_s = monotonic_s() + REPAIR_EVERY_S
        if made:
            self._next_ms = to_ms(made[-1].open_at) + self._width
        return made

    async def _closed_ms(self) -> int:
        """By the exchange's clock, the time up to which all bars have closed for good."""
        return (await self.rest.time_ms() - SETTLE_MS) // self._width * self._width

    async def _from_rest(self, first_ms: int, last_ms: int) -> list[Bars]:
        candles: list[Candle] = []
        for symbol in self._symbols:
            candles += await self.rest.klines(symbol, self._interval_s, first_ms, last_ms)
        order = {symbol: index for index, symbol in enumerate(self._symbols)}
        candles.sort(key=lambda c: (c.open_at, order[c.symbol]))
        return list(grouped(candles, self._interval_s))

    async def _rest_a_while(self, why: str) -> None:
        log.warning("the exchange does not answer", why=why[:300], again_in_s=self._pause_s)
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(self._pause_s * 2, 30)
