"""The built-in strategists at work on the sample pack: once, the same each time, and after any crash."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from arena.kit.clock import TapeClock
from arena.kit.db import Database, open_pool
from arena.kit.facts import Routing
from arena.kit.outbox import drain
from arena.kit.settings import Settings
from arena.signals import feeds, strategists
from arena.signals.strategists import line_up
from arena.trading.market.sample import sample
from tests.conftest import START, Server
from tests.signals.stage import Stage, open_stage

STEPS = 220


@pytest.fixture
async def other(server: Server, settings: Settings) -> AsyncIterator[Stage]:
    """A second arena with the same tape and seed, in a database of its own."""
    name = await server.create()
    pool = await open_pool(server.url_of(name), size_min=1)
    try:
        yield await open_stage(Database(pool, TapeClock(START), Routing()), settings)
    finally:
        pool.terminate()
        await server.drop(name)


async def everything(stage: Stage) -> dict[str, Any]:
    """All that must be the same where tape and seed are."""
    sqls = {
        "signals": "select feed_id, sequence, id, body, signature, hash, salt, log_index, received_at from signal",
        "orders": "select id, client_order_id, type, quantity, status, placed_at from trade_order",
        "fills": "select id, quantity, price, fee, at, evidence from fill",
        "marks": "select account_id, at, equity, cash from equity_mark",
        "acts": "select signal_id, account_id, outcome, detail, at from following_act",
        "decided": "select feed_id, decided_at from strategist",
        "log": "select index, entry from log_leaf",
    }
    found: dict[str, Any] = {}
    async with stage.db.transaction(readonly=True) as tx:
        for name, sql in sqls.items():
            found[name] = sorted(repr(dict(row)) for row in await tx.fetch(sql))
    return {**found, "root": await stage.log_root()}


async def test_the_line_up_decides_publishes_and_its_records_recompute(stage: Stage) -> None:
    employed = await stage.employ()
    await stage.play(400, deciding=True)
    for feed in employed:
        again = await stage.recomputed(feed.id)
        assert again.differences == ()
        assert len(again.marks) == 400
        async with stage.db.transaction(readonly=True) as tx:
            report = await feeds.check_chain(tx, feed.id)
        assert report.faults == ()
    async with stage.db.transaction(readonly=True) as tx:
        count = await tx.fetchval("select count(*) from signal")
        assert count >= 20
        assert count == await tx.fetchval("select size from log_head")
        assert await tx.fetchval("select count(*) from fill") >= 20


async def test_the_same_tape_and_seed_give_the_same_in_every_byte(
    stage: Stage, other: Stage
) -> None:
    for arena in (stage, other):
        await arena.employ()
        await arena.play(STEPS, deciding=True)
    assert await everything(stage) == await everything(other)


async def test_a_restart_after_every_few_steps_changes_nothing(stage: Stage, other: Stage) -> None:
    """The windows in memory are lost, and made again from the database."""
    await stage.employ()
    await stage.play(STEPS, deciding=True)
    await other.employ()
    for _ in range(STEPS // 20):
        await other.play(20, deciding=True)
        other.db = Database(other.db.pool, other.db.clock, other.db.routing)
        await other.employ()
    assert await everything(stage) == await everything(other)


async def test_a_crash_while_publishing_is_made_up_for(
    stage: Stage, other: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every third publication dies after it was written and before its commit; then the process starts anew."""
    await stage.employ()
    await stage.play(STEPS, deciding=True)
    await other.employ()
    real, calls = feeds.publish, 0

    async def dying(*words: Any, **more: Any) -> feeds.Signal:
        nonlocal calls
        signal = await real(*words, **more)
        calls += 1
        if calls % 3 == 0:
            raise PowerCut
        return signal

    monkeypatch.setattr(feeds, "publish", dying)
    for _ in range(STEPS):
        await other.play(1)
        while True:
            try:
                await strategists.decide(other.db, other.settings, other.now)
                break
            except PowerCut:
                other.db = Database(other.db.pool, other.db.clock, other.db.routing)
        await drain(other.db)
    assert calls > 10
    assert await everything(stage) == await everything(other)


class PowerCut(BaseException):
    """What no code of ours catches."""


async def test_deciding_twice_on_the_same_bars_publishes_once(stage: Stage) -> None:
    await stage.employ()
    published = await stage.play(200, deciding=True)
    assert published
    assert await strategists.decide(stage.db, stage.settings, stage.now) == []


async def test_old_bars_are_passed_over(stage: Stage) -> None:
    """After a pause of a live arena the missed bars are history, not news."""
    await stage.employ()
    await stage.play(150, deciding=True)
    at = stage.now
    await stage.play(5)
    assert await strategists.decide(stage.db, stage.settings, at) == []
    async with stage.db.transaction(readonly=True) as tx:
        decided = {one.decided_at for one in await strategists.employed(tx)}
    assert decided == {at}


async def test_employing_again_changes_nothing(stage: Stage) -> None:
    first = await stage.employ()
    second = await stage.employ()
    assert [feed.id for feed in first] == [feed.id for feed in second]
    async with stage.db.transaction(readonly=True) as tx:
        assert await tx.fetchval("select count(*) from strategist") == len(first)
        assert await tx.fetchval("select count(*) from collective") == len(first)


async def test_a_feed_employed_by_an_older_version_keeps_its_parameters(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await stage.employ()
    momentum = strategists.STRATEGISTS["momentum"]
    newer = {**momentum.ranges, "band_pct": replace(momentum.ranges["band_pct"], default=21)}
    monkeypatch.setattr(type(momentum), "ranges", newer)
    assert await stage.employ() == first


def test_the_line_up_spreads_over_the_instruments() -> None:
    alone = line_up(["BTC-USD"], 900)
    assert 6 <= len(alone) <= 8
    several = line_up(["A-USD", "B-USD", "C-USD"], 900)
    assert len(several) == 12
    assert {post.instrument for post in several} == {"A-USD", "B-USD", "C-USD"}
    assert len({post.collective for post in several}) == len(several)
    assert len({(post.collective, post.feed_name) for post in several}) == len(several)
    assert line_up([], 900) == []
    assert sample("x").pack.symbols == ("BTC-USD",)
