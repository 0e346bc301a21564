"""Collectives publish while the tape runs: whatever the order, every record recomputes."""

import asyncio
import random
from decimal import Decimal

import pytest

from arena.kit.facts import Routing
from arena.kit.outbox import react_once
from arena.signals import feeds
from tests.signals.stage import Author, Stage


async def publish_now_and_then(author: Author, over: asyncio.Event, seed: int) -> int:
    chance, count = random.Random(seed), 0
    while not over.is_set():
        await author.publish(target_weight=Decimal(chance.randint(0, 10)) / 10)
        count += 1
        await asyncio.sleep(chance.random() / 5)  # the reactor must be able to keep up
    return count


async def react_all_along(stage: Stage, over: asyncio.Event) -> None:
    """A reactor beside the player's own, as when two processes drain."""
    while not over.is_set():
        if not await react_once(stage.db):
            await asyncio.sleep(0.001)


async def open_feeds_all_along(stage: Stage, over: asyncio.Event) -> list[Author]:
    authors = []
    while not over.is_set():
        authors.append(await stage.author())
        await asyncio.sleep(0.3)
    return authors


@pytest.mark.slow
async def test_records_recompute_whoever_was_first(stage: Stage) -> None:
    await stage.play(3)
    authors = [await stage.author() for _ in range(3)]
    over = asyncio.Event()
    publishing = [
        asyncio.create_task(publish_now_and_then(author, over, seed))
        for seed, author in enumerate(authors)
    ]
    reacting = asyncio.create_task(react_all_along(stage, over))
    opening = asyncio.create_task(open_feeds_all_along(stage, over))
    try:
        for _ in range(60):
            await stage.play(1)
            await asyncio.sleep(0.02)
    finally:
        over.set()
    counts = await asyncio.gather(*publishing)
    await reacting
    latecomers = await opening
    await stage.play(2)
    assert min(counts) >= 3
    assert len(latecomers) >= 2
    for author in [*authors, *latecomers]:
        again = await stage.recomputed(author.feed.id)
        assert again.differences == ()
        async with stage.db.transaction(readonly=True) as tx:
            assert (await feeds.check_chain(tx, author.feed.id)).holds
    async with stage.db.transaction(readonly=True) as tx:
        astride = await tx.fetchval(
            """select count(*) from signal s join following_act a on a.signal_id = s.id where a.at <> s.received_at"""
        )
        assert astride == 0
        assert await tx.fetchval("select count(*) from reaction where state <> 'done'") == 0


async def test_a_stream_of_publishers_does_not_keep_the_tape_waiting(stage: Stage) -> None:
    """They overlap without a pause; the step gets its turn all the same."""
    await stage.play(1)
    stage.db.routing = Routing()
    over = asyncio.Event()

    async def hold() -> int:
        count = 0
        while not over.is_set():
            async with stage.db.transaction() as tx:
                await feeds.hold_clock(tx)
                await asyncio.sleep(0.01)
            count += 1
        return count

    holders = [asyncio.create_task(hold()) for _ in range(4)]
    try:
        async with asyncio.timeout(30):
            for _ in range(10):
                async with stage.db.transaction() as tx:
                    await feeds.stop_clock(tx)
    finally:
        over.set()
    assert min(await asyncio.gather(*holders)) >= 1
