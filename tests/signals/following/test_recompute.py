"""A record follows from signals and bars: computed again it is the same, and what was altered shows."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.signals import following
from arena.trading.market import Bars, Source
from arena.trading.market.sample import sample
from tests.signals.stage import Author, Stage, open_stage


class Thin:
    """The sample's bars with so little volume that orders of several accounts starve each other."""

    def __init__(self, share: Decimal) -> None:
        self._whole: Source = sample("whole")
        self._share = share
        self.name, self.reason, self.live = "sample", "thinned", False
        self.pack = self._whole.pack
        self.instruments = self._whole.instruments

    def bars_from(self, open_at: Any) -> Any:
        for bars in self._whole.bars_from(open_at):
            thinned = tuple(
                msgspec.structs.replace(c, volume=round(c.volume * self._share, 8))
                for c in bars.candles
            )
            yield Bars(bars.open_at, bars.interval_s, thinned)


async def wild_signal(stage: Stage, author: Author, chance: random.Random) -> None:
    """Any target with any mix of limit, stop and take-profit around the last close."""
    async with stage.db.transaction(readonly=True) as tx:
        last = await tx.fetchval("select close from candle order by open_at desc limit 1")

    def near(low: int, high: int) -> Decimal | None:
        if chance.random() < 0.4:
            return None
        return round(last * (10_000 + chance.randint(low, high)) / 10_000, 2)

    weight = chance.choice([Decimal(0), Decimal(1), Decimal(chance.randint(1, 99)) / 100])
    await author.publish(
        target_weight=weight, action="hold", limit_price=near(-60, 60), stop_price=near(-150, -5),
        take_profit_price=near(5, 150),
        valid_until=stage.now + timedelta(minutes=chance.choice([1, 15, 40, 600])),
    )  # fmt: skip


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 4))]
)
async def test_whatever_is_signalled_the_record_recomputes(
    db: Database, settings: Settings, seed: int
) -> None:
    chance = random.Random(seed)
    stage = await open_stage(db, settings, Thin(Decimal(chance.choice(["1", "0.02", "0.002"]))))
    authors = [await stage.author() for _ in range(3)]
    for _ in range(150):
        await stage.play(1)
        for author in authors:
            if chance.random() < 0.3:
                await wild_signal(stage, author, chance)
    fills = 0
    for author in authors:
        again = await stage.recomputed(author.feed.id)
        assert again.differences == ()
        fills += len(again.fills)
        async with stage.db.transaction(readonly=True) as tx:
            assert again.sha == await following.record_sha(tx, author.feed.account_id, stage.now)
    assert fills > 20


async def test_accounts_that_starve_each_other_have_records_that_recompute(
    db: Database, settings: Settings
) -> None:
    """Three accounts want all in at once, in a market too thin for one of them."""
    stage = await open_stage(db, settings, Thin(Decimal("0.001")))
    await stage.play(3)
    authors = [await stage.author() for _ in range(3)]
    for weight in (Decimal(1), Decimal("0.4"), Decimal(0)):
        for author in authors:
            await author.publish(target_weight=weight, action="hold")
        await stage.play(25)
    async with stage.db.transaction(readonly=True) as tx:
        assert await tx.fetchval("select count(*) from ticket where starved_at <> '{}'") > 0
    for author in authors:
        assert (await stage.recomputed(author.feed.id)).differences == ()


@pytest.mark.slow
async def test_thirty_days_of_the_line_up_recompute(stage: Stage) -> None:
    line_up = await stage.employ()
    await stage.play(30 * 96, deciding=True)
    for feed in line_up:
        again = await stage.recomputed(feed.id)
        assert again.differences == ()
        assert len(again.marks) == 30 * 96
        assert len(again.fills) >= 20 or "Patience" in feed.name


async def test_a_fill_that_blames_others_for_its_size_is_found_out(record: Author) -> None:
    """Evidence made to fit a smaller fill still has to fit the fills of everybody else."""
    async with record.stage.db.transaction() as tx:
        await tx.execute("set local session_replication_role = replica")  # past the triggers
        await tx.execute(
            """update fill set evidence = jsonb_set(evidence, '{consumed_before}', '"1"')
               where at = (select min(at) from fill)"""
        )
    again = await record.stage.recomputed(record.feed.id)
    assert [d for d in again.differences if "says 1 was consumed before it, 0 was" in d]


@pytest.fixture
async def record(stage: Stage) -> Author:
    """A feed with a few fills and marks."""
    await stage.play(2)
    author = await stage.author()
    for weight in ("1", "0.5", "0"):
        await author.publish(target_weight=Decimal(weight))
        await stage.play(4)
    return author


@pytest.mark.parametrize(
    ("altered", "shows"),
    [
        ("update equity_mark set equity = equity + 0.01 where at = (select max(at) from equity_mark)", "mark 12"),
        ("delete from equity_mark where at = (select min(at) from equity_mark)", "mark 1"),
        ("update fill set price = price - 0.01 where side = 'buy'", "fill 1"),
        ("update fill set fee = 0 where side = 'sell'", "fill 2"),
        ("delete from fill where at = (select max(at) from fill)", "fill 3"),
        ("update candle set close = close + 1 where open_at = (select max(open_at) from candle) - interval '1 h'",
         "mark 8"),
    ],
)  # fmt: skip
async def test_an_altered_record_differs_and_says_where(
    record: Author, altered: str, shows: str
) -> None:
    stage = record.stage
    assert (await stage.recomputed(record.feed.id)).holds
    async with stage.db.transaction() as tx:
        await tx.execute("set local session_replication_role = replica")  # past the triggers
        await tx.execute(altered)
    again = await stage.recomputed(record.feed.id)
    assert not again.holds
    assert again.differences[0].startswith(shows)


async def test_the_digest_covers_every_fill_and_mark(record: Author) -> None:
    stage = record.stage
    async with stage.db.transaction() as tx:
        before = await following.record_sha(tx, record.feed.account_id, stage.now)
        await tx.execute("set local session_replication_role = replica")
        await tx.execute("update fill set liquidity = 'maker'")
        assert await following.record_sha(tx, record.feed.account_id, stage.now) != before


async def test_a_record_up_to_an_earlier_step_is_the_beginning_of_the_whole(
    record: Author,
) -> None:
    stage = record.stage
    whole = await stage.recomputed(record.feed.id)
    async with stage.db.transaction(readonly=True) as tx:
        part = await following.recompute(tx, record.feed.id, whole.marks[5].at, rules=stage.rules)
    assert part.holds
    assert part.marks == whole.marks[:6]
