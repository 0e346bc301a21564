"""What a subscription costs next, and whether its person has agreed to it."""

from datetime import datetime, timedelta

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.marketplace import listings
from arena.marketplace.subscriptions import change_store, coupon_store
from arena.marketplace.subscriptions.coupon import discounted
from arena.marketplace.subscriptions.model import NOTICE_DAYS, ChangeState, Subscription
from arena.marketplace.subscriptions.periods import next_start


async def next_price(tx: Tx, found: Subscription) -> Money:
    """What the next period's charge comes to: the price agreed to, of a change that waits where there is one, less
    what a coupon takes off it."""
    waiting = await change_store.open_of(tx, found.id)
    price = found.amount
    if waiting is not None and waiting.state is ChangeState.SCHEDULED:
        price = waiting.amount
    if found.coupon_id is None or not found.coupon_left:
        return price
    return discounted(price, await coupon_store.one(tx, found.coupon_id))


async def asked(tx: Tx, found: Subscription) -> Money | None:
    """What the listing asks for a period of this tier now; None where it is not sold so any more."""
    return await listings.price_at(tx, found.listing_id, found.tier, found.period, tx.now)


async def rise(tx: Tx, found: Subscription) -> Money | None:
    """What the next renewal would cost without having been agreed to; None where nothing stands in its way.

    The price counts that stood `NOTICE_DAYS` before the next period begins; a later one is for the renewal after,
    unless it is lower. A tier that is sold no more goes on at its price, and a change that waits has its own, which was
    agreed to.
    """
    waiting = await change_store.open_of(tx, found.id)
    if found.period_end is None or (waiting is not None and waiting.state is ChangeState.SCHEDULED):
        return None
    noticed = await listings.price_at(
        tx, found.listing_id, found.tier, found.period, counts_at(found, tx.now)
    )
    now = await asked(tx, found)
    if noticed is None or now is None:
        return None
    price = min(noticed, now, key=lambda each: each.minor)
    return price if price.minor > found.amount.minor else None


def counts_at(found: Subscription, now: datetime) -> datetime:
    """The moment whose price counts for the next renewal: not one before its person last agreed to what is asked."""
    noticed = next_start(found, now) - timedelta(days=NOTICE_DAYS)
    return max(min(now, noticed), found.agreed_at)
