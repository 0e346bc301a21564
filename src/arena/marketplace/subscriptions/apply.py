"""Apply a settled attempt to its subscription at once, as the reaction to its fact would a moment later."""

from arena.kit.db import Tx
from arena.marketplace.subscriptions.activate import activate, charge_failed, not_paid
from arena.marketplace.subscriptions.model import Status, Subscription
from arena.marketplace.subscriptions.read import charged
from arena.money.billing import Attempt, ChargeFailed, ChargeSucceeded


async def apply(tx: Tx, attempt: Attempt) -> Subscription:
    """The subscription after it. A renewal that waits for its customer is past due, with days of grace."""
    charge = attempt.charge
    if attempt.state == "succeeded":
        await activate(
            tx,
            ChargeSucceeded(
                charge.reference, attempt.id, charge.period_start, charge.person_id, charge.payee_id,
                charge.amount.minor, charge.amount.currency,
            ),
        )  # fmt: skip
    elif attempt.state == "failed":
        await charge_failed(
            tx,
            ChargeFailed(
                charge.reference, attempt.id, charge.period_start, charge.person_id,
                attempt.decline_code or "declined",
            ),
        )  # fmt: skip
    found = await charged(tx, charge.reference, lock=True)
    waits = (
        attempt.state == "requires_action"
        and found.id == charge.reference
        and found.status in (Status.ACTIVE, Status.PAUSED, Status.PAST_DUE)
        and found.period_end is not None
        and charge.period_start >= found.period_end
    )
    if waits:
        await not_paid(tx, found, (attempt.id, "requires_action"))
        return await charged(tx, charge.reference)
    return found
