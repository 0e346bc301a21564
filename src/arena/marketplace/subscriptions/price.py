"""What a subscription costs next, and whether its person has agreed to it."""

from datetime import datetime, timedelta

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.marketplace import listings
from arena.marketplace.subscriptions import change_store, coupon_store
from arena.marketplace.subscriptions.coupon import discounted
from arena.marketplace.subscriptions.model import NOTICE_DAYS, ChangeState, Subscription


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

    The price counts that stood `NOTICE_DAYS` before the period's end; a later one is for the renewal after. A tier
    that is sold no more goes on at its price, and a change that waits has its own, which was agreed to.
    """
    waiting = await change_store.open_of(tx, found.id)
    if found.period_end is None or (waiting is not None and waiting.state is ChangeState.SCHEDULED):
        return None
    at = max(_counts_at(found.period_end, tx.now), found.agreed_at)
    price = await listings.price_at(tx, found.listing_id, found.tier, found.period, at)
    return price if price is not None and price.minor > found.amount.minor else None


def _counts_at(period_end: datetime, now: datetime) -> datetime:
    return min(now, period_end - timedelta(days=NOTICE_DAYS))
