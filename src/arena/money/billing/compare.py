"""Which gateways' books are compared with ours, when that was done last, and whether it is overdue.

By the wall clock: a gateway does not live on the tape. Whoever compares notes each try, so that one that fails or does
not come is seen, and nobody is paid out on books that nobody has looked at for long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from arena.kit.clock import wall_now
from arena.kit.db import Database, Tx

EVERY = timedelta(days=1)
RETRY_AFTER = timedelta(minutes=10)
STALE_AFTER = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the comparison with a gateway goes: since when it is to be made, when it was made last and tried last, and an
    error's code where the last try failed. Wall clock."""

    gateway: str
    since: datetime
    compared_at: datetime | None
    tried_at: datetime | None
    failure: str | None

    @property
    def stale(self) -> bool:
        return wall_now() - (self.compared_at or self.since) > STALE_AFTER

    @property
    def due(self) -> bool:
        """A day after the last one; after a try that failed, some minutes."""
        if self.tried_at is not None and wall_now() - self.tried_at < RETRY_AFTER:
            return False
        return self.compared_at is None or wall_now() - self.compared_at >= EVERY


async def compare_with(db: Database, gateways: Sequence[str]) -> list[Comparison]:
    """From now on it is with these that books are compared; how each goes."""
    async with db.transaction() as tx:
        await tx.execute(
            "delete from gateway_compared where gateway <> all($1::text[])", list(gateways)
        )
        await tx.execute(
            "insert into gateway_compared (gateway) select unnest($1::text[]) on conflict do nothing",
            list(gateways),
        )
        return await comparisons(tx)


async def comparisons(tx: Tx) -> list[Comparison]:
    rows = await tx.fetch(
        """select c.gateway, c.since, c.tried_at, c.failure,
             (select r.at from reconciliation r where r.gateway = c.gateway order by r.id desc limit 1) as compared_at
           from gateway_compared c order by c.gateway"""
    )
    return [
        Comparison(
            row["gateway"], row["since"], row["compared_at"], row["tried_at"], row["failure"]
        )
        for row in rows
    ]


async def note_try(db: Database, gateway: str, failure: str | None) -> None:
    """A comparison was made, or failed by an error of this code."""
    async with db.transaction() as tx:
        await tx.execute(
            "update gateway_compared set tried_at = clock_timestamp(), failure = $2 where gateway = $1",
            gateway, failure,
        )  # fmt: skip
