"""Writes down what came of registered trials: once, by whoever vouches for it."""

from collections.abc import Mapping
from math import isfinite

from arena.evidence import audit
from arena.kit.db import Tx
from arena.people.access import SYSTEM, Actor
from arena.signals.lab.trials import store
from arena.signals.lab.trials.model import (
    BadFigures,
    Figures,
    ResultKept,
    TrialNotRegistered,
    Vouched,
)
from arena.signals.lab.trials.register import owner_of

COUNT_MAX = 2**31 - 1


async def record_results(
    tx: Tx,
    registrant: str,
    figures: Mapping[str, Figures],
    *,
    vouched: Vouched = "self_reported",
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> None:
    """The figures of trials by their SHA-256; the same figures again change nothing.

    `vouched` is "reproduced" only where the arena has computed them itself: those alone count for trust. Raises
    BadFigures, TrialNotRegistered, ResultKept.
    """
    for sha, one in figures.items():
        _check(sha, one)
    if not figures:
        return
    owner_id = await owner_of(tx, registrant)
    families = await store.families_of(tx, owner_id, list(figures))
    for sha in figures:
        if sha not in families:
            raise TrialNotRegistered(sha=sha)
    new = await store.insert_results(tx, owner_id, families, figures=figures, vouched=vouched)
    old = [sha for sha in figures if sha not in new]
    kept = await store.results(tx, owner_id, old, vouched) if old else {}
    for sha, there in kept.items():
        if there != figures[sha]:
            raise ResultKept(sha=sha)
    if new:
        first = min(new)
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="lab.record_results",
            object=families[first], detail={"results": len(new), "vouched": vouched, "first": first},
            reason=None, request_id=request_id,
        )  # fmt: skip


def _check(sha: str, one: Figures) -> None:
    """Raises BadFigures."""
    conditions = (
        ("net_return must be a number of -1 or more", isfinite(one.net_return) and one.net_return >= -1),
        ("sharpe must be a number or null", one.sharpe is None or isfinite(one.sharpe)),
        ("max_drawdown must lie between 0 and 1", 0 <= one.max_drawdown <= 1),
        ("trades must be a whole number of 0 or more", 0 <= one.trades <= COUNT_MAX),
        ("periods must be a whole number of 0 or more", 0 <= one.periods <= COUNT_MAX),
    )  # fmt: skip
    for why, holds in conditions:
        if not holds:
            raise BadFigures(sha=sha, why=why)
