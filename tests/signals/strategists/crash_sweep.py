"""A worker in a process of its own, made to be killed: it runs the next sweep of an arena."""

import asyncio
import sys
from pathlib import Path

from arena.kit.clock import TapeClock
from arena.kit.db import Database, open_pool
from arena.kit.facts import Routing
from arena.kit.settings import Settings
from arena.signals.strategists import run_next_sweep
from tests.conftest import START


async def main(url: str, home: str) -> None:
    pool = await open_pool(url, size_min=1)
    db = Database(pool, TapeClock(START), Routing())
    await run_next_sweep(db, Settings(home=Path(home), seed="test"))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
