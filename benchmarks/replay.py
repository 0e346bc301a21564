"""Replay speed: bars a second through the whole product, from stored bar to strategists' signals and jobs."""

import asyncio
import tempfile
from pathlib import Path

from arena import demo
from arena.kit.clock import TapeClock, from_ms, monotonic_s
from arena.kit.db import Database, open_pool
from arena.kit.facts import Routing
from arena.kit.settings import Settings
from arena.trading import market
from arena.wire import open_arena
from arena.worker import Player, Reactor
from arena.worker.jobs import STANDING
from benchmarks.stage import durable_database
from benchmarks.table import Goal, show, spread

WINDOWS = 5


async def replay(*, seconds: float) -> None:
    """Prints the table: the sample tape from its start, with the built-in feeds employed."""
    async with durable_database() as url:
        with tempfile.TemporaryDirectory(prefix="arena-bench-home-") as home:
            settings = Settings(
                home=Path(home), seed="benchmark", source="sample", speed="max", data=None
            )
            source = await asyncio.to_thread(market.choose_source, settings)
            await _open_tape(url, source)
            async with open_arena(settings, url) as arena:
                await demo.prepare(arena)
                reactor = Reactor(arena.db)
                arena.bus.listen("fact", reactor.wake)
                player = Player(arena, source, reactor, STANDING)
                await player.catch_up()
                rates, counts = await _play(player, arena.db, seconds)
    show(
        f"Replay of the sample tape through the whole product, {WINDOWS} windows of {seconds / WINDOWS:g} s",
        ["bars/s", "bars", "feeds", "signals", "fills", "equity marks", "facts"],
        [[spread(rates), *(f"{count:,}" for count in counts)]],
        [Goal("bars a second", rates, None)],
    )  # fmt: skip


async def _open_tape(url: str, source: market.Source) -> None:
    pool = await open_pool(url, size_min=1, size_max=1)
    try:
        async with Database(pool, TapeClock(from_ms(0)), Routing()).transaction() as tx:
            await market.open_tape(tx, source, "max")
    finally:
        await pool.close()


async def _play(player: Player, db: Database, seconds: float) -> tuple[list[float], list[int]]:
    rates = []
    for _ in range(WINDOWS):
        began, before = monotonic_s(), player.bars_played
        while monotonic_s() - began < seconds / WINDOWS and await player.step():
            continue
        rates.append((player.bars_played - before) / (monotonic_s() - began))
    async with db.transaction(readonly=True) as tx:
        counts = await tx.one(
            """select (select count(*) from feed), (select count(*) from signal), (select count(*) from fill),
                      (select count(*) from equity_mark), (select count(*) from fact)"""
        )
    return rates, [player.bars_played, *counts]
