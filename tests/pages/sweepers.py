"""Sweeps of a creator in the shared house, at whatever point a page is to show them."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import product
from math import exp
from typing import Any

import polars as pl

from arena.people.access import Actor
from arena.signals.lab.sweep import summary_of
from arena.signals.lab.sweeps import (
    Reached,
    Status,
    Sweep,
    begin_sweep,
    end_sweep,
    open_sweep,
    report_sweep,
)
from arena.signals.strategists import Wish, ask_sweep, bars_here, candles_here
from tests.pages.reader import Reader
from tests.pages.submissions import actor_of, author_in
from tests.signals.stage import Author
from tests.stories.house import House

WISH = Wish(
    "Cross of the sample", "moving_average_cross",
    ranges={"fast_bars": (5, 60, 5), "slow_bars": (60, 240, 20), "band_bps": (0, 20, 10)}, fixed={},
    less=[("fast_bars", "slow_bars")], method="grid", count=None, seed=0,
)  # fmt: skip
BEST = {
    "parameters": {"fast_bars": 20, "slow_bars": 120, "band_bps": 10}, "sharpe": 1.41,
    "total_return": 0.32,
}  # fmt: skip


@dataclass(frozen=True)
class Sweeper:
    """A creator's collective and what it sweeps."""

    house: House
    author: Author
    actor: Actor

    @property
    def collective_id(self) -> str:
        return self.author.collective.id

    async def ask(self, wish: Wish = WISH) -> Sweep:
        """As the form asks: it waits for the arena."""
        here, settings = candles_here(None)[0], self.house.arena.settings
        bars = bars_here(here.document(), None)
        async with self.house.arena.db.transaction() as tx:
            return await ask_sweep(
                tx, self.collective_id, wish, (here, bars), settings=settings, actor=self.actor
            )

    async def told(self, sweep: Sweep) -> Sweep:
        """The same swept by the creator's own machine."""
        async with self.house.arena.db.transaction() as tx:
            return await open_sweep(
                tx, self.collective_id, sweep.asked, run_by="creator", actor=self.actor
            )

    async def reach(self, sweep: Sweep, done: int) -> Sweep:
        async with self.house.arena.db.transaction() as tx:
            if sweep.run_by == "arena":
                await begin_sweep(tx, sweep.id)
            reached = Reached(done, 40.0, BEST)
            return await report_sweep(tx, sweep.id, reached, run_by=sweep.run_by)

    async def finish(self, sweep: Sweep, frame: pl.DataFrame) -> Sweep:
        written = BytesIO()
        frame.write_parquet(written)
        async with self.house.arena.db.transaction() as tx:
            if sweep.run_by == "arena":
                await begin_sweep(tx, sweep.id)
            return await end_sweep(
                tx, sweep.id, Status.DONE, run_by=sweep.run_by, summary=summary_of(frame),
                reached=Reached(frame.height, 200.0, BEST), actor=self.actor,
                parquet=written.getvalue() if sweep.run_by == "arena" else None,
            )  # fmt: skip


async def sweeper_in(house: House, creator: Reader) -> Sweeper:
    author = await author_in(house, creator.person_id)
    return Sweeper(house, author, actor_of(creator, "creator"))


def hill(sweep: Sweep) -> pl.DataFrame:
    """Results as a sweep writes them, whose Sharpe ratios lie on a hill with one lucky point beside it."""
    return pl.DataFrame(list(_rows(sweep)), schema_overrides={"failed": pl.String})


def _rows(sweep: Sweep) -> Iterator[dict[str, Any]]:
    space = sweep.asked.space
    every = [dict(zip(space, values, strict=True)) for values in product(*space.values())]
    kept = [one for one in every if one["fast_bars"] < one["slow_bars"]]
    for number, one in enumerate(kept):
        away = ((one["fast_bars"] - 25) / 18) ** 2 + ((one["slow_bars"] - 140) / 60) ** 2
        lucky = one == {"fast_bars": 60, "slow_bars": 240, "band_bps": 0}
        sharpe = 1.6 if lucky else 1.4 * exp(-away) - 0.2 - one["band_bps"] / 200
        failed = number == len(kept) - 1
        yield {
            "number": number, **one, "total_return": None if failed else sharpe / 4,
            "drawdown_max": None if failed else 0.25 - sharpe / 20, "fills": None if failed else 120 - number % 7,
            "sharpe": None if failed else sharpe, "turnover": None if failed else 31.5,
            "fees": None if failed else 1234.5, "failed": "ValueError: it broke" if failed else None,
        }  # fmt: skip
