"""Confirm a charge that asked for its customer (3-D Secure)."""

from arena.evidence import audit
from arena.kit.db import Database
from arena.money.billing import store
from arena.money.billing.model import Attempt, AttemptUnknown, Gateway, NothingToConfirm
from arena.money.billing.settle import settle
from arena.people.access import Actor


async def confirm(
    db: Database, gateway: Gateway, attempt_id: str, *, actor: Actor, request_id: str | None = None
) -> Attempt:
    """The settled attempt; a repeat after success gives the same.

    Raises AttemptUnknown where it is not the actor's, NothingToConfirm, GatewayUnavailable.
    """
    async with db.transaction(readonly=True) as tx:
        attempt = await store.attempt(tx, attempt_id)
    if attempt is None or attempt.charge.person_id != actor.id:
        raise AttemptUnknown(attempt_id=attempt_id)
    if attempt.state == "succeeded":
        return attempt
    if attempt.state != "requires_action":
        raise NothingToConfirm(attempt_id=attempt_id, state=attempt.state)
    outcome = await gateway.confirm(attempt_id, charge_id=attempt.charge_id)
    async with db.transaction() as tx:
        attempt = await settle(tx, attempt_id, outcome)
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="billing.confirm", object=attempt_id,
            detail={"state": attempt.state}, reason=None, request_id=request_id,
        )  # fmt: skip
    return attempt
