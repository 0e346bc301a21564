"""Reads sweeps: those of whoever asks, and of nobody else."""

from arena.kit.db import Tx
from arena.signals.lab.sweeps import store
from arena.signals.lab.sweeps.model import NoResult, NoSuchSweep, Sweep
from arena.signals.lab.trials import owner_of

NEWEST = 2**63 - 1


async def sweep_of(tx: Tx, sweep_id: str, reader: str) -> Sweep:
    """One of the person's, or of whoever answers for the collective. Raises NoSuchSweep, also for another's."""
    found = await store.by_id(tx, sweep_id)
    if found is None or found.owner_id != await owner_of(tx, reader):
        raise NoSuchSweep(sweep_id=sweep_id)
    return found


async def sweeps_of(tx: Tx, reader: str, *, before: int = NEWEST, limit: int = 50) -> list[Sweep]:
    """Newest first, behind the one with the number `before`, without their summaries."""
    return await store.of_owner(tx, await owner_of(tx, reader), before=before, limit=limit)


async def next_sweep(tx: Tx) -> Sweep | None:
    """The sweep that the arena runs next, or was running when its worker went."""
    return await store.waiting(tx)


async def sweep_now(tx: Tx, sweep_id: str) -> Sweep:
    """Whoever's it is. Raises NoSuchSweep."""
    found = await store.by_id(tx, sweep_id)
    if found is None:
        raise NoSuchSweep(sweep_id=sweep_id)
    return found


async def waiting_of(tx: Tx, owner_id: str) -> int:
    """How many of the owner's sweeps wait for the arena or are run by it."""
    return await store.queued(tx, owner_id)


async def ahead_of(tx: Tx, sweep: Sweep) -> int:
    """How many sweeps the arena runs before this one."""
    return await store.ahead(tx, sweep.number)


async def results_of(tx: Tx, sweep_id: str) -> bytes:
    """All configurations as Parquet, see `lab.sweep.results`. Raises NoResult."""
    found = await store.result(tx, sweep_id)
    if found is None:
        raise NoResult(sweep_id=sweep_id)
    return found
