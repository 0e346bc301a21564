"""The books of a live exchange: streamed differences joined with snapshots, which are asked for where they must be."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog

from arena.kit.clock import iso_ms, monotonic_s, wall_now
from arena.kit.errors import ArenaError
from arena.trading.market.binance import parse
from arena.trading.market.binance.inbox import Inbox
from arena.trading.market.binance.rest import Rest
from arena.trading.market.counters import DROPPED, JOINED, RESYNCS
from arena.trading.market.depth import DepthSnapshot, DepthUpdate, MarketEvent
from arena.trading.market.joining import Joiner
from arena.trading.market.mirror import Mirror
from arena.trading.market.model import Book, Instrument, Print
from arena.trading.market.scale import Scale

SHOWN_LEVELS = 20
SNAPSHOT_LEVELS = 1_000  # weighs 50 of the 6,000 that the exchange grants in a minute
LOOK_S = 0.1
FIRST_DIFFERENCE_S = 1.0  # how long one is waited for before a snapshot is asked for without it
PAUSE_S_MIN, PAUSE_S_MAX = 0.5, 30.0
STALE_S = 10.0
log = structlog.get_logger()


class _One:
    """One symbol's book. Times are those of the monotonic clock."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.scale = Scale(instrument)
        self.joiner = Joiner()
        self.mirror = Mirror(instrument.symbol)
        self.shown_id = -1
        self.last_trade = 0
        self.heard_at: datetime | None = None
        self.lost_at: datetime | None = None
        self.lost_s = monotonic_s()
        self.ask_s = monotonic_s()
        self.pause_s = PAUSE_S_MIN
        self.blank = True  # nothing is told of the book, or that nobody knows it


class Books:
    """Events go to the inbox in their order. `resyncs` counts the books that broke, `trades_missed` trades whose ids
    were passed over."""

    def __init__(
        self, venue: str, instruments: Sequence[Instrument], rest: Rest, inbox: Inbox
    ) -> None:
        self.resyncs = 0
        self.trades_missed = 0
        self._venue = venue
        self._rest = rest
        self._inbox = inbox
        self._all = {one.symbol: _One(one) for one in instruments}

    @property
    def joined(self) -> bool:
        return all(one.joiner.joined for one in self._all.values())

    def update(self, change: DepthUpdate) -> None:
        """A difference from the stream."""
        one = self._all[change.symbol]
        one.heard_at = change.at
        stood = one.joiner.joined
        self._hand_on(one, one.joiner.update(change))
        if stood and not one.joiner.joined:
            self._broken(one, "gap")

    def trade(self, made: Print) -> None:
        """A trade from the stream. Those missed between two connections are counted, not made up for: the bars are."""
        one = self._all[made.symbol]
        if one.last_trade:
            self.trades_missed += max(made.id - one.last_trade - 1, 0)
        one.last_trade = max(made.id, one.last_trade)
        self._inbox.put_print(made)

    def lose(self, reason: str) -> None:
        """The stream ended, or events were dropped: no book holds any more."""
        for one in self._all.values():
            if one.joiner.joined:
                one.joiner.lose()
                self._broken(one, reason)
            else:
                one.joiner.lose()

    async def run(self) -> None:
        """Asks for snapshots where books need them, until cancelled."""
        while True:
            for one in self._all.values():
                if not one.joiner.joined:
                    self._blank_when_stale(one)
                    if self._is_due(one):
                        await self._ask(one)
            await asyncio.sleep(LOOK_S)

    def changed(self) -> tuple[Book, ...]:
        """The books as they are shown, of those that changed since they were asked for last."""
        made = []
        for one in self._all.values():
            book = one.mirror.book(one.scale, SHOWN_LEVELS)
            if book is not None and one.mirror.last_id != one.shown_id:
                one.shown_id = one.mirror.last_id
                made.append(book)
        return tuple(made)

    def state(self) -> dict[str, Any]:
        """Books that are not whole, with since when."""
        broken = {
            symbol: iso_ms(one.lost_at) if one.lost_at else None
            for symbol, one in self._all.items()
            if not one.joiner.joined
        }
        return {
            "books_broken": broken,
            "resyncs": self.resyncs,
            "trades_missed": self.trades_missed,
        }

    def _is_due(self, one: _One) -> bool:
        now_s = monotonic_s()
        return now_s >= one.ask_s and (one.joiner.waits or now_s - one.lost_s >= FIRST_DIFFERENCE_S)

    async def _ask(self, one: _One) -> None:
        symbol = one.instrument.symbol
        one.ask_s = monotonic_s() + one.pause_s
        one.pause_s = min(one.pause_s * 2, PAUSE_S_MAX)
        try:
            taken = await self._rest.snapshot(one.instrument, SNAPSHOT_LEVELS, one.heard_at)
        except (ArenaError, parse.Malformed) as broken:
            log.warning("no snapshot of the book", symbol=symbol, why=str(broken)[:300])
            return
        self._hand_on(one, one.joiner.snapshot(taken))
        if one.joiner.joined:
            one.pause_s = PAUSE_S_MIN
            one.lost_at = None
            JOINED.labels(self._venue).set(sum(o.joiner.joined for o in self._all.values()))

    def _hand_on(self, one: _One, events: list[MarketEvent]) -> None:
        for event in events:
            assert not isinstance(event, Print), "a joiner joins books"
            one.mirror.apply(event)
            one.blank = False
        if one.mirror.crossed:
            one.joiner.lose()
            self._broken(one, "crossed")
            return
        if events and not self._inbox.put_events(events):
            DROPPED.labels(self._venue).inc(len(events))
            self.lose("dropped")

    def _broken(self, one: _One, reason: str) -> None:
        self.resyncs += 1
        RESYNCS.labels(self._venue, reason).inc()
        JOINED.labels(self._venue).set(sum(o.joiner.joined for o in self._all.values()))
        one.lost_s = monotonic_s()
        one.lost_at = one.heard_at or wall_now()
        one.ask_s = min(one.ask_s, one.lost_s + one.pause_s)
        log.warning("a book is asked for anew", symbol=one.instrument.symbol, why=reason)

    def _blank_when_stale(self, one: _One) -> None:
        """A book nobody has heard of for a while is taken down: nobody shall trade against it."""
        if one.blank or monotonic_s() - one.lost_s < STALE_S:
            return
        one.blank = True
        gone = DepthSnapshot(one.instrument.symbol, wall_now(), one.mirror.last_id, (), ())
        one.mirror.apply(gone)
        one.shown_id = -1
        self._inbox.put_events([gone])
        log.warning("a book is unknown", symbol=one.instrument.symbol, for_s=STALE_S)
