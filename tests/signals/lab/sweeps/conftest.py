"""A collective with a grid of configurations that are registered, or not yet."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from arena.kit.db import Database, Tx
from arena.people.access import Actor
from arena.people.identity import Registration, register_collective
from arena.signals.lab.documents import Policy
from arena.signals.lab.sweeps import Asked, RunBy, Sweep, open_sweep, register_members
from arena.signals.strategists import code_version, strategist
from tests.http import person

MODEL = "moving_average_cross"
PACK: dict[str, Any] = {"source": "sample", "symbols": ["BTC-USD"], "interval_s": 900}
SPACE = {"fast_bars": (5, 10, 15), "slow_bars": (20, 40), "band_bps": (10,)}
ASKED = Asked(
    name="A grid", model=MODEL, kind="rule", code_version=code_version(MODEL), method="grid", space=SPACE, less=[],
    configurations=6, seed=0, pack=PACK, policy=Policy().document(), where={"command": "arena lab sweep"},
)  # fmt: skip
MEMBERS = [
    {"fast_bars": fast, "slow_bars": slow, "band_bps": 10} for fast in (5, 10, 15) for slow in (20, 40)
]  # fmt: skip


@dataclass
class Yard:
    """Where sweeps are opened."""

    db: Database
    owner: str
    collective: str
    sister: str

    @property
    def actor(self) -> Actor:
        return Actor("collective", self.collective)

    async def register(self, tx: Tx, count: int = 6) -> None:
        await register_members(tx, self.collective, ASKED, strategist(MODEL), MEMBERS[:count])

    async def open(self, tx: Tx, *, run_by: RunBy = "creator", **changes: Any) -> Sweep:
        return await open_sweep(
            tx, self.collective, replace(ASKED, **changes), run_by=run_by, actor=self.actor
        )

    async def opened(self, *, run_by: RunBy = "creator", **changes: Any) -> Sweep:
        async with self.db.transaction() as tx:
            await self.register(tx)
            return await self.open(tx, run_by=run_by, **changes)


@pytest.fixture
async def yard(db: Database) -> Yard:
    owner, _ = await person(db, "creator")
    async with db.transaction() as tx:
        mine, sister = [
            await register_collective(tx, Registration(name, "", key * 32, owner))
            for name, key in (("Northwind", b"1"), ("Southwind", b"2"))
        ]
    return Yard(db, owner, mine.id, sister.id)
