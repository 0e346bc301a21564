"""Tapes for the market's tests: the sample, and one that several symbols and gaps are made of."""

import pytest

from arena.kit.db import Database
from arena.trading import market


@pytest.fixture
async def played(db: Database) -> list[market.Bars]:
    """The sample tape opened and its first 300 bars played; those bars."""
    source = market.sample_source()
    bars = [one for one, _ in zip(source.bars_from(None), range(300), strict=False)]
    async with db.transaction() as tx:
        await market.open_tape(tx, source, "max")
        for one in bars:
            await market.store_bars(tx, one)
    db.clock.move_to(bars[-1].close_at)  # type: ignore[attr-defined]  # the fixture's tape clock
    return bars
