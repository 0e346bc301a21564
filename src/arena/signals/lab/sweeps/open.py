"""Opens a sweep, or goes on with the one that is there: the same things swept by the same collective are one sweep."""

from dataclasses import replace

from arena.evidence import audit
from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.people.access import SYSTEM, Actor
from arena.signals.lab.register import register_document
from arena.signals.lab.sweeps import store
from arena.signals.lab.sweeps.model import (
    Asked,
    NoSuchSweep,
    Reached,
    RunBy,
    RunElsewhere,
    Status,
    Sweep,
    TrialsMissing,
    check_move,
    sweep_id,
)
from arena.signals.lab.sweeps.news import tell
from arena.signals.lab.trials import family_id, owner_of


async def open_sweep(
    tx: Tx,
    collective_id: str,
    asked: Asked,
    *,
    run_by: RunBy,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> Sweep:
    """The sweep, running where a creator runs it and queued where the arena is to run it. One that is done, or under
    way already, stays as it is; one that ended before goes on where it was.

    The configurations of a grid or of a random draw must be registered as trials before, those of a search before each
    batch of them. Raises TrialsMissing, BadDocument, WrongKindOfDocument, NoSuchCollective.
    """
    found = sweep_id(collective_id, run_by, asked)
    await store.hold(tx, found)
    owner_id = await owner_of(tx, collective_id)
    pack_sha = await register_document(
        tx, "pack", dict(asked.pack), actor=actor, request_id=request_id
    )
    policy_sha = await register_document(
        tx, "policy", dict(asked.policy), actor=actor, request_id=request_id
    )
    family = family_id(owner_id, asked.model)
    if asked.method != "optimise":
        await check_registered(tx, family, asked.configurations, pack_sha=pack_sha, policy_sha=policy_sha)  # fmt: skip
    begun = Status.RUNNING if run_by == "creator" else Status.QUEUED
    there = await store.by_id(tx, found, hold=True)
    if there is not None and (there.under_way or there.status is Status.DONE):
        return there
    now = wall_now()
    if there is None:
        new = Sweep(
            id=found, number=0, owner_id=owner_id, collective_id=collective_id, family_id=family, run_by=run_by,
            asked=asked, status=begun, reached=Reached(0, 0.0), why=None, summary=None, opened_at=now,
            started_at=now if begun is Status.RUNNING else None, updated_at=now, ended_at=None,
        )  # fmt: skip
        await store.insert(tx, new, pack_sha=pack_sha, policy_sha=policy_sha)
    else:
        check_move(there.status, begun)
        await store.set_status(tx, found, begun, now)
        await store.set_reached(tx, found, replace(there.reached, per_second=0.0), now)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="lab.open_sweep", object=found, reason=None,
        request_id=request_id,
        detail={"model": asked.model, "configurations": asked.configurations, "run_by": run_by, "family": family},
    )  # fmt: skip
    tell(tx, found)
    opened = await store.by_id(tx, found)
    assert opened is not None, "it was written a moment ago"
    return opened


async def reopen_sweep(
    tx: Tx, sweep_id: str, owner_id: str, *, actor: Actor, request_id: str | None = None
) -> Sweep:
    """The arena goes on with one that ended early. Raises NoSuchSweep (also for another's), RunElsewhere."""
    there = await store.by_id(tx, sweep_id)
    if there is None or there.owner_id != owner_id:
        raise NoSuchSweep(sweep_id=sweep_id)
    if there.run_by != "arena":
        raise RunElsewhere(sweep_id=sweep_id, run_by=there.run_by)
    return await open_sweep(
        tx, there.collective_id, there.asked, run_by="arena", actor=actor, request_id=request_id
    )


async def check_registered(
    tx: Tx, family: str, configurations: int, *, pack_sha: str, policy_sha: str
) -> None:
    """Raises TrialsMissing."""
    registered = await store.registered(tx, family, pack_sha=pack_sha, policy_sha=policy_sha)
    if registered < configurations:
        raise TrialsMissing(registered=registered, configurations=configurations)
