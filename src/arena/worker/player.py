"""Plays the tape: one closed group of bars after another, each step whole or not at all.

A step is (1) one transaction: bars stored, product clock moved, open orders matched, accounts marked; then
(2) reactions to the fills, (3) the decisions of built-in and of hosted strategies, (4) reactions to their signals,
(5) jobs that are due. After a crash in (1) the step is played again; after a crash later on the rest is made up for
at the next start, because each part knows how far it got.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog

from arena.kit.clock import TapeClock, iso_ms, monotonic_s
from arena.kit.db import Tx
from arena.kit.tasks import background
from arena.marketplace import listings
from arena.signals import following, strategists
from arena.signals.strategists import hosting
from arena.trading import market, orders, performance
from arena.wire import Arena
from arena.worker.jobs import Job, run_due
from arena.worker.minutes import Minutes
from arena.worker.pacer import Pacer
from arena.worker.reactor import Reactor

log = structlog.get_logger()
WATCHABLE_STEPS_PER_S = 2.0
LISTINGS_WANTED = 4
BURN_IN_GRACE = timedelta(days=5)
LOOK_EVERY_S = 0.25
MINUTES_LOOK_S = 1.0
STEPS_WAITING_MAX = 10_000  # of a live source; then events wait too


class Player:
    """One per worker; `bars_played` counts the candles since its start."""

    def __init__(
        self, arena: Arena, source: market.Source, reactor: Reactor, jobs: tuple[Job, ...] = ()
    ) -> None:
        self._arena = arena
        self.source = source
        # Other sources have bars only, of which the floor makes books and trades itself.
        self._books = source.name in ("live", "recorded")
        self._reactor = reactor
        self._jobs = jobs
        self.hosting = hosting.HostingDesk(arena.db, arena.settings)
        self._bars: Iterator[market.Bars] | None = None
        self._pause: float | None = None
        self._until: datetime | None = None
        self._look_at = 0.0
        self._jobs_at: datetime | None = None  # the product's time that jobs have run up to
        self.wanted = asyncio.Event()
        self.bars_played = 0

    def nudge(self, _news: str = "") -> None:
        """The tape's speed was changed: look at it now."""
        self.wanted.set()

    async def run(self) -> None:
        """Plays until cancelled; at the end of the tape it waits for a new one to be asked for."""
        try:
            await self.catch_up()
            if self.source.live:
                await self._run_live()
            elif isinstance(self.source, market.Recorded):
                await self._run_recorded(self.source)
            else:
                await self._run_replay()
        finally:
            await self.hosting.close()

    async def catch_up(self) -> None:
        """What a crash may have left undone after the last committed step."""
        async with self._reactor.quiet:
            await self._reactor.settle()
            at = self._arena.db.clock.now()
            await strategists.decide(self._arena.db, self._arena.settings, at)
            await self.hosting.decide(at)
            await self._reactor.settle()
            await run_due(self._jobs, self._arena, at, since=None)
            self._jobs_at = at
            await self._reactor.settle()

    async def _run_replay(self) -> None:
        while True:
            pause_s = await self._pause_s()
            if pause_s is None:
                await self.wanted.wait()
                continue
            began = monotonic_s()
            if await self.step():
                await self._rest(pause_s - (monotonic_s() - began))

    async def _pause_s(self) -> float | None:
        """Seconds from one step to the next, None to stand still; read anew when nudged, and often anyway."""
        if self.wanted.is_set() or monotonic_s() >= self._look_at or self._until_reached():
            self.wanted.clear()
            async with self._arena.db.transaction(readonly=True) as tx:
                tape = await market.tape(tx)
                self._pause = await self._pause_at(tx, tape)
            self._until = tape.until
            self._look_at = monotonic_s() + LOOK_EVERY_S
        return self._pause

    def _until_reached(self) -> bool:
        return self._until is not None and self._arena.db.clock.now() >= self._until

    async def _pause_at(self, tx: Tx, tape: market.Tape) -> float | None:
        if tape.ended_at or (tape.until and tape.product_now >= tape.until):
            return None
        if tape.speed == "pause":
            return None
        if tape.source == "recorded" and tape.speed == "auto":
            return tape.interval_s
        if tape.speed == "max" or (tape.speed == "auto" and await self._fast_forwards(tx, tape)):
            return 0
        if tape.speed == "auto":
            return 1 / WATCHABLE_STEPS_PER_S
        return tape.interval_s / int(tape.speed[:-1])

    async def _fast_forwards(self, tx: Tx, tape: market.Tape) -> bool:
        """Speed `auto` hurries until some demo listings are through burn-in, or should long have been."""
        settings, first = self._arena.settings, tape.pack.first_open
        if not settings.demo or first is None:
            return False
        if tape.product_now > first + timedelta(days=settings.burn_in_days) + BURN_IN_GRACE:
            return False
        return await listings.listed_count(tx) < LISTINGS_WANTED

    async def _rest(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        # Not wait_for: on Python 3.11 it may swallow a cancellation, and Ctrl-C would hang.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.wanted.wait()

    async def step(self) -> bool:
        """Plays the next bars of the replay; False where the tape has ended."""
        if self._bars is None:
            async with self._arena.db.transaction(readonly=True) as tx:
                tape = await market.tape(tx)
            self._bars = self.source.bars_from(tape.next_open_at) if tape.next_open_at else iter(())
        bars = next(self._bars, None)
        if bars is None:
            await self._end()
            return False
        try:
            await self.play(bars)
        except BaseException:
            self._bars = None  # read the position again: this step may or may not stand
            raise
        return True

    async def _end(self) -> None:
        async with self._arena.db.transaction() as tx:
            await market.end_tape(tx)
        log.info("the tape has ended", at=iso_ms(self._arena.db.clock.now()))
        self.nudge()

    async def play(self, bars: market.Bars) -> None:
        """One step of the tape, as the top of this file tells."""
        arena, at = self._arena, bars.close_at
        async with self._reactor.quiet:
            # Not the clock's time: between bars a live clock goes on by itself.
            since = self._jobs_at or arena.db.clock.now()
            self._jobs_at = max(at, since)
            if not self._books:
                await arena.floor.play(bars)
            async with arena.db.transaction() as tx:
                tx.now = at
                await following.follow_waiting(tx, at, venue=arena.venue)
                await market.store_bars(tx, bars)
                await orders.match(tx, bars, venue=arena.venue)
                await performance.mark(tx, at)
                tx.tell(f"clock:{iso_ms(at)}")
            self._move(at)
            if self._books:
                arena.floor.told(bars)
                arena.floor.mark(at)
            self.bars_played += len(bars.candles)
            await self._reactor.settle()
            await strategists.decide(arena.db, arena.settings, at)
            await self.hosting.decide(at)
            await self._reactor.settle()
            await run_due(self._jobs, arena, at, since=since)
            await self._reactor.settle()

    def _move(self, at: datetime) -> None:
        if isinstance(self._arena.db.clock, TapeClock):
            self._arena.db.clock.move_to(at)

    async def _run_live(self) -> None:
        """Orders are matched as events come; bars and quotes are kept beside that, as keeping them takes longer."""
        async with self._arena.db.transaction(readonly=True) as tx:
            tape = await market.tape(tx)
        later: asyncio.Queue[market.Step] = asyncio.Queue(maxsize=STEPS_WAITING_MAX)
        async with background(self._keep_all(later), self._mark_minutes()):
            async for step in self.source.stream(tape.next_open_at):
                self._arena.floor.feed(step.events)
                if step.quotes or step.bars:
                    await later.put(step)

    async def _mark_minutes(self) -> None:
        minutes = Minutes(self._arena.db, self._arena.floor, self.source.pack.interval_s)
        while True:
            await minutes.pass_to(self._arena.db.clock.now())
            await asyncio.sleep(MINUTES_LOOK_S)

    async def _keep_all(self, later: asyncio.Queue[market.Step]) -> None:
        while True:
            await self._keep(await later.get())

    async def _keep(self, step: market.Step) -> None:
        if step.note:
            log.warning("news of prices", note=step.note)
        if step.quotes:
            async with self._arena.db.transaction() as tx:
                await market.store_quotes(tx, step)
        for bars in step.history:
            self._arena.floor.told(bars)
        if step.bars:
            await self.play(step.bars)

    async def _run_recorded(self, source: market.Recorded) -> None:
        """Each step when it is due at the tape's pace; at the end it waits for a new tape to be asked for."""
        async with self._arena.db.transaction(readonly=True) as tx:
            tape = await market.tape(tx)
        pacer = Pacer(self._pause_s, self._rest, source.pack.interval_s)
        minutes = Minutes(self._arena.db, self._arena.floor, source.pack.interval_s)
        if tape.ended_at is None:
            async for step in source.stream(tape.next_open_at, tape.product_now):
                if step.at is not None:
                    await pacer.wait_for(step.at)
                    self._move(step.at)
                    await minutes.pass_to(step.at)
                self._arena.floor.feed(step.events)
                await self._keep(step)
            await self._end()
        while True:
            self.wanted.clear()
            await self.wanted.wait()
