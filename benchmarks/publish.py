"""Signals published a second with everything durable, against a plain insert of the same signal."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from arena.kit.clock import WallClock, monotonic_s
from arena.kit.db import Database, open_pool
from arena.kit.facts import Reaction, Routing
from arena.kit.settings import Settings
from arena.marketplace.delivery import announce
from arena.signals.feeds import SignalPublished
from benchmarks.stage import Author
from benchmarks.table import Goal, ratios, show, spread

PUBLISHERS = (1, 8)


async def publish(url: str, *, rounds: int, seconds: float) -> None:
    """Prints the table. A published signal is signed, checked, chained, logged, told of, and committed."""
    size = max(PUBLISHERS)
    pool = await open_pool(url, size_min=size, size_max=size)
    routing = Routing({SignalPublished: [Reaction("delivery.announce", announce)]})
    db = Database(pool, WallClock(), routing)
    rates: dict[tuple[str, int], list[float]] = {}
    delays: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as home:
        author = await Author(
            db, Settings(home=Path(home), seed="benchmark"), "Publishing"
        ).arrive()
        heads = {}
        for number in range(size):
            feed = await author.open(f"feed {number}")
            heads[number] = (feed.id, 0, feed.last_hash)
        await pool.execute("create table plain (like signal)")
        template = await author.publish(heads[0][0])
        heads[0] = (heads[0][0], 1, template.hash)

        async def real(number: int) -> None:
            feed_id, sequence, last = heads[number]
            made = await author.publish(feed_id, (sequence, last))
            heads[number] = (feed_id, made.sequence, made.hash)

        async def plain(_number: int) -> None:
            terms = template.terms
            await pool.execute(
                "insert into plain values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)",
                terms.feed_id, terms.sequence, terms.id, template.body, template.signature, terms.key_id,
                template.hash, template.salt, template.log_index, terms.instrument, terms.target_weight,
                terms.issued_at, terms.valid_until, template.received_at,
            )  # fmt: skip

        await _drive(real, size, 1.0)
        await pool.execute("analyze")
        for _ in range(rounds):
            for count in PUBLISHERS:
                for name, act in (("publish", real), ("plain insert", plain)):
                    rate, delay = await _drive(act, count, seconds)
                    rates.setdefault((name, count), []).append(rate)
                    delays.setdefault((name, count), []).append(delay)
    await pool.close()
    show(
        f"Signals published a second, everything durable, {rounds} rounds of {seconds:g} s",
        ["side", "publishers", "a second", "p50 ms"],
        [[name, str(count), spread(rates[name, count]), spread(delays[name, count], 2)]
         for name, count in rates],
        [
            Goal(f"publish against a plain insert, {count} at a time",
                 ratios(rates["publish", count], rates["plain insert", count]), None)
            for count in PUBLISHERS
        ],
    )  # fmt: skip


async def _drive(
    act: Callable[[int], Awaitable[None]], count: int, seconds: float
) -> tuple[float, float]:
    """How often `act` is done in a second by `count` at a time, and its median duration in ms."""
    until = monotonic_s() + seconds
    took: list[float] = []

    async def one(number: int) -> None:
        while (began := monotonic_s()) < until:
            await act(number)
            took.append(monotonic_s() - began)

    began = monotonic_s()
    await asyncio.gather(*(one(number) for number in range(count)))
    return len(took) / (monotonic_s() - began), 1000 * sorted(took)[len(took) // 2]
