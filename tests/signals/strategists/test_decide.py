"""The built-in strategists at work on the sample pack."""

from arena.kit.db import Database
from arena.signals import feeds
from tests.signals.stage import Stage


async def test_the_line_up_decides_publishes_and_its_records_recompute(stage: Stage) -> None:
    line_up = await stage.employ()
    await stage.play(400, deciding=True)
    for feed in line_up:
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


async def test_employing_again_changes_nothing(stage: Stage, db: Database) -> None:
    first = await stage.employ()
    second = await stage.employ()
    assert [feed.id for feed in first] == [feed.id for feed in second]
    async with db.transaction(readonly=True) as tx:
        assert await tx.fetchval("select count(*) from strategist") == len(first)
        assert await tx.fetchval("select count(*) from collective") == len(first)
