"""The janitor: asks the gateway about charges and refunds whose end nobody saw, and settles them."""

import structlog

from arena.kit.clock import wall_now
from arena.kit.db import Database
from arena.kit.errors import ArenaError
from arena.money.billing import book, store
from arena.money.billing.begin import send
from arena.money.billing.model import Attempt, Gateway, GatewayUnavailable, Outcome
from arena.money.billing.refund import send_refund
from arena.money.billing.settle import settle

log = structlog.get_logger()
SENDING_S_MAX = 20.0
SENT_S_MAX = 3600.0
GONE_S = 300.0
BATCH = 100


async def janitor(
    db: Database,
    gateway: Gateway,
    *,
    sending_s_max: float = SENDING_S_MAX,
    action_s_max: float | None = None,
    gone_s: float = GONE_S,
) -> int:
    """Heals attempts left in `sending`, and gives up those the customer never confirmed; how many moved.

    All limits are wall-clock seconds; None is the gateway's own patience. An attempt that never reached the
    gateway is sent now, under the same key, so whatever happened before, it is charged at most once. One that is not
    wanted any more is not sent: when it is sure that it never arrived, it has failed.
    """
    patience_s = gateway.patience_s if action_s_max is None else action_s_max
    async with db.transaction(readonly=True) as tx:
        sending = await store.unsettled(tx, "sending", older_than_s=sending_s_max, limit=BATCH)
        waiting = await store.unsettled(tx, "requires_action", older_than_s=patience_s, limit=BATCH)
    moved = 0
    for attempt in (*sending, *waiting):
        if attempt.gateway != gateway.name:
            continue  # begun with another gateway, which this arena no longer speaks to
        try:
            moved += (await _heal(db, gateway, attempt, gone_s)).state != attempt.state
        except GatewayUnavailable:
            left = len(sending) + len(waiting)
            log.warning("payment gateway does not answer; charges wait", waiting=left)
            break
        except ArenaError as refused:  # one that cannot be healed must not keep the others waiting
            log.error("a charge cannot be settled", attempt=attempt.id, error=refused.detail)
    return moved


async def heal_refunds(
    db: Database,
    gateway: Gateway,
    *,
    sending_s_max: float = SENDING_S_MAX,
    sent_s_max: float = SENT_S_MAX,
) -> int:
    """The same for refunds: those left in `sending`, and those on their way for long; how many moved."""
    async with db.transaction(readonly=True) as tx:
        sending = await book.unsettled_refunds(
            tx, gateway.name, "sending", older_than_s=sending_s_max
        )
        sent = await book.unsettled_refunds(tx, gateway.name, "sent", older_than_s=sent_s_max)
    moved = 0
    for refund in (*sending, *sent):
        try:
            moved += (await send_refund(db, gateway, refund.id)).state != refund.state
        except GatewayUnavailable:
            log.warning("payment gateway does not answer; refunds wait")
            break
        except ArenaError as refused:
            log.error("a refund cannot be settled", refund=refund.id, error=refused.detail)
    return moved


async def _heal(db: Database, gateway: Gateway, attempt: Attempt, gone_s: float) -> Attempt:
    """The attempt as it stands after asking the gateway. Raises what the gateway does."""
    if attempt.state == "requires_action":
        outcome = await gateway.abandon(attempt.id, charge_id=attempt.charge_id)
    else:
        found = await gateway.find(attempt.id, charge_id=attempt.charge_id)
        if found is None and not attempt.unwanted:
            return await send(db, gateway, attempt.id)
        if found is None and not _never_arrived(attempt, gone_s):
            return attempt
        outcome = found or Outcome("declined", "", "canceled")
        if outcome.state == "requires_action" and attempt.unwanted:
            outcome = await gateway.abandon(attempt.id, charge_id=outcome.charge_id)
    async with db.transaction() as tx:
        return await settle(tx, attempt.id, outcome)


def _never_arrived(attempt: Attempt, gone_s: float) -> bool:
    """A call that was on its way when its charge was canceled has been answered by now, and a gateway's search knows of
    it."""
    assert attempt.sent_at is not None
    return (wall_now() - attempt.sent_at).total_seconds() >= gone_s
