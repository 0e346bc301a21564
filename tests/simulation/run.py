"""One run: months of ticks from one seed, crashes and storms in them, a calm at each month's end to check all."""

import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg

from arena.kit.clock import TapeClock, iso_ms
from arena.kit.db import connect_options
from arena.money import ledger
from tests.doubles.stripe_server import StripeServer
from tests.simulation import bank, chance
from tests.simulation.acts import Words
from tests.simulation.calm import calm
from tests.simulation.cast import Cast, assemble
from tests.simulation.checks import check
from tests.simulation.choose import choose
from tests.simulation.crash import PLACES, Fate, Mode
from tests.simulation.doing import Outcome, do
from tests.simulation.handle import Handle, PaidBy, open_handle
from tests.simulation.killed import Killer
from tests.simulation.rounds import BY_THE_WALL, JOBS, ROUNDS
from tests.simulation.stripe_days import DrawnFaults, Post, make_server
from tests.simulation.wall import pass_wall


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is made of; the same plan is the same run. `crashes` and `kills` are shares of the doings that die, in
    this process or in one of their own; `without` are acts and happenings that are left out."""

    seed: int
    months: int = 6
    people: int = 60
    creators: int = 3
    busy: float = 6.0
    crashes: float = 0.06
    kills: float = 0.004
    storms: bool = True
    paid_by: PaidBy = "stripe"
    without: frozenset[str] = frozenset()


@dataclass(slots=True)
class Told:
    """What happened: subscriber-months that were paid, doings by how they ended, crashes by mode and place."""

    seed: int
    journal: list[str] = field(default_factory=list)
    endings: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)
    paid_months: int = 0
    checks: int = 0
    heads: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Over every step, its words and its end."""
        return hashlib.sha256("\n".join(self.journal).encode()).hexdigest()


class Broken(AssertionError):
    """What must hold does not; `told` says how it came to that."""

    def __init__(self, why: str, told: Told, month: int) -> None:
        super().__init__(f"seed {told.seed}, month {month}, step {len(told.journal)}: {why}")
        self.told = told
        self.month = month
        self.why = why


class Simulation:
    """The parts of a run that is under way."""

    def __init__(self, plan: Plan, arena: Handle, cast: Cast, killer: Killer) -> None:
        self.plan, self.arena, self.cast, self.killer = plan, arena, cast, killer
        self.server: StripeServer = killer.server
        assert isinstance(self.server.faults, DrawnFaults)
        self.faults = self.server.faults
        self.post = Post(self.server)
        self.told = Told(plan.seed)
        self.step = 0
        self.again: list[tuple[str, Words]] = []
        self.gave_up: set[str] = set()

    async def month(self, number: int) -> None:
        """Thirty ticks of about a day, then the calm."""
        weather = chance.of_step(self.plan.seed, "weather", number)
        self.faults.storm = self.plan.storms and weather.random() < 0.75
        for tick in range(30):
            await self.tick(number, tick)
        self.faults.storm = False
        await calm(self.arena, self.post, self.server)
        await self.check()

    async def check(self) -> None:
        self.told.checks += 1
        self.told.paid_months = await check(
            self.arena, self.server, self.cast, gave_up=frozenset(self.gave_up)
        )

    async def tick(self, month: int, tick: int) -> None:
        draw = chance.of_step(self.plan.seed, "tick", month, tick)
        hours = draw.choice((20, 24, 24, 24, 28))
        self.arena.clock.move_to(self.arena.clock.now() + timedelta(hours=hours))
        await pass_wall(self.arena.db.url, self.server, hours * 3600)
        for happening, share in bank.HAPPENINGS:
            name = happening.__name__.replace("_", " ")
            if draw.random() < share and name not in self.plan.without:
                self.say("bank", name, happening(self.server, draw) or "nobody")
        repeats, self.again = self.again, []
        for name, words in repeats:
            await self.perform(name, words)
        for _ in range(int(draw.expovariate(1 / self.plan.busy))):
            await self.somebody()
        said = await self.post.deliver(self.arena.db, draw, storm=self.faults.storm)
        self.say("post", "carry webhooks", said)
        jobs = ["close fee periods", *JOBS]
        if draw.random() < 0.3:
            draw.shuffle(jobs)
        for name in (*BY_THE_WALL, *jobs, *BY_THE_WALL):
            if draw.random() < 0.9:
                await self.perform(name, {})

    async def somebody(self) -> None:
        draw = chance.of_step(self.plan.seed, "who", self.step)
        self.arena.doomed(Fate())
        async with self.arena.db.transaction(readonly=True) as tx:
            found = await choose(
                tx, draw, self.cast, intent=f"{self.plan.seed}:{self.step}", without=self.plan.without
            )  # fmt: skip
        if found is None:
            self.step += 1
            return
        await self.perform(*found)
        if draw.random() < 0.1:  # a double click
            await self.perform(*found)

    async def perform(self, name: str, words: Words) -> None:
        """Does it, perhaps to its death; who does not know what became of it mostly asks again, later."""
        self.step += 1
        draw = chance.of_step(self.plan.seed, "step", self.step)
        self.faults.chance = chance.of_step(self.plan.seed, "faults", self.step)
        fate, apart = self._fate(draw)
        if apart:
            outcome = await self.killer.do(name, words, fate=fate, step=self.step)
        else:
            chance.give_ids(self.plan.seed, self.step)
            self.arena.doomed(fate)
            outcome = await do(self.arena, name, words)
            self.arena.doomed(Fate())
        self._note(name, words, outcome, fate if apart or fate.fired else None)
        if name in ROUNDS:
            assert outcome.kind != "refused", f"the job {name} was refused: {outcome.word}"
        elif outcome.kind in ("died", "unknown") and draw.random() < 0.7:
            self.again.append((name, words))

    def _fate(self, draw: Any) -> tuple[Fate, bool]:
        """When this doing dies, and whether in a process of its own."""
        roll = draw.random()
        place, number = draw.choice(PLACES), 1 + int(draw.expovariate(1 / 8))
        if roll < self.plan.kills:
            return Fate("killed", place, number), True
        if roll < self.plan.kills + self.plan.crashes:
            modes: list[Mode] = ["dropped"]
            if place in ("statement", "before commit"):
                modes.append("line cut")
            if place == "after commit":
                modes.append("answer lost")
            return Fate(draw.choice(modes), place, number), False
        return Fate(), False

    def _note(self, name: str, words: Words, outcome: Outcome, fate: Fate | None) -> None:
        assert outcome.kind != "broken", f"{name} broke in its process: {outcome.word}"
        # What was not active yet, or not any more, ends at once whenever it is canceled.
        if name == "cancel" and (words["at"] == "now" or outcome.word != "active"):
            self.gave_up.add(words["subscription"])
        self.told.endings[f"{name}: {outcome.kind}"] += 1
        how = ""
        if fate is not None and (fate.fired or outcome.kind == "died"):
            self.told.deaths[f"{fate.mode} at {fate.place}"] += 1
            how = f" ({fate.mode} at {fate.place} {fate.number})"
        self.say(name, json.dumps(words, sort_keys=True), f"{outcome.kind} {outcome.word}{how}")

    def say(self, name: str, words: str, end: str) -> None:
        self.told.journal.append(
            f"{len(self.told.journal)} {iso_ms(self.arena.clock.now())[:16]} {name} {words} -> {end}"
        )


async def run(
    plan: Plan, url: str, home: Path, *, progress: Callable[[int, Told], None] = lambda _m, _t: None
) -> Told:
    """The whole run in an empty database with its schema. Raises Broken with the journal of what led to it."""
    async with open_simulation(plan, url, home) as simulation:
        month = 0
        try:
            for month in range(1, plan.months + 1):
                await simulation.month(month)
                progress(month, simulation.told)
        except Exception as broken:
            why = f"{type(broken).__name__}: {broken}"
            raise Broken(why, simulation.told, month) from broken
        async with simulation.arena.db.transaction(readonly=True) as tx:
            simulation.told.heads = [head.sha for head in await ledger.heads(tx, limit=10_000)]
        return simulation.told


@asynccontextmanager
async def open_simulation(plan: Plan, url: str, home: Path) -> AsyncIterator[Simulation]:
    """The first day, with everybody there and nothing done yet; ids come from the seed until it is closed."""
    server, _ = make_server()
    try:
        async with server.listening():
            cast = await assemble(
                url, home, server, seed=plan.seed, people=plan.people, creators=plan.creators,
                paid_by=plan.paid_by,
            )  # fmt: skip
            now = await _began(url)
            async with (
                open_handle(
                    url, home, stripe_url=server.url, now=now.now(), paid_by=plan.paid_by
                ) as arena,
                Killer(arena, server, home, seed=plan.seed).ready() as killer,
            ):
                yield Simulation(plan, arena, cast, killer)
    finally:
        chance.give_back()


async def _began(url: str) -> TapeClock:
    """The product's time at which the cast was assembled."""
    connection = await asyncpg.connect(**connect_options(url))
    try:
        return TapeClock(await connection.fetchval("select max(created_at) from listing"))
    finally:
        await connection.close()
