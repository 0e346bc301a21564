"""A floor in a process of its own, made to be killed: it places orders without end and says which were answered."""

import asyncio
import itertools
import sys
from pathlib import Path

from arena.kit.clock import TapeClock
from arena.kit.db import Database, open_pool
from arena.kit.facts import Routing
from arena.kit.settings import Settings
from arena.trading.orders import Floor
from tests.conftest import START
from tests.trading.floor.stage import BY_TEST, Hand, buy, sell


async def main(url: str, account_id: str, home: str) -> None:
    pool = await open_pool(url, size_min=1)
    db = Database(pool, TapeClock(START), Routing())
    floor = Floor(db, Settings(home=Path(home), seed="test", exchange_latency_ms=0))
    numbers = itertools.count(1)
    async with floor.at_work():
        hand = Hand(floor)
        hand.quiet()

        async def trade() -> None:
            while True:
                number = next(numbers)
                name = f"{floor.seat.epoch}-{number}"
                if number % 7 == 0:
                    hand.quiet()
                match number % 4:
                    case 0:
                        request = sell("0.002", client_order_id=name)
                    case 1:
                        request = buy("0.001", limit_price=49_000, client_order_id=name)
                    case _:
                        request = buy("0.003", client_order_id=name)
                seen = await floor.place(account_id, request, by=BY_TEST)
                print(name, seen.status, seen.filled_quantity, flush=True)

        await asyncio.gather(*(trade() for _ in range(8)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
