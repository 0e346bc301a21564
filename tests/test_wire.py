"""An open arena: its clock is the tape's, also where news of it was lost."""

import asyncio
from datetime import timedelta

from arena.kit.settings import Settings
from arena.trading import market
from arena.wire import open_arena
from tests.conftest import Server


async def test_a_clock_that_missed_news_is_set_when_the_bus_is_back(
    server: Server, database_url: str, settings: Settings
) -> None:
    async with open_arena(settings, database_url) as arena, arena.db.transaction() as tx:
        await market.open_tape(tx, market.sample_source("for a test"), "pause")
    async with open_arena(settings, database_url) as arena, asyncio.timeout(10):
        while not arena.bus.connected:
            await asyncio.sleep(0.01)
        later = arena.db.clock.now() + timedelta(hours=1)
        async with arena.db.transaction() as tx:
            await tx.execute("update product_clock set at = $1", later)
            database = await tx.fetchval("select current_database()")
            await server.administer(
                f"""select pg_terminate_backend(pid) from pg_stat_activity
                    where datname = '{database}' and state = 'idle'"""
            )
        while arena.db.clock.now() != later:
            await asyncio.sleep(0.01)
