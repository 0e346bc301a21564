"""Compare books now, because an operator wants to know."""

from collections.abc import Sequence

from arena.evidence import audit
from arena.kit.db import Database
from arena.money.billing.compare import note_try
from arena.money.billing.model import Gateway
from arena.money.billing.reconcile import Compared, reconcile
from arena.people.access import Actor


async def compare_now(
    db: Database, gateways: Sequence[Gateway], *, actor: Actor, request_id: str | None = None
) -> list[Compared]:
    """One after the other. Raises what `reconcile` raises."""
    found = []
    for gateway in gateways:
        found.append(await reconcile(db, gateway))
        await note_try(db, gateway.name, None)
    async with db.transaction() as tx:
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="billing.compare", object="books",
            detail={one.gateway: {"ours": one.ours_only, "theirs": one.theirs_only} for one in found},
            reason=None, request_id=request_id,
        )  # fmt: skip
    return found
