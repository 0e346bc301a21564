"""How far a sweep is, and how it ends: told by whoever runs it."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from arena.evidence import audit
from arena.kit.canonical import document_sha
from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.people.access import SYSTEM, Actor
from arena.signals.lab.sweeps import store
from arena.signals.lab.sweeps.model import (
    BadReport,
    NoSuchSweep,
    Reached,
    RunBy,
    RunElsewhere,
    Status,
    Sweep,
    check_move,
)
from arena.signals.lab.sweeps.news import tell
from arena.signals.lab.sweeps.open import check_registered

WHY_LENGTH_MAX = 500


async def begin_sweep(tx: Tx, sweep_id: str) -> Sweep:
    """The arena begins with a queued sweep, or goes on with one that a worker left. Raises NoSuchSweep, SweepMoved."""
    there = await _held(tx, sweep_id, "arena")
    if there.status is not Status.RUNNING:
        check_move(there.status, Status.RUNNING)
        await store.set_status(tx, sweep_id, Status.RUNNING, wall_now())
        tell(tx, sweep_id)
    return await _held(tx, sweep_id, "arena")


async def report_sweep(tx: Tx, sweep_id: str, reached: Reached, *, run_by: RunBy) -> Sweep:
    """The sweep with how far it is; of one that does not run any more nothing is written, and whoever runs it sees
    so from its status. Raises NoSuchSweep, RunElsewhere, BadReport."""
    there = await _held(tx, sweep_id, run_by)
    _check(there, reached)
    if there.status is not Status.RUNNING:
        return there
    await store.set_reached(tx, sweep_id, reached, wall_now())
    tell(tx, sweep_id)
    return await _held(tx, sweep_id, run_by)


async def end_sweep(
    tx: Tx,
    sweep_id: str,
    status: Status,
    *,
    run_by: RunBy,
    reached: Reached | None = None,
    summary: Mapping[str, Any] | None = None,
    why: str | None = None,
    parquet: bytes | None = None,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> Sweep:
    """It is done (with a summary), failed (with the reason) or interrupted; told again, nothing changes.

    `parquet` are all configurations, where the arena has run them. Raises NoSuchSweep, RunElsewhere, BadReport,
    SweepMoved, TrialsMissing.
    """
    there = await _held(tx, sweep_id, run_by)
    if there.status is status:
        return there
    check_move(there.status, status)
    if reached is not None:
        _check(there, reached)
    if status is Status.DONE:
        if summary is None:
            raise BadReport(why="a sweep that is done has a summary")
        asked = there.asked
        await check_registered(
            tx, there.family_id, min(asked.configurations, int(summary["distinct"])),
            pack_sha=document_sha(dict(asked.pack)), policy_sha=document_sha(dict(asked.policy)),
        )  # fmt: skip
        await store.set_summary(tx, sweep_id, summary)
        if parquet is not None:
            await store.insert_result(tx, sweep_id, parquet)
    now = wall_now()
    if reached is not None:
        await store.set_reached(tx, sweep_id, reached, now)
    await store.set_status(tx, sweep_id, status, now, why=why and why[:WHY_LENGTH_MAX])
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=f"lab.sweep_{status.value}", object=sweep_id,
        reason=None, request_id=request_id, detail={"run_by": run_by, "done": (reached or there.reached).done},
    )  # fmt: skip
    tell(tx, sweep_id)
    return await _held(tx, sweep_id, run_by)


async def cancel_sweep(
    tx: Tx, sweep_id: str, owner_id: str, *, actor: Actor, request_id: str | None = None
) -> Sweep:
    """Its owner stops it: whoever runs it sees so within a second or two, and what is finished is kept there.

    Raises NoSuchSweep (also for another's), SweepMoved.
    """
    there = await store.by_id(tx, sweep_id, hold=True)
    if there is None or there.owner_id != owner_id:
        raise NoSuchSweep(sweep_id=sweep_id)
    if there.status is Status.CANCELLED:
        return there
    check_move(there.status, Status.CANCELLED)
    await store.set_status(tx, sweep_id, Status.CANCELLED, wall_now())
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="lab.cancel_sweep", object=sweep_id, reason=None,
        request_id=request_id, detail={"run_by": there.run_by, "done": there.reached.done},
    )  # fmt: skip
    tell(tx, sweep_id)
    cancelled = await store.by_id(tx, sweep_id)
    assert cancelled is not None, "nothing removes a sweep"
    return cancelled


async def _held(tx: Tx, sweep_id: str, run_by: RunBy) -> Sweep:
    """Raises NoSuchSweep, RunElsewhere."""
    there = await store.by_id(tx, sweep_id, hold=True)
    if there is None:
        raise NoSuchSweep(sweep_id=sweep_id)
    if there.run_by != run_by:
        raise RunElsewhere(sweep_id=sweep_id, run_by=there.run_by)
    return there


def _check(there: Sweep, reached: Reached) -> None:
    """Raises BadReport. It may fall back: a machine that has lost its folder begins again."""
    most = there.asked.configurations
    if not 0 <= reached.done <= most:
        raise BadReport(why=f"{reached.done} are done of {most}")
    if not (isfinite(reached.per_second) and reached.per_second >= 0):
        raise BadReport(why="the rate is a number of zero or more")
