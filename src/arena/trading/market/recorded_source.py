"""Recorded exchange messages as a source: books and trades as they happened, and the bars that these trades made.

The tape's time is that of the exchange's events. A bar is handed on a second after its minute is over by that time, as
the last trades of a minute arrive a little later than its last change of the book. The bar in which the recording
begins is left out: it is not whole.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from arena.kit.clock import from_ms, iso_ms, monotonic_s, to_ms
from arena.trading.market.bucket import Bucket
from arena.trading.market.depth import DepthSnapshot, DepthUpdate, MarketEvent
from arena.trading.market.mirror import Mirror
from arena.trading.market.model import Bars, Instrument, Pack, Print
from arena.trading.market.recorded import EventLine
from arena.trading.market.recording import Recording, open_recording, reason_of
from arena.trading.market.scale import Scale
from arena.trading.market.source import Step

BATCH = timedelta(milliseconds=50)
BATCH_MAX = 500
SETTLE_MS = 1_000
SHOWN_LEVELS = 20
SHOW_EVERY_S = 0.5
PRINTS_SHOWN = 1_000


class Recorded:
    """`Source` with `stream`; each of its steps says by `at` when it is due."""

    name: Literal["recorded"] = "recorded"
    live = False

    def __init__(self, recording: Recording, reason: str) -> None:
        self.reason = reason
        self.recording = recording
        self.pack: Pack = recording.pack
        self.instruments: tuple[Instrument, ...] = recording.instruments

    def bars_from(self, open_at: datetime | None) -> Iterator[Bars]:
        """The bars the trades made, without what happened between."""
        for step in self.steps(open_at):
            if step.bars is not None:
                yield step.bars

    async def stream(
        self, since: datetime | None, after: datetime | None = None
    ) -> AsyncIterator[Step]:
        """Bars that open at or after `since`, events later than `after`: what was before goes into the snapshots that
        come first. Ends with the recording."""
        for step in self.steps(since, after):
            yield step
            await asyncio.sleep(0)

    def steps(self, since: datetime | None, after: datetime | None = None) -> Iterator[Step]:
        playing = _Playing(self, since, after)
        for frame in self.recording.frames():
            line = playing.lines.get(frame.wire)
            if line is None:
                continue
            for event in line.take(frame):
                yield from playing.take(event)
            if line.joiner.gaps != playing.gaps[frame.wire]:
                playing.gaps[frame.wire] = line.joiner.gaps
                playing.take_down(frame.wire)
        yield from playing.rest()


class _Playing:
    """Where the playing stands."""

    def __init__(self, source: Recorded, since: datetime | None, after: datetime | None) -> None:
        self._instruments = source.instruments
        self._scales = {one.symbol: Scale(one) for one in source.instruments}
        self.lines = {one.symbol.replace("-", ""): EventLine(one) for one in source.instruments}
        self.gaps = dict.fromkeys(self.lines, 0)
        self._mirrors = {one.symbol: Mirror(one.symbol) for one in source.instruments}
        self._interval_s = source.pack.interval_s
        self._width = self._interval_s * 1000
        whole_ms = -(-source.recording.begins_ms // self._width) * self._width
        self._bars_from_ms = max(whole_ms, to_ms(since) if since else 0)
        self._buckets: dict[int, dict[str, Bucket]] = {}  # by open, then symbol
        self._told_ms = 0  # bars that opened before are handed on, or never
        self._now = from_ms(0)
        self._after = after
        self._events: list[MarketEvent] = []
        self._began = self._now  # the time of the first event that waits
        self._shown_s = monotonic_s()
        self._prints: deque[Print] = deque(maxlen=PRINTS_SHOWN)
        self._state: dict[str, Any] = {}

    def take(self, event: MarketEvent) -> Iterator[Step]:
        """The steps that are complete now that this has happened."""
        if event.at > self._now:
            if self._events and (event.at - self._began >= BATCH or len(self._events) >= BATCH_MAX):
                yield from self._flush()
            self._now = event.at
            yield from self._bars_due()
        if isinstance(event, Print):
            self._count(event)
        elif not self._apply(event):
            return
        if self._after is not None:
            if event.at <= self._after:
                return
            yield Step(events=self._books_so_far(), at=self._after)
            self._after = None
            if not isinstance(event, Print):
                return  # its snapshot has it already
        if not self._events:
            self._began = self._now
        self._events.append(event)

    def rest(self) -> Iterator[Step]:
        """What is left at the end. The bar that is running then is left out."""
        yield from self._flush()
        yield from self._bars_due(settled_ms=0)
        yield Step(at=self._now, **self._shown())

    def take_down(self, wire: str) -> None:
        """The recording has a gap in this book: nobody knows it until its next snapshot."""
        one = next(o for o in self._instruments if o.symbol.replace("-", "") == wire)
        self._blank(one.symbol)

    def _blank(self, symbol: str) -> None:
        mirror = self._mirrors[symbol]
        gone = DepthSnapshot(symbol, self._now, mirror.last_id, (), ())
        mirror.apply(gone)
        if self._after is None:
            self._began = self._began if self._events else self._now
            self._events.append(gone)

    def _apply(self, event: DepthSnapshot | DepthUpdate) -> bool:
        """False for a change that crosses the book: then the recording cannot be right."""
        mirror = self._mirrors[event.symbol]
        mirror.apply(event)
        if mirror.crossed:
            self.lines[event.symbol.replace("-", "")].joiner.lose()
            return False
        return True

    def _books_so_far(self) -> tuple[MarketEvent, ...]:
        held = [mirror.snapshot() for mirror in self._mirrors.values()]
        return tuple(one for one in held if one is not None)

    def _count(self, made: Print) -> None:
        self._prints.append(made)
        open_ms = to_ms(made.at) // self._width * self._width
        if open_ms < max(self._bars_from_ms, self._told_ms):
            return
        held = self._buckets.setdefault(open_ms, {})
        if made.symbol in held:
            held[made.symbol].add(made)
        else:
            held[made.symbol] = Bucket.of_print(open_ms, self._width, made)

    def _bars_due(self, settled_ms: int = SETTLE_MS) -> Iterator[Step]:
        over_ms = to_ms(self._now) - settled_ms
        for open_ms in sorted(ms for ms in self._buckets if ms + self._width <= over_ms):
            yield from self._flush()
            held = self._buckets.pop(open_ms)
            self._told_ms = open_ms + self._width
            candles = tuple(
                held[one.symbol].candle(one.symbol)
                for one in self._instruments
                if one.symbol in held
            )
            yield Step(bars=Bars(from_ms(open_ms), self._interval_s, candles), at=self._now)

    def _flush(self) -> Iterator[Step]:
        if not self._events:
            return
        shown: dict[str, Any] = {}
        if monotonic_s() - self._shown_s >= SHOW_EVERY_S:
            self._shown_s = monotonic_s()
            shown = self._shown()
        yield Step(events=tuple(self._events), at=self._now, **shown)
        self._events.clear()

    def _shown(self) -> dict[str, Any]:
        books = []
        for one in self._instruments:
            book = self._mirrors[one.symbol].book(self._scales[one.symbol], SHOWN_LEVELS)
            if book is not None:
                books.append(book)
        prints = tuple(self._prints)
        self._prints.clear()
        broken = {
            wire: iso_ms(self._now) for wire, line in self.lines.items() if not line.joiner.joined
        }
        state = {
            "venue": "recorded",
            "ok": not broken,
            "books_broken": broken,
            "resyncs": sum(line.joiner.gaps for line in self.lines.values()),
            "malformed": sum(line.malformed for line in self.lines.values()),
        }
        news, self._state = (state if state != self._state else None), state
        return {"books": tuple(books), "prints": prints, "state": news}


def open_recorded(
    root: Path, *, symbols: str = "", interval: str = "", only: Pack | None = None
) -> Recorded:
    """The file or folder of recorded messages as a source. Raises NoPrices, BadPriceFile."""
    recording = open_recording(root, symbols=symbols, interval=interval, only=only)
    return Recorded(recording, reason_of(recording, root))
