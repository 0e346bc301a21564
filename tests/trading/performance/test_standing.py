"""Where an account stands now: the same figures as the whole record gives, read bar by bar."""

from decimal import Decimal

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.trading import performance
from tests.signals.stage import open_stage


async def test_the_newest_figures_are_those_of_the_whole_record(
    db: Database, settings: Settings
) -> None:
    stage = await open_stage(db, settings)
    author, idle = await stage.author(), await stage.author()
    accounts = [author.feed.account_id, idle.feed.account_id]
    for bars, weight in ((3, "1"), (60, "0.3"), (40, "0"), (10, "1"), (150, "0.5")):
        await stage.play(bars)
        async with db.transaction(readonly=True) as tx:
            found = await performance.standings(tx, accounts)
            again = await performance.standings(tx, accounts[:1])
            for account_id in accounts:
                whole = await performance.measure(tx, account_id)
                assert found[account_id].total_return == pytest.approx(
                    whole.total_return, abs=1e-12
                )
                assert found[account_id].max_drawdown == pytest.approx(
                    whole.max_drawdown, abs=1e-12
                )
        assert again[accounts[0]] == found[accounts[0]]
        await author.publish(target_weight=Decimal(weight))
    assert found[accounts[0]].max_drawdown > 0
    assert found[accounts[1]] == performance.Standing("USD", Decimal(100_000), 0.0, 0.0)


async def test_before_the_first_mark_an_account_stands_at_its_opening(
    db: Database, settings: Settings
) -> None:
    stage = await open_stage(db, settings)
    author = await stage.author()
    async with db.transaction(readonly=True) as tx:
        found = await performance.standings(tx, [author.feed.account_id, "acc_nobody"])
        assert await performance.standings(tx, []) == {}
    assert found == {
        author.feed.account_id: performance.Standing("USD", Decimal(100_000), 0.0, 0.0)
    }
