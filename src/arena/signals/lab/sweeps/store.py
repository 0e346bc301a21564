"""The tables of sweeps and of their results."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from arena.kit.canonical import canonical_json
from arena.kit.db import Row, Tx
from arena.signals.lab.sweeps.model import Asked, Reached, Status, Sweep

# In bytes of JSON: what a list shows has no need of the heat maps.
_LISTED = """id, number, owner_id, collective_id, family_id, run_by, asked, status, done, per_second, best, why,
  opened_at, started_at, updated_at, ended_at, null::jsonb as summary"""


async def hold(tx: Tx, sweep_id: str) -> None:
    """Until the transaction ends nobody else opens this sweep."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('sweep ' || $1, 0))", sweep_id)


async def insert(tx: Tx, sweep: Sweep, *, pack_sha: str, policy_sha: str) -> None:
    await tx.execute(
        """insert into sweep (id, owner_id, collective_id, family_id, run_by, asked, pack_sha, policy_sha,
             configurations, status, opened_at, started_at, updated_at)
           values ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9, $10, $11, $12, $13)""",
        sweep.id, sweep.owner_id, sweep.collective_id, sweep.family_id, sweep.run_by,
        canonical_json(sweep.asked.document()).decode(), pack_sha, policy_sha, sweep.asked.configurations,
        sweep.status.value, sweep.opened_at, sweep.started_at, sweep.updated_at,
    )  # fmt: skip


async def by_id(tx: Tx, sweep_id: str, *, hold: bool = False) -> Sweep | None:
    """`hold`: nobody else changes it until the transaction ends."""
    row = await tx.fetchrow(
        f"select * from sweep where id = $1{' for update' if hold else ''}", sweep_id
    )
    return None if row is None else _sweep(row)


async def of_owner(tx: Tx, owner_id: str, *, before: int, limit: int) -> list[Sweep]:
    """Newest first, without their summaries."""
    rows = await tx.fetch(
        f"select {_LISTED} from sweep where owner_id = $1 and number < $2 order by number desc limit $3",
        owner_id, before, limit,
    )  # fmt: skip
    return [_sweep(row) for row in rows]


async def waiting(tx: Tx) -> Sweep | None:
    """The oldest that the arena is to run: one that runs already was left behind by a worker that is gone."""
    row = await tx.fetchrow(
        """select * from sweep where run_by = 'arena' and status in ('queued', 'running')
           order by number limit 1"""
    )
    return None if row is None else _sweep(row)


async def queued(tx: Tx, owner_id: str) -> int:
    """How many of the owner's sweeps wait for the arena or are run by it."""
    found: int = await tx.fetchval(
        """select count(*) from sweep where owner_id = $1 and run_by = 'arena' and status in ('queued', 'running')""",
        owner_id,
    )
    return found


async def ahead(tx: Tx, number: int) -> int:
    """How many sweeps the arena runs before the one with this number."""
    found: int = await tx.fetchval(
        "select count(*) from sweep where run_by = 'arena' and status in ('queued', 'running') and number < $1",
        number,
    )
    return found


async def registered(tx: Tx, family_id: str, *, pack_sha: str, policy_sha: str) -> int:
    """How many configurations of the family are registered as trials on this pack at these costs."""
    found: int = await tx.fetchval(
        "select count(distinct model_config_sha) from trial where family_id = $1 and pack_sha = $2 and policy_sha = $3",
        family_id, pack_sha, policy_sha,
    )  # fmt: skip
    return found


async def set_status(
    tx: Tx, sweep_id: str, status: Status, at: datetime, *, why: str | None = None
) -> None:
    await tx.execute(
        """update sweep set status = $2, why = $3, updated_at = $4,
             started_at = case when $2 = 'running' then coalesce(started_at, $4) else started_at end,
             ended_at = case when $2 in ('done', 'failed', 'cancelled', 'interrupted') then $4 end
           where id = $1""",
        sweep_id, status.value, why, at,
    )  # fmt: skip


async def set_reached(tx: Tx, sweep_id: str, reached: Reached, at: datetime) -> None:
    await tx.execute(
        "update sweep set done = $2, per_second = $3, best = $4, updated_at = $5 where id = $1",
        sweep_id, reached.done, reached.per_second, _plain(reached.best), at,
    )  # fmt: skip


async def set_summary(tx: Tx, sweep_id: str, summary: Mapping[str, Any]) -> None:
    await tx.execute("update sweep set summary = $2 where id = $1", sweep_id, dict(summary))


async def insert_result(tx: Tx, sweep_id: str, parquet: bytes) -> None:
    await tx.execute(
        "insert into sweep_result (sweep_id, parquet) values ($1, $2) on conflict do nothing",
        sweep_id, parquet,
    )  # fmt: skip


async def result(tx: Tx, sweep_id: str) -> bytes | None:
    found: bytes | None = await tx.fetchval(
        "select parquet from sweep_result where sweep_id = $1", sweep_id
    )
    return found


def _plain(best: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if best is None else dict(best)


def _sweep(row: Row) -> Sweep:
    return Sweep(
        id=row["id"], number=row["number"], owner_id=row["owner_id"], collective_id=row["collective_id"],
        family_id=row["family_id"], run_by=row["run_by"], asked=Asked.of(row["asked"]),
        status=Status(row["status"]), reached=Reached(row["done"], row["per_second"], row["best"]),
        why=row["why"], summary=row["summary"], opened_at=row["opened_at"], started_at=row["started_at"],
        updated_at=row["updated_at"], ended_at=row["ended_at"],
    )  # fmt: skip
