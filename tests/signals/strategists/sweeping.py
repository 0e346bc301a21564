"""A creator with a collective who asks the arena for sweeps of the candles that ship with it."""

from dataclasses import dataclass, replace

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.access import Actor
from arena.people.identity import Registration, register_collective
from arena.signals.lab.sweeps import Sweep, sweep_now
from arena.signals.strategists import Wish, ask_sweep, bars_here, candles_here
from tests.http import person

CROSS = Wish(
    "Cross on the sample", "moving_average_cross",
    ranges={"fast_bars": (5, 20, 5), "slow_bars": (40, 100, 20)}, fixed={"band_bps": 10},
    less=[("fast_bars", "slow_bars")], method="grid", count=None, seed=0,
)  # fmt: skip


@dataclass
class Asking:
    """Who asks, and for which collective."""

    db: Database
    settings: Settings
    actor: Actor
    collective_id: str

    async def ask(self, wish: Wish = CROSS, **changes: object) -> Sweep:
        here = candles_here(None)[0]
        async with self.db.transaction() as tx:
            return await ask_sweep(
                tx, self.collective_id, replace(wish, **changes), (here, bars_here(here.document(), None)),
                settings=self.settings, actor=self.actor,
            )  # fmt: skip

    async def now(self, sweep_id: str) -> Sweep:
        async with self.db.transaction(readonly=True) as tx:
            return await sweep_now(tx, sweep_id)


async def asking(db: Database, settings: Settings, *, key: bytes = b"." * 32) -> Asking:
    owner, _ = await person(db, "creator")
    async with db.transaction() as tx:
        mine = await register_collective(
            tx, Registration(f"Sweepers {key[:1].hex()}", "", key, owner)
        )
    return Asking(db, settings, Actor("person", owner), mine.id)
