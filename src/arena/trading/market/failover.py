"""Live prices of two or more venues: of the first while it is well, of the next while it is not.

A venue whose events stay away, or whose books cannot be made whole, is left for the first other one that is well. The
preferred one is gone back to once it has been well without a break for a while. At each switch all books begin anew
with a snapshot. Whoever listens hears one line all the time: bars follow each other without a hole, none comes twice,
and the numbers of trades and of book updates go on rising. Where no venue is well the books are taken down: nobody
knows them.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

import structlog

from arena.kit.clock import iso_ms, monotonic_s, wall_now
from arena.trading.market.counters import SWITCHES
from arena.trading.market.depth import DepthSnapshot, MarketEvent
from arena.trading.market.model import Bars, Candle, Pack, Print
from arena.trading.market.numbering import Numbering
from arena.trading.market.source import Step
from arena.trading.market.venue_line import PriceVenue, VenueLine

LOOK_S = 0.25
log = structlog.get_logger()


class Failover:
    """`Source` with `stream` over several venues, the preferred one first; all of the same pack and instruments."""

    name: Literal["live"] = "live"
    live = True

    def __init__(self, venues: Sequence[PriceVenue], *, silent_s: float, well_s: float) -> None:
        first = venues[0]
        assert all(one.pack == first.pack for one in venues), "venues differ in what they play"
        self.pack: Pack = first.pack
        self.instruments = first.instruments
        others = ", ".join(one.venue for one in venues[1:])
        self.reason = f"{first.reason}; where it falls silent: {others}"
        self._venues = tuple(venues)
        self._silent_s = silent_s
        self._well_s = well_s
        self._active: PriceVenue = first

    def bars_from(self, open_at: datetime | None) -> Iterator[Bars]:
        """Nothing: live bars come by `stream`."""
        return iter(())

    async def history(self, symbol: str, first: datetime, last: datetime) -> list[Candle]:
        """Of the venue whose prices are taken now."""
        return await self._active.history(symbol, first, last)

    async def stream(self, since: datetime | None) -> AsyncIterator[Step]:
        lines = [VenueLine(one, self._silent_s) for one in self._venues]
        desk = _Desk(lines, since, self._well_s)
        try:
            async for step in desk.steps():
                self._active = desk.active.source
                yield step
        finally:
            for line in lines:
                await line.stop()


class _Desk:
    """Which venue is listened to, and how its steps are put into the one line."""

    def __init__(self, lines: list[VenueLine], since: datetime | None, well_s: float) -> None:
        self._lines = lines
        self._well_s = well_s
        self._next = since  # the open of the next bar to hand on; None before the first
        self._numbering = Numbering()
        self._down = False
        self._switches = 0
        self._last: dict[str, str] | None = None
        self.active = lines[0]

    async def steps(self) -> AsyncIterator[Step]:
        self.active.start(self._next)
        self.active.active = True
        looked_s = monotonic_s()
        while True:
            step = await self._next_step()
            if step is not None and (kept := self._in_line(step)) is not None:
                yield kept
            if monotonic_s() - looked_s >= LOOK_S:
                looked_s = monotonic_s()
                for made in await self._judge():
                    yield made

    async def _next_step(self) -> Step | None:
        try:
            async with asyncio.timeout(LOOK_S):
                return await self.active.steps.get()
        except TimeoutError:
            return None

    async def _judge(self) -> list[Step]:
        """Looks at the venues; the steps of a switch, where there is one."""
        why = self.active.trouble()
        better = self._preferred_well()
        if better is not None:
            return await self._switch(better, "it is well again")
        if not self.active.uneasy():
            await self._rest_spares()
            return self._up_again()
        for line in self._lines:
            if not line.started:
                line.start(self._next)
        if not why:
            return self._up_again()
        for line in self._lines:
            if line is not self.active and not line.trouble() and line.state.get("ok"):
                return await self._switch(line, f"{self.active.venue}: {why}")
        return self._take_down(why)

    async def _rest_spares(self) -> None:
        """Less preferred venues are not listened to while the active one is well."""
        for spare in self._lines[self._lines.index(self.active) + 1 :]:
            if spare.started:
                await spare.stop()

    def _preferred_well(self) -> VenueLine | None:
        """A venue before the active one that has been well for long enough."""
        for line in self._lines[: self._lines.index(self.active)]:
            if line.started and line.well_for_s() >= self._well_s:
                return line
        return None

    async def _switch(self, line: VenueLine, why: str) -> list[Step]:
        before, self.active = self.active, line
        before.active = False
        before.drained()
        if self._lines.index(before) > self._lines.index(line):
            await self._rest_spares()
        self._switches += 1
        self._down = False
        self._last = {"at": iso_ms(wall_now()), "from": before.venue, "to": line.venue, "why": why}
        SWITCHES.labels(line.venue).inc()
        note = f"prices are those of {line.venue} now ({why})"
        self._numbering.begin_anew()
        line.active = True  # from the very moment of these books on, without a pause between
        books = Step(events=self._numbered(line.books()), state=self._state(), note=note)
        missed = [Step(bars=bars) for bars in line.bars]
        if self._next is None and line.opening is not None:
            missed.insert(0, replace(line.opening, events=()))
        return [books, *(kept for one in missed if (kept := self._in_line(one)) is not None)]

    def _take_down(self, why: str) -> list[Step]:
        """Nobody is well: nobody shall trade against books that nobody knows."""
        if self._down:
            return []
        self._down = True
        gone = [
            DepthSnapshot(one.symbol, wall_now(), one.last_id, (), ())
            for one in self.active.books()
        ]
        note = f"no venue has prices ({self.active.venue}: {why})"
        return [Step(events=self._numbered(gone), state=self._state(), note=note)]

    def _up_again(self) -> list[Step]:
        if not self._down:
            return []
        waiting = [replace(step, events=_trades(step.events)) for step in self.active.drained()]
        books = self.active.books()  # with all that waited
        self._down = False
        note = f"{self.active.venue} has prices again"
        up = Step(events=self._numbered(books), state=self._state(), note=note)
        return [up, *(kept for one in waiting if (kept := self._in_line(one)) is not None)]

    def _in_line(self, step: Step) -> Step | None:
        """The step with its numbers, without bars that were handed on before; None where nothing is left."""
        bars = step.bars
        if bars is not None:
            if not self._is_next(bars):
                return None
            self._next = bars.close_at
        if step.history and self._next is None:
            self._next = step.history[-1].close_at
        return replace(
            step,
            events=self._numbered(_trades(step.events) if self._down else step.events),
            prints=tuple(self._numbering.shown(made) for made in step.prints),
            state=None if step.state is None else self._state(),
        )

    def _is_next(self, bars: Bars) -> bool:
        return self._next is None or bars.open_at >= self._next

    def _numbered(self, events: Sequence[MarketEvent]) -> tuple[MarketEvent, ...]:
        return tuple(self._numbering.of(event) for event in events)

    def _state(self) -> dict[str, Any]:
        shown = [line.shown() | {"active": line is self.active} for line in self._lines]
        return {
            **self.active.state,
            "venue": self.active.venue,
            "ok": bool(self.active.state.get("ok")) and not self._down,
            "venues": shown,
            "switches": self._switches,
            "last_switch": self._last,
        }


def _trades(events: Sequence[MarketEvent]) -> tuple[MarketEvent, ...]:
    """Without what would be built upon a book that was taken down."""
    return tuple(event for event in events if isinstance(event, Print))
