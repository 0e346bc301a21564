"""What the worker does of money, by name: the standing jobs as they are, and what goes by the wall clock."""

from arena.kit.outbox import drain
from arena.money import billing
from arena.worker.jobs import STANDING
from tests.simulation.acts import ACTS, Act, Words
from tests.simulation.handle import Handle

# Of the worker's jobs these are about trading and the market, and one asks accounts that nobody has here.
NOT_OF_MONEY = {
    "guard accounts", "bring demo feeds to market", "freeze seasons", "score listings", "performance fees",
}  # fmt: skip
JOBS = {job.name: job for job in STANDING if job.name not in NOT_OF_MONEY}
"""A job of money that is new is in it by itself."""


async def react(arena: Handle, _: Words) -> str:
    return f"{await drain(arena.db)} reactions"


async def heal_charges(arena: Handle, _: Words) -> str:
    return f"{await billing.janitor(arena.db, arena.gateway)} moved"


async def heal_refunds(arena: Handle, _: Words) -> str:
    return f"{await billing.heal_refunds(arena.db, arena.gateway)} moved"


async def heed(arena: Handle, _: Words) -> str:
    return f"{await billing.heed(arena.db, arena.gateway)} events"


def _job(name: str) -> Act:
    async def run(arena: Handle, _: Words) -> str:
        await JOBS[name].run(arena)  # type: ignore[arg-type]  # a handle has what jobs of money ask an arena for
        return "done"

    return run


BY_THE_WALL: dict[str, Act] = {
    "react": react, "heed": heed, "heal charges": heal_charges, "heal refunds": heal_refunds,
}  # fmt: skip
ROUNDS: dict[str, Act] = {**BY_THE_WALL, **{name: _job(name) for name in JOBS}}
DOINGS: dict[str, Act] = {**ACTS, **ROUNDS}
