"""Whether this arena hosts strategies, and whether its worker's machine can: written by the worker, read by pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.signals.lab import sources

OFF = "strategies are not hosted: ARENA_HOST_STRATEGIES is off; creators run their own and send signed signals"


@dataclass(frozen=True, slots=True)
class HostingState:
    """What the worker found at its start, or later; wall time. `why` is why it does not work."""

    is_on: bool
    works: bool
    why: str
    at: datetime


async def note_hosting(tx: Tx, *, is_on: bool, works: bool, why: str = "") -> None:
    await tx.execute(
        """insert into hosting_state (is_on, works, why, at) values ($1, $2, $3, clock_timestamp())
           on conflict (only_one) do update set is_on = $1, works = $2, why = $3, at = clock_timestamp()""",
        is_on, works, why[:1_000],
    )  # fmt: skip


async def hosting_state(tx: Tx) -> HostingState | None:
    """None where no worker has looked yet."""
    row = await tx.fetchrow("select is_on, works, why, at from hosting_state")
    return None if row is None else HostingState(**row)


async def hosting_works(tx: Tx) -> bool:
    state = await hosting_state(tx)
    return state is not None and state.is_on and state.works


async def hosting_health(tx: Tx, settings: Settings) -> dict[str, Any]:
    """For GET /health: `ok` is false where it is switched on and does not work, or a feed was given up today."""
    state = await hosting_state(tx)
    kept, waiting = await sources.counts(tx)
    row = await tx.one(
        """select count(*) filter (where status = 'running') as feeds,
             count(*) filter (where status = 'failed' and ended_at > $1::timestamptz - interval '1 day') as failed
           from hosting""",
        tx.now,
    )
    is_on = settings.host_strategies
    works = is_on and state is not None and state.is_on and state.works
    why = state.why if is_on and state is not None and state.is_on else ""
    return {
        "ok": not is_on or (works and not row["failed"]), "on": is_on, "works": works, "why": why,
        "strategies": kept, "waiting": waiting, "feeds": row["feeds"], "failed": row["failed"],
    }  # fmt: skip
