"""What follows from a change's charge, and a change taking effect. Idempotent by the change's state."""

from dataclasses import replace

from arena.evidence import audit
from arena.kit.db import Tx
from arena.marketplace import listings
from arena.marketplace.subscriptions import change_store, seats, store
from arena.marketplace.subscriptions.end import owe_charge, tell
from arena.marketplace.subscriptions.model import (
    Change,
    ChangeState,
    Status,
    Subscription,
    SubscriptionChanged,
)
from arena.money.billing import ChargeFailed, ChargeSucceeded


async def change_paid(tx: Tx, charge: ChargeSucceeded) -> None:
    """The tier changes at once. Where the period it was reckoned for is over, the charge is owed back, all of it."""
    found, change = await _under_way(tx, charge.reference)
    if change is None:
        return
    if found.status is Status.ACTIVE and found.period_start == change.period_start:
        await take_effect(tx, found, change)
        await store.set_period_worth(tx, found.id, change.amount)
        return
    await change_store.move(tx, change, ChangeState.FAILED)
    await owe_charge(tx, found, charge)
    await _audit(tx, found, change, "subscriptions.change_late", None)


async def change_declined(tx: Tx, charge: ChargeFailed) -> None:
    """The tier stays; nothing was taken."""
    found, change = await _under_way(tx, charge.reference)
    if change is not None:
        await change_store.move(tx, change, ChangeState.FAILED)
        await _audit(tx, found, change, "subscriptions.change_declined", charge.decline_code)


async def take_effect(tx: Tx, found: Subscription, change: Change) -> None:
    """The subscription, whose row the caller has locked, is what the change says from now on."""
    await change_store.move(tx, change, ChangeState.DONE)
    await store.set_terms(
        tx, found.id, tier=change.tier, price=change.amount, period=change.period,
        agreed_at=change.created_at,
    )  # fmt: skip
    listing = await listings.listing(tx, found.listing_id)
    tier = next((each for each in listing.tiers if each.tier == change.tier), None)
    await store.set_team_seats(tx, found.id, tier.team_seats if tier else 0)
    await seats.trim(
        tx, replace(found, tier=change.tier, team_seats=tier.team_seats if tier else 0)
    )
    await tx.record(
        SubscriptionChanged(
            found.id, found.listing_id, found.feed_id, found.person_id, change.from_tier, change.tier
        )
    )  # fmt: skip
    await _audit(tx, found, change, "subscriptions.changed", None)
    tell(tx, found)


async def _under_way(tx: Tx, change_id: str) -> tuple[Subscription, Change | None]:
    """The subscription, locked, and the change while it waits for its charge."""
    change = await change_store.by_id(tx, change_id)
    assert change is not None, f"no change {change_id}"
    found = await store.by_id(tx, change.subscription_id, lock=True)
    assert found is not None, f"no subscription {change.subscription_id}"
    change = await change_store.by_id(tx, change_id)
    waits = change is not None and change.state is ChangeState.CHARGING
    return found, change if waits else None


async def _audit(
    tx: Tx, found: Subscription, change: Change, action: str, reason: str | None
) -> None:
    await audit.record(
        tx, actor="system", actor_kind="system", action=action, object=found.id,
        detail={"change": change.id, "from": change.from_tier, "tier": change.tier,
                "period": change.period, "amount": str(change.amount), "charge": str(change.charge)},
        reason=reason, request_id=None,
    )  # fmt: skip
